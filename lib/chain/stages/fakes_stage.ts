/** Steps 2 to 4 of the chain: fakes are drawn, subsampled (M1), filtered (M1) and relabelled (M2). */
import type { LabelledImages, Task } from "../../base/contracts.ts";
import { makeFolder } from "../../base/disk/files.ts";
import { takeLock } from "../../base/disk/lock.ts";
import { join } from "../../base/disk/path.ts";
import { countProgress, type ProgressEvent } from "../../base/progress.ts";
import { rngOf } from "../../base/rng.ts";
import type { StoredArray } from "../../base/disk/safetensors.ts";
import { type Artifact, canonicalJson, shortHash, stageId } from "../../base/disk/store.ts";
import { type Adjusted, adjustLabels } from "../../synthesis/adjust.ts";
import { drawFakes, type Drawn } from "../../synthesis/draw.ts";
import { filterByTeacher, type Filtered } from "../../synthesis/filter.ts";
import {
  type FakePoolOnDisk,
  isPoolFinished,
  openFinishedPool,
} from "../../synthesis/pool/shards.ts";
import type { LabelAcceptance } from "../../synthesis/subsample.ts";
import {
  type KeptDraws,
  restoreToDisk,
  sampleToDisk,
  subsampleToDisk,
} from "../../synthesis/pool/draw_to_disk.ts";
import { askTeacher, selectOpinion, type TeacherOpinion } from "../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context, runStage, tellOfOldFile, tellOfWaiting } from "./context.ts";
import type { ProcessingStep, Specification } from "../../experiments/specification/schema.ts";
import type { TrainedCondition } from "./generator/condition_stage.ts";
import type { TrainedGan } from "./generator/gan_stage.ts";
import type { TrainedNetwork } from "./network_stage.ts";
import type { FittedRatio } from "./ratio_stage.ts";

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
    codeVersion: 2,
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
    inputs: { gan: gan.artifact.id, ...(ratio && { ratio: ratio.artifact.id }) },
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
    using pool = await fill();
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
      const waiting = { what: title, signal, onWait: tellOfWaiting(title, progress) };
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

/** The teacher's opinion on a pool. */
export async function opinionStage(
  context: Context,
  pool: FakePool,
  teacher: TrainedNetwork,
): Promise<TeacherOpinion> {
  const key = {
    stage: "opinion",
    codeVersion: 1,
    specification: {},
    inputs: { fakes: pool.artifact.id, teacher: teacher.artifact.id },
  };
  const title = `teacher ${teacher.title} on the fakes of ${context.setting}`;
  const artifact = await runStage(context, title, key, async () => {
    const network = teacher.open();
    try {
      const { normalisation } = teacher;
      const opinion = await askTeacher(network, pool.open().set, {
        normalisation,
        signal: context.signal,
        onProgress: countProgress(title, context.progress),
      });
      const arrays = Object.fromEntries(
        Object.entries(opinion).map(([name, values]) => [name, { shape: [values.length], values }]),
      );
      return { arrays, notes: {} };
    } finally {
      network.parameters.dispose();
    }
  });
  const { predicted, scores, confidence } = artifact.arrays;
  return {
    predicted: predicted!.values as Float32Array,
    scores: scores!.values as Float32Array,
    ...(confidence && { confidence: confidence.values as Float32Array }),
  };
}

/** The M^g fakes that join the training set, with what each step did. */
export interface ProcessedFakes {
  /** Identity: pool, teacher and every option. */
  readonly id: string;
  /** The drawn fakes with the labels that students see. */
  readonly set: LabelledImages;
  /** The teacher's opinion on the drawn fakes. */
  readonly opinion: TeacherOpinion;
  /** What the filter kept; absent without it. */
  readonly filtered?: Filtered;
  /** What relabelling changed; absent without it. */
  readonly adjusted?: Adjusted;
  /** What was drawn of the rest. */
  readonly drawn: Drawn;
}

/** How fakes are processed; an ablation is a shorter list of steps, or another number. */
export interface Processing {
  /** Those of filter and adjust count here; subsampling happened in the pool. */
  readonly steps: readonly ProcessingStep[];
  /** Share of the fakes that the filter keeps. */
  readonly rho: number;
  /** M^g. */
  readonly fakes: number;
}

/** Filter, relabel and draw, as far as `steps` says (subsampling happened in the pool). */
export async function processFakes(
  context: Context,
  pool: FakePool,
  judged: { teacher: TrainedNetwork; opinion: TeacherOpinion },
  { steps, rho, fakes }: Processing,
): Promise<ProcessedFakes> {
  const { specification, setting } = context;
  const { compat } = specification;
  const seed = chainSeed(specification);
  let { set } = pool.open();
  let { opinion } = judged;
  const filtered = steps.includes("filter")
    ? filterByTeacher({ set, opinion }, { rho, tie: compat.tie })
    : undefined;
  if (filtered) ({ set, opinion } = filtered);
  const adjusted = steps.includes("adjust")
    ? adjustLabels({ set, opinion }, { clip: compat.adjustClip })
    : undefined;
  if (adjusted) ({ set } = adjusted);
  const { shortfall } = compat;
  const { regressionBalance } = compat;
  const drawn = drawFakes(
    set,
    { count: fakes, shortfall, regressionBalance },
    rngOf(seed, "draw", setting),
  );
  return {
    id: await processedId(
      specification,
      { pool: pool.artifact, teacher: judged.teacher.artifact },
      { steps, rho, fakes },
    ),
    set: drawn.set,
    opinion: selectOpinion(opinion, drawn.positions),
    filtered,
    adjusted,
    drawn,
  };
}

/** Identity of processed fakes: where they come from, and every option that they depend on. */
export async function processedId(
  specification: Specification,
  inputs: { pool: Pick<Artifact, "id">; teacher: Pick<Artifact, "id"> },
  { steps, rho, fakes }: Processing,
): Promise<string> {
  const { tie, shortfall, regressionBalance, adjustClip } = specification.compat;
  const isFiltered = steps.includes("filter");
  const identity = {
    pool: inputs.pool.id,
    teacher: isFiltered || steps.includes("adjust") ? inputs.teacher.id : "none",
    options: {
      steps,
      rho: isFiltered ? rho : 1,
      fakes,
      tie,
      shortfall,
      ...(regressionBalance && { regressionBalance, adjustClip }),
      seed: chainSeed(specification),
    },
  };
  return `processed-${await shortHash(canonicalJson(identity))}`;
}

function labelsOf(task: Task): readonly number[] {
  return task.kind === "classification" ? task.classNames.map((_, label) => label) : task.labels;
}
