/** What every stage of an experiment is given, and how stages use the store. */
import type { NamedArrays } from "../../base/module.ts";
import type { ProgressEvent, ProgressSink } from "../../base/progress.ts";
import type { StoredArray } from "../../base/disk/safetensors.ts";
import type { Artifact, StageResult } from "../../base/disk/artifact.ts";
import type { StageKey } from "../../base/disk/identity.ts";
import type { LockOptions } from "../../base/disk/lock.ts";
import type { StageRecorder } from "../../base/disk/stage_progress.ts";
import type { Store } from "../../base/disk/store.ts";
import type { LoopOptions } from "../../base/training/train_loop.ts";
import type { Dataset } from "../../base/contracts.ts";
import type { Specification } from "../../experiments/specification/schema.ts";

/**
 * One setting of an experiment, ready to run; nothing in the options changes an outcome.
 *
 * @internal
 */
export interface Context {
  readonly specification: Specification;
  readonly setting: string;
  readonly dataset: Dataset;
  readonly store: Store;
  readonly progress?: ProgressSink;
  readonly signal?: AbortSignal;
  /** Keeps the progress of stages under way for other processes. */
  readonly recorder?: StageRecorder;
  /** Throws where a stage, named by its title, must not be made now; whoever looks results up is not asked. */
  readonly checkMaking?: (title: string) => void;
  /** Make again what this machine made; published parts too when "all". */
  readonly fresh?: boolean | "all";
  /** Kinds of stages that are left to another process which makes them, in place of waiting: see `StageBusy`. */
  readonly leaves?: readonly string[];
}

/** Another process makes what was asked for, and there is other work. */
export class StageBusy extends Error {
  override readonly name = "StageBusy";
}

/** Parts of the chain that every student shares are drawn from one seed. */
export function chainSeed(specification: Specification): number {
  const seed = specification.seeds[0];
  if (seed === undefined) throw new RangeError("Cannot run an experiment: found no seed, want one");
  return seed;
}

/**
 * Looks a stage up or makes it, and tells whoever watches when it was reused.
 *
 * @throws {StageBusy} Another process makes it, and the context leaves such stages.
 * @param warn What is wrong with a result that is reused, for whoever watches; those who make it say so themselves.
 */
export async function runStage(
  context: Context,
  title: string,
  key: StageKey,
  compute: (folder: string) => Promise<StageResult>,
  warn: (artifact: Artifact) => string | undefined = () => undefined,
): Promise<Artifact> {
  const { store, fresh, progress, recorder } = context;
  const waiting = {
    ...waitingFor(context, title),
    ...(context.leaves?.includes(key.stage) && {
      onWait(holder: string) {
        throw new StageBusy(`Cannot make ${title} now: ${holder}, has it; ask again later`);
      },
    }),
  };
  let making = "";
  const { artifact, reused } = await store.stage(key, (folder) => {
    context.checkMaking?.(title);
    recorder?.begin(making = folder, title);
    return compute(folder);
  }, { fresh, title, ...waiting }).catch(async (error) => {
    await recorder?.failed(making, error);
    throw error;
  });
  await recorder?.done(making);
  if (reused && artifact.lacksChecksum) tellOfOldFile(title, progress);
  else if (reused) {
    const remark = warn(artifact);
    progress?.({ ...momentOf(title), step: 1, state: "reused", ...(remark && { remark }) });
  }
  return artifact;
}

/** What the training loop of every stage receives. */
export function loopOf(
  { progress, signal }: Context,
  { title, seed }: { readonly title: string; readonly seed: number },
): Pick<LoopOptions, "stage" | "seed" | "logEvery" | "progress" | "signal"> {
  // Twenty steps per row of the history: short enough to stop soon, long enough to cost nothing.
  return { stage: title, seed, logEvery: 20, progress, signal };
}

/** Name of a checkpoint in the folder of its stage. */
export const CHECKPOINT = "checkpoint.safetensors";

/** Tells whoever watches that what is reused has no checksum: an older version made it. */
export function tellOfOldFile(title: string, progress: ProgressSink | undefined): void {
  const remark = "made by an older version without a checksum, so damage would not be seen";
  progress?.({ ...momentOf(title), step: 1, state: "reused", remark });
}

/** How a stage waits for another process that makes the same: it can be stopped, and tells for whom. */
export function waitingFor(
  { progress, signal, store }: Pick<Context, "progress" | "signal" | "store">,
  title: string,
): Pick<LockOptions, "signal" | "onWait" | "onWithoutLocks"> {
  return {
    signal,
    onWait: (holder) =>
      progress?.({ ...momentOf(title), state: "waiting", remark: `waiting for ${holder}` }),
    onWithoutLocks() {
      if (toldOfLocks.has(store)) return;
      toldOfLocks.add(store);
      const remark =
        `the file system of "${store.work}" keeps none: files named ".lease" take their place, and ` +
        "what a process of another machine left when it died is taken over after five minutes";
      progress?.({ ...momentOf("locks between processes"), step: 1, state: "done", remark });
    },
  };
}

/** Stores of which it was said that their file systems keep no locks. */
const toldOfLocks = new WeakSet<Store>();

/** A moment of work that trains nothing here. */
export function momentOf(stage: string): Omit<ProgressEvent, "state"> {
  return { stage, step: 0, total: 1, metrics: {}, elapsedSeconds: 0, stepsHere: 0 };
}

/** Stored arrays as parameters; numbers of 64 bits are rounded to float32. */
export function asParameters(arrays: Record<string, StoredArray>, role = ""): NamedArrays {
  const parameters: NamedArrays = {};
  for (const [name, { shape, values }] of Object.entries(arrays)) {
    if (!name.startsWith(role)) continue;
    if (!(values instanceof Float32Array || values instanceof Float64Array)) {
      throw new TypeError(`Cannot load parameter "${name}": found integers, want float32`);
    }
    const own = values instanceof Float32Array ? values : Float32Array.from(values);
    parameters[name.slice(role.length)] = { shape: [...shape], values: own };
  }
  return parameters;
}
