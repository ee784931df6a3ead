/** Follows a run: a log in JSON lines and event files of TensorBoard always, MLflow where its variable names a server. */
import { join } from "../base/disk/path.ts";
import type { ProgressEvent, ProgressSink } from "../base/progress.ts";
import { appendToEventFile, eventFileName, eventsOf } from "./event_file.ts";
import { MlflowSink, type SinkRun } from "./mlflow_sink.ts";
import { appendToLog, type LogEvent } from "./run_log.ts";
import { freePlace, metricsOf, optionsName, seriesName, trackedName } from "./series.ts";

/** What is followed. */
export interface TrackedRun {
  readonly experiment: string;
  readonly preset: string;
  readonly setting: string;
  readonly changes: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** Where it is kept. */
export interface TrackerOptions {
  /** Of logs and event files; made with the first event. */
  readonly folder: string;
  /** Address of an MLflow server. */
  readonly mlflow?: string;
  /** Is told in a line what cannot be kept; each way of keeping it ends with its first failure. */
  readonly warn: (line: string) => void;
}

/** What was trained, for the log. */
export type TrackedRecord = Omit<LogEvent & { event: "record" }, "event" | "time">;

/** Whoever is told; it never throws and never waits. */
export interface Tracker {
  readonly progress: ProgressSink;
  /** A student's result. */
  record(record: TrackedRecord): void;
  /** Waits until MLflow was told all; for tests and the end of scripts. */
  done(): Promise<void>;
}

/** A training as this process tells it. */
interface Followed {
  /** Which one of its title in this process, from 1. */
  readonly number: number;
  /** Step that it began from. */
  readonly start: number;
  /** Last step that was told. */
  last: number;
  /** Of its event file, once there is one. */
  place?: string;
}

let opened = 0;

/** Starts to follow a run; nothing is written before something is trained. */
export function trackRun(
  run: TrackedRun,
  { folder, mlflow, warn }: TrackerOptions,
): Tracker {
  const start = Date.now();
  const name = `${new Date(start).toISOString().replaceAll(/[:.]/g, "-")}-${Deno.pid}-${opened++}`;
  const path = join(folder, `${name}.jsonl`);
  const log = guarded("the log of this run", warn);
  const board = guarded("event files of TensorBoard", warn);
  let sink: MlflowSink | undefined;
  let isBegun = false;
  const write = (event: LogEvent) =>
    log(() => {
      if (!isBegun) {
        appendToLog(path, { event: "run", time: new Date().toISOString(), ...run });
        isBegun = true;
      }
      appendToLog(path, event);
    });
  if (mlflow !== undefined && mlflow !== "") {
    guarded("metrics in MLflow", warn)(() => sink = new MlflowSink(mlflow, warn));
  }
  const boards = join(folder, "tensorboard", optionsName(run.changes));
  const trainings = new Map<string, Followed>();
  return {
    progress(event) {
      if (!isTraining(event)) return;
      const { stage, step, state, rows = [] } = event;
      const now = Date.now();
      const before = trainings.get(stage);
      // A network that was dead is replaced, and the next one begins again.
      const isNew = before === undefined || state === "resumed" ||
        (rows.length > 0 && rows[0]!.step! <= before.last);
      const training: Followed = isNew
        ? { number: (before?.number ?? 0) + 1, start: state === "resumed" ? step : 0, last: -1 }
        : before;
      trainings.set(stage, training);
      training.last = rows.at(-1)?.step ?? training.last;
      write(stageEvent(event, now));
      const events = eventsOf(rows, () => now);
      board(() => {
        if (events.length === 0) return;
        training.place ??= freePlace(join(boards, seriesName({ stage, start: training.start })));
        appendToEventFile(join(training.place, eventFileName(start, Deno.pid)), events);
      });
      sink?.add(
        sinkRun(run, { stage, start: training.start, time: now, number: training.number }),
        metricsOf(events),
        state === "trained" ? now : undefined,
      );
    },
    record(record) {
      // What was trained earlier and is looked up again needs no right to write.
      if (!isBegun && record.failure === undefined) return;
      write({ event: "record", time: new Date().toISOString(), ...record });
    },
    done: async () => await sink?.done(),
  };
}

/** Whether an event says that something was trained here. */
function isTraining({ state, rows = [] }: ProgressEvent): boolean {
  return rows.length > 0 || state === "resumed" || state === "trained";
}

function stageEvent(event: ProgressEvent, now: number): LogEvent {
  const { stage, state, step, total, elapsedSeconds, rows, remark } = event;
  return {
    event: "stage",
    time: new Date(now).toISOString(),
    stage,
    state,
    step,
    total,
    seconds: Math.round(1000 * elapsedSeconds) / 1000,
    ...(rows !== undefined && { rows: rows.map((row) => ({ ...row })) }),
    ...(remark !== undefined && { remark }),
  };
}

/** A training as MLflow sees it. */
export function sinkRun(
  { experiment, preset, setting, changes, versions }: TrackedRun,
  { stage, start, time, number = 1 }: {
    stage: string;
    start: number;
    time: number;
    number?: number;
  },
): SinkRun {
  const prefixed = (prefix: string, values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
  return {
    key: `${stage}\n${number}`,
    experiment: trackedName({ experiment, preset }),
    name: start === 0 ? stage : `${stage}, from step ${start}`,
    start: time,
    tags: { setting, ...prefixed("change", changes), ...prefixed("version", versions) },
  };
}

/** Runs work until it fails once, which is told in a line. */
function guarded(what: string, warn: (line: string) => void): (work: () => void) => void {
  let isOff = false;
  return (work) => {
    if (isOff) return;
    try {
      work();
    } catch (error) {
      isOff = true;
      warn(`Cannot keep ${what}: ${(error as Error).message}; the run goes on without`);
    }
  };
}
