/** Step 3 of the chain: fakes are drawn and subsampled (M1); the pool of all that follows. */
import type { Task } from "../../../base/contracts.ts";
import { makeFolder } from "../../../base/disk/files.ts";
import type { Artifact } from "../../../base/disk/artifact.ts";
import { canonicalJson, stageId } from "../../../base/disk/identity.ts";
import { takeLock } from "../../../base/disk/lock.ts";
import { join } from "../../../base/disk/path.ts";
import type { StoredArray } from "../../../base/disk/safetensors.ts";
import type { ProgressEvent } from "../../../base/progress.ts";
import { rngOf } from "../../../base/rng.ts";
import {
  type KeptDraws,
  restoreToDisk,
  sampleToDisk,
  subsampleToDisk,
} from "../../../synthesis/pool/draw_to_disk.ts";
import {
  type FakePoolOnDisk,
  isPoolFinished,
  openFinishedPool,
} from "../../../synthesis/pool/shards.ts";
import type { LabelAcceptance } from "../../../synthesis/subsample.ts";
import { chainSeed, type Context, runStage, tellOfOldFile, waitingFor } from "../context.ts";
import type { TrainedCondition } from "../generator/condition_stage.ts";
import type { TrainedGan } from "../generator/gan_stage.ts";
import type { FittedRatio } from "../ratio_stage.ts";

/**
 * Fakes before the filter; pixels are read from disk one image at a time. The artifact of a subsampled pool keeps the
 * accepted draws.
 */
export interface FakePool {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** Draws the pixels again from what the artifact keeps, where they are not on this machine. */
  restore(): Promise<void>;
  /** Opens the files; the same pool every time. */
  open(): FakePoolOnDisk;
}

/** Frozen parts that draw fakes. */
export interface PoolParts {
  readonly gan: TrainedGan;
  readonly condition: TrainedCondition;
  readonly ratio?: FittedRatio;
}

/** Of pools that nothing subsamples: several labels go through G in one pass. */
const PLAIN_VERSION = 3;

/**
 * The pool of fakes, `perLabel` for each label: subsampled where there is a ratio, straight from the
 * generator without.
 */
export async function poolStage(
  context: Context,
  { gan, condition, ratio }: PoolParts,
): Promise<FakePool> {
  const { specification, setting, dataset, store, fresh, progress, signal } = context;
  const { synthesis, compat } = specification;
  const { task } = dataset.train;
  const seed = chainSeed(specification);
  const key = {
    stage: "fakes",
    codeVersion: ratio ? 2 : PLAIN_VERSION,
    specification: {
      perLabel: synthesis.perLabel,
      // Latents are drawn batch by batch.
      batch: synthesis.batch,
      ...(ratio && {
        burnIn: synthesis.burnIn,
        ...(synthesis.whenStuck !== "stop" && { whenStuck: synthesis.whenStuck }),
      }),
      toUint8: compat.toUint8,
      seed,
    },
    inputs: { gan: gan.id, ...(ratio && { ratio: ratio.artifact.id }) },
  };
  const title = ratio ? `subsampled fakes of ${setting}` : `fakes of ${setting}`;
  const labels = labelsOf(task);
  const { perLabel } = synthesis;
  // Work on this machine, wherever the draws come from: pixels are never published.
  const place = {
    folder: join(store.work, await stageId(key), "pool"),
    identity: canonicalJson(key),
  };
  const options = {
    labels,
    perLabel,
    batch: synthesis.batch,
    toUint8: compat.toUint8,
    signal,
    progress: progress && ((event: ProgressEvent) => progress({ ...event, stage: title })),
  };
  const rng = rngOf(seed, "fakes", setting);

  /** Draws what is missing: from the kept draws, by subsampling, or as it comes. */
  const fill = async (kept?: KeptDraws): Promise<FakePoolOnDisk> => {
    const generator = gan.open();
    const model = kept === undefined ? ratio?.open() : undefined;
    const { conditionOf, ...embedding } = condition.open();
    const input = { generator, task, conditionOf };
    try {
      if (kept !== undefined) return await restoreToDisk(input, kept, options, rng, place);
      if (model === undefined) return await sampleToDisk(input, options, rng, place);
      const { burnIn, whenStuck } = synthesis;
      const all = { ...options, burnIn, whenStuck };
      return await subsampleToDisk({ ...input, ratio: model }, all, rng, place);
    } finally {
      generator.parameters.dispose();
      model?.dispose();
      embedding.dispose();
    }
  };

  const shards = { ...place, labels, perLabel, task };
  const artifact = await runStage(context, title, key, async () => {
    // Restored before, from published draws that are not wanted now.
    if (fresh && isPoolFinished(shards)) await Deno.remove(place.folder, { recursive: true });
    using pool = await fill().catch((error) => {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`${error.message} (stage "${title}", seed ${seed})`, { cause: error });
    });
    const notes = { images: labels.length * perLabel };
    if (pool.draws === undefined) return { arrays: {}, notes };
    return { arrays: arraysOf(pool), notes: { ...notes, acceptances: pool.acceptances } };
  });
  let opened: FakePoolOnDisk | undefined;
  const open = () => opened ??= openFinishedPool(shards);
  return {
    artifact,
    async restore() {
      if (isPoolFinished(shards)) {
        if (open().lacksChecksums) tellOfOldFile(title, progress);
        return;
      }
      await makeFolder(place.folder);
      const waiting = { what: title, ...waitingFor(context, title) };
      using _lock = await takeLock(`${place.folder}.lock`, waiting);
      (await fill(keptDraws(artifact))).close();
    },
    open,
  };
}

/** What is kept of a subsampled pool; see `KeptDraws`. */
function arraysOf(
  { draws, acceptedRatios, drawnRatios, evidence }: FakePoolOnDisk,
): Record<string, StoredArray> {
  const shaped = (values: StoredArray["values"]) => ({ shape: [values.length], values });
  return {
    draws: shaped(draws!),
    acceptedRatios: shaped(acceptedRatios!),
    drawnRatios: shaped(drawnRatios!),
    evidence: shaped(Int32Array.from(evidence!)),
  };
}

/** The draws that an artifact keeps; undefined where nothing was subsampled. */
function keptDraws({ arrays, notes }: Artifact): KeptDraws | undefined {
  const { draws, acceptedRatios, drawnRatios, evidence } = arrays;
  if (draws === undefined) return undefined;
  return {
    draws: draws.values as Int32Array,
    acceptedRatios: acceptedRatios!.values as Float32Array,
    drawnRatios: drawnRatios!.values as Float32Array,
    evidence: [...evidence!.values],
    acceptances: notes.acceptances as LabelAcceptance[],
  };
}

function labelsOf(task: Task): readonly number[] {
  return task.kind === "classification" ? task.classNames.map((_, label) => label) : task.labels;
}
