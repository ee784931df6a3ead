/** Follows a run: a log in JSON lines and event files of TensorBoard always, MLflow where its variable names a server. */
import { join } from "../base/disk/path.ts";
import type { ProgressEvent, ProgressSink } from "../base/progress.ts";
import { appendToEventFile, eventFileName, eventsOf } from "./event_file.ts";
import { MlflowSink, type SinkRun } from "./mlflow_sink.ts";
import { appendToLog, type LogEvent } from "./run_log.ts";
import { metricsOf, seriesName, trackedName } from "./series.ts";

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
  /** Step at which each training began in this process. */
  const starts = new Map<string, number>();
  return {
    progress(event) {
      if (!isTraining(event)) return;
      const { stage, step, state, rows = [] } = event;
      const now = Date.now();
      if (!starts.has(stage) || state === "resumed") {
        starts.set(stage, state === "resumed" ? step : 0);
      }
      write(stageEvent(event, now));
      const from = starts.get(stage)!;
      const events = eventsOf(rows, () => now);
      board(() => {
        const place = join(folder, "tensorboard", seriesName({ stage, start: from }));
        appendToEventFile(join(place, eventFileName(start, Deno.pid)), events);
      });
      sink?.add(
        sinkRun(run, { stage, start: from, time: now }),
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
  { stage, start, time }: { stage: string; start: number; time: number },
): SinkRun {
  const prefixed = (prefix: string, values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
  return {
    key: `${stage}\n${start}`,
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
