/** Steps 2 to 4 of the chain: fakes are drawn, subsampled (M1), filtered (M1) and relabelled (M2). */
import type { LabelledImages, Task } from "../../base/contracts.ts";
import { join } from "../../base/path.ts";
import { countProgress, type ProgressEvent } from "../../base/progress.ts";
import { rngOf } from "../../base/rng.ts";
import { type Artifact, canonicalJson, shortHash } from "../../base/store.ts";
import { type Adjusted, adjustLabels } from "../../synthesis/adjust.ts";
import { drawFakes, type Drawn } from "../../synthesis/draw.ts";
import { filterByTeacher, type Filtered } from "../../synthesis/filter.ts";
import { type FakePoolOnDisk, openFakeShards } from "../../synthesis/fake_shards.ts";
import { sampleToDisk, subsampleToDisk } from "../../synthesis/to_disk.ts";
import { askTeacher, selectOpinion, type TeacherOpinion } from "../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context, runStage } from "./context.ts";
import type { ProcessingStep, Specification } from "../specification.ts";
import type { TrainedCondition } from "./condition_stage.ts";
import type { TrainedGan } from "./gan_stage.ts";
import type { TrainedNetwork } from "./network_stage.ts";
import type { FittedRatio } from "./ratio_stage.ts";

/** Fakes before the filter; pixels are read from disk one image at a time. */
export interface FakePool {
  readonly artifact: Artifact;
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
  const { specification, setting, dataset, progress, signal } = context;
  const { synthesis, compat } = specification;
  const { task } = dataset.train;
  const seed = chainSeed(specification);
  const key = {
    stage: "fakes",
    codeVersion: 2,
    specification: {
      perLabel: synthesis.perLabel,
      ...(ratio && { burnIn: synthesis.burnIn, batch: synthesis.batch }),
      toUint8: compat.toUint8,
      seed,
    },
    inputs: { gan: gan.artifact.id, ...(ratio && { ratio: ratio.artifact.id }) },
  };
  const title = ratio ? `subsampled fakes of ${setting}` : `fakes of ${setting}`;
  const labels = labelsOf(task);
  const { perLabel } = synthesis;
  const placeIn = (folder: string) => ({
    folder: join(folder, "pool"),
    identity: canonicalJson(key),
  });
  const artifact = await runStage(context, title, key, async (folder) => {
    const generator = gan.open();
    const model = ratio?.open();
    const { conditionOf, ...embedding } = condition.open();
    const rng = rngOf(seed, "fakes", setting);
    const options = {
      labels,
      perLabel,
      batch: synthesis.batch,
      toUint8: compat.toUint8,
      signal,
      progress: progress && ((event: ProgressEvent) => progress({ ...event, stage: title })),
    };
    try {
      const pool = model === undefined
        ? await sampleToDisk({ generator, task, conditionOf }, options, rng, placeIn(folder))
        : await subsampleToDisk(
          { generator, ratio: model, task, conditionOf },
          { ...options, burnIn: synthesis.burnIn },
          rng,
          placeIn(folder),
        );
      pool.close();
    } finally {
      generator.parameters.dispose();
      model?.dispose();
      embedding.dispose();
    }
    // The images lie beside; a pool is never published.
    return { arrays: {}, notes: { images: labels.length * perLabel } };
  });
  let opened: FakePoolOnDisk | undefined;
  return {
    artifact,
    open: () =>
      opened ??= openFakeShards({ ...placeIn(artifact.folder), labels, perLabel, task }).finish(),
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
  readonly set: LabelledImages;
  /** The teacher's opinion on the drawn fakes. */
  readonly opinion: TeacherOpinion;
  readonly filtered?: Filtered;
  readonly adjusted?: Adjusted;
  readonly drawn: Drawn;
}

/** How fakes are processed; an ablation is a shorter list of steps, or another number. */
export interface Processing {
  readonly steps: readonly ProcessingStep[];
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
