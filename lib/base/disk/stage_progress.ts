/** How far a stage under way is, in a file beside its checkpoint: other processes watch it, whoever made it. */
import { hostname } from "node:os";
import * as v from "valibot";
import type { ProgressEvent, ProgressSink } from "../progress.ts";
import { isAlive, readIfFit, temporaryName } from "./files.ts";
import { join } from "./path.ts";

/** File in the folder of a stage. */
export const PROGRESS = "progress.json";

/** Milliseconds between two writes, where nothing else is said. */
const INTERVAL = 1000;
/** Of another machine nobody can ask whether a process is alive: after five minutes without a word it is not. */
const SILENT_AFTER = 300_000;

const Stored = v.looseObject({
  title: v.string(),
  pid: v.number(),
  host: v.string(),
  state: v.picklist(["running", "stopped", "failed"]),
  reason: v.optional(v.string()),
  updated: v.pipe(v.string(), v.isoTimestamp()),
  event: v.optional(v.looseObject({
    step: v.number(),
    total: v.number(),
    metrics: v.record(v.string(), v.nullable(v.number())),
    units: v.optional(v.record(v.string(), v.string())),
    elapsedSeconds: v.number(),
    stepsHere: v.number(),
    state: v.string(),
    remark: v.optional(v.string()),
  })),
});

/** A stage that is not finished, as its file says. */
export interface StageProgress {
  /** Of the stage, for people. */
  readonly title: string;
  /** Process that makes it or made it last. */
  readonly pid: number;
  /** Machine of the process. */
  readonly host: string;
  /** "stopped" also where the process was killed; it goes on from its checkpoint. */
  readonly state: "running" | "stopped" | "failed";
  /** Why it failed. */
  readonly reason?: string;
  /** When it was last heard of, ISO 8601. */
  readonly updated: string;
  /** What it told last; absent where it failed before it told anything. */
  readonly event?: ProgressEvent;
}

/**
 * What a stage's folder says of its progress; undefined where nothing was begun, or all is finished.
 *
 * @param folder Of the stage, in the store's folder of work.
 */
export async function readStageProgress(folder: string): Promise<StageProgress | undefined> {
  const stored = await readIfFit(Stored, join(folder, PROGRESS));
  if (stored === undefined) return undefined;
  const { title, pid, host, reason, updated, event } = stored;
  const isGone = host === hostname()
    ? !isAlive(pid)
    : Date.now() - Date.parse(updated) > SILENT_AFTER;
  return {
    title,
    pid,
    host,
    state: stored.state === "running" && isGone ? "stopped" : stored.state,
    ...(reason !== undefined && { reason }),
    updated,
    ...(event && { event: { ...event, stage: title } as unknown as ProgressEvent }),
  };
}

/**
 * Keeps that a stage failed where its own process could not: it was killed, or ended before the stage began.
 *
 * @param folder Of the stage; made where it is missing.
 */
export async function noteFailure(folder: string, title: string, reason: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await new StageFile(folder, title).end("failed", reason);
}

/** Writes the progress of the stages that this process makes; what cannot be written is left out. */
export class StageRecorder {
  readonly #open: StageFile[] = [];
  readonly #interval: number;

  /** @param intervalMilliseconds Least time between two writes of a stage; default: a second. */
  constructor(intervalMilliseconds = INTERVAL) {
    this.#interval = intervalMilliseconds;
  }

  /** Hand this what the stages tell. */
  readonly sink: ProgressSink = (event) => {
    // A stage's own loop may have a name of its own, such as each of the two fits of a bound.
    const file = this.#open.find(({ title }) => title === event.stage) ?? this.#open.at(-1);
    if (event.state !== "reused" && event.state !== "waiting") file?.tell(event);
  };

  /** A stage begins. */
  begin(folder: string, title: string): void {
    this.#open.push(new StageFile(folder, title, this.#interval));
  }

  /** It is finished: its file goes. */
  async done(folder: string): Promise<void> {
    await this.#take(folder)?.remove();
  }

  /** It was stopped or failed: its file says so. */
  async failed(folder: string, error: unknown): Promise<void> {
    const file = this.#take(folder);
    const isStopped = error instanceof Error && error.name === "TrainingStopped";
    const reason = error instanceof Error ? error.message : String(error);
    await file?.end(isStopped ? "stopped" : "failed", isStopped ? undefined : reason);
  }

  #take(folder: string): StageFile | undefined {
    const place = this.#open.findIndex((file) => file.folder === folder);
    return place < 0 ? undefined : this.#open.splice(place, 1)[0];
  }
}

/** One file. */
class StageFile {
  #event: ProgressEvent | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isQueued = false;
  #writtenAt = -Infinity;

  constructor(readonly folder: string, readonly title: string, readonly interval = INTERVAL) {
    this.#write("running");
  }

  /** Keeps what it is told; writes at most once an interval. */
  tell(event: ProgressEvent): void {
    this.#event = event;
    if (this.#isQueued || performance.now() - this.#writtenAt < this.interval) return;
    this.#write("running");
  }

  async end(state: "stopped" | "failed", reason?: string): Promise<void> {
    this.#write(state, reason);
    await this.#writing;
  }

  async remove(): Promise<void> {
    await this.#writing;
    await Deno.remove(join(this.folder, PROGRESS)).catch(() => {});
  }

  #write(state: StageProgress["state"], reason?: string): void {
    this.#writtenAt = performance.now();
    this.#isQueued = true;
    this.#writing = this.#writing.then(async () => {
      this.#isQueued = false;
      const text = JSON.stringify({
        title: this.title,
        pid: Deno.pid,
        host: hostname(),
        state,
        reason,
        updated: new Date().toISOString(),
        event: this.#event,
      });
      const path = join(this.folder, PROGRESS);
      const temporary = temporaryName(path);
      // Not flushed to the disk: what a power cut takes, the next second writes again.
      await Deno.writeTextFile(temporary, `${text}\n`);
      await Deno.rename(temporary, path);
    }).catch(() => {
      // A full disk stops the training where it matters: at its checkpoint.
    });
  }
}
