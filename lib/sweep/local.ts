/** A sweep on this machine: workers side by side, each a process of its own with its share of processors or a GPU. */
import { noteFailure, readStageProgress } from "../base/disk/stage_progress.ts";
import { makeFolder, readTextIfThere } from "../base/disk/files.ts";
import { join } from "../base/disk/path.ts";
import type { Store } from "../base/disk/store.ts";
import type { ProgressEvent } from "../base/progress.ts";
import { TrainingStopped } from "../base/training/failures.ts";
import type { Session } from "../chain/session.ts";
import { PROJECT } from "../chain/student_record.ts";
import { THREADS_VARIABLE } from "../native/tensorflow/backend.ts";
import { type ManifestStage, storeOf } from "./manifest.ts";
import { type Outcome, runJobs, type WorkerPlace } from "./schedule.ts";
import { describeDone } from "./stage_end.ts";
import { errorStages } from "./stages.ts";

/** How a sweep runs on this machine. */
export interface LocalOptions {
  /** Folder of its manifest. */
  readonly folder: string;
  /** How many stages at once. */
  readonly workers: number;
  /** Watches and stops it. */
  readonly session?: Session;
  /** Processors that workers share; default: all. */
  readonly processors?: number;
  /** GPUs that workers share, as `CUDA_VISIBLE_DEVICES` names them; default: none. */
  readonly gpus?: readonly string[];
}

/** Milliseconds between two looks at what a worker says. */
const PAUSE = 500;

/**
 * Makes those stages that are not in the store: each by a worker of its own, those with most work behind them first. Bits
 * are those of one process that makes one after the other. A stage that fails costs those that need it, and no other.
 *
 * @returns How each stage that was not there ended.
 * @throws {TrainingStopped} The session was stopped; every worker has written its checkpoint.
 */
export async function runLocally(
  stages: readonly ManifestStage[],
  options: LocalOptions,
): Promise<Map<string, Outcome>> {
  const { folder, workers, session } = options;
  const store = storeOf(folder);
  const logs = join(folder, "logs");
  await makeFolder(logs);
  const open: ManifestStage[] = [];
  for (const stage of stages) if (!await store.has(stage.id)) open.push(stage);
  const byId = new Map(open.map((stage) => [stage.id, stage]));
  const errors = errorStages(stages);
  const signal = session?.signal;
  const outcomes = await runJobs(open, {
    workers,
    signal,
    start: ({ id }, place) =>
      new StageWorker(byId.get(id)!, {
        store,
        logs,
        signal,
        isMeasuredElsewhere: errors.has(id),
        ...options,
      }).run(place),
  });
  if (signal?.aborted) {
    const left = [...outcomes.values()].filter((outcome) => outcome !== "done").length;
    throw new TrainingStopped(
      `Stopped with ${left} of ${open.length} stages left: run again to go on, each from its checkpoint`,
    );
  }
  return outcomes;
}

/** One process that makes one stage. */
class StageWorker {
  constructor(
    readonly stage: ManifestStage,
    readonly options: LocalOptions & {
      readonly store: Store;
      readonly logs: string;
      readonly signal?: AbortSignal;
      readonly isMeasuredElsewhere: boolean;
    },
  ) {}

  async run({ slot, isAlone }: WorkerPlace): Promise<Exclude<Outcome, "blocked">> {
    const { folder, workers, signal, logs, gpus } = this.options;
    const { processors = navigator.hardwareConcurrency } = this.options;
    const share = isAlone ? processors : Math.max(1, Math.floor(processors / workers));
    const log = join(logs, `${this.stage.id}.log`);
    const file = await Deno.open(log, { create: true, write: true, truncate: true });
    const entry = join(PROJECT, "lib", "cli", "sweep.ts");
    const start = performance.now();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", entry, "work", folder, this.stage.id],
      // Paths that the user gave count from here.
      cwd: Deno.cwd(),
      env: {
        [THREADS_VARIABLE]: String(share),
        NO_COLOR: "1",
        ...(gpus && gpus.length > 0 && { CUDA_VISIBLE_DEVICES: gpus[slot % gpus.length]! }),
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const written = child.stderr.pipeTo(file.writable);
    // Ctrl-C reaches every process of a terminal; told twice within two seconds, a worker would end without saving.
    const stop = () => void child.kill("SIGTERM");
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    const looking = setInterval(() => void this.#look(), PAUSE);
    const status = await child.status;
    clearInterval(looking);
    signal?.removeEventListener("abort", stop);
    await written;
    return await this.#ended(status, { log, seconds: (performance.now() - start) / 1000 });
  }

  #last: ProgressEvent | undefined;

  get #place(): string {
    return join(this.options.store.work, this.stage.id);
  }

  /** Passes on what the worker says of its stage. */
  async #look(): Promise<void> {
    const found = await readStageProgress(this.#place).catch(() => undefined);
    if (found?.state !== "running" || found.event === undefined) return;
    this.#last = { ...found.event, stage: this.stage.title };
    this.options.session?.progress(this.#last);
  }

  async #ended(
    { code, signal }: Deno.CommandStatus,
    { log, seconds }: { readonly log: string; readonly seconds: number },
  ): Promise<Exclude<Outcome, "blocked">> {
    const { store, session, isMeasuredElsewhere } = this.options;
    const { id, title } = this.stage;
    if (code === 0 && await store.has(id)) {
      const told = { title, seconds, last: this.#last, isMeasuredElsewhere };
      session?.progress(await describeDone(this.#place, told));
      return "done";
    }
    if (this.options.signal?.aborted || code === 130) return "stopped";
    const found = await readStageProgress(this.#place);
    const begun = Date.now() - 1000 * seconds;
    // A failure of an earlier start is not this one's reason.
    if (found?.state !== "failed" || Date.parse(found.updated) < begun) {
      const lines = (await readTextIfThere(log))?.trim().split("\n") ?? [];
      const said = lines.at(-1) || "it said nothing";
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      await noteFailure(this.#place, title, `its process ended with ${how}: ${said}`);
    }
    return "failed";
  }
}

/** Why stages are not there, a line each. */
export async function failureLines(
  stages: readonly ManifestStage[],
  outcomes: ReadonlyMap<string, Outcome>,
  folder: string,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { id, title } of stages) {
    switch (outcomes.get(id)) {
      case "failed": {
        const found = await readStageProgress(join(storeOf(folder).work, id));
        lines.push(`${title}: ${found?.reason ?? "failed"}`);
        break;
      }
      case "stopped":
        lines.push(`Stopped: ${title}; run again to go on from its checkpoint`);
        break;
      case "blocked":
        lines.push(`Not begun: ${title}, for want of one that did not end well`);
        break;
    }
  }
  return lines;
}
