/** The conditional generator on the real training images: a GAN or a diffusion model, of classes or scalar labels. */
import { lookUp } from "../../../base/check.ts";
import type { Artifact, StageResult } from "../../../base/disk/artifact.ts";
import type { History } from "../../../base/disk/checkpoint.ts";
import { canonicalJson } from "../../../base/disk/identity.ts";
import { join } from "../../../base/disk/path.ts";
import { INFERENCE } from "../../../base/module.ts";
import { type Rng, rngOf } from "../../../base/rng.ts";
import { standardise } from "../../../density_ratio/features.ts";
import { isGan } from "../../../experiments/specification/gan_schema.ts";
import type { GuideSpecification } from "../../../experiments/specification/schema.ts";
import { variedImages } from "../../../gan/diffusion/variations.ts";
import { realSpread } from "../../../gan/diversity.ts";
import { fitGenerator, type GeneratorFit, loadGenerator } from "../../../gan/fit_generator.ts";
import type { Generator } from "../../../gan/gan.ts";
import { type Guide, guideFor } from "../../../gan/guide.ts";
import type { GeneratorRecipe } from "../../../gan/recipe.ts";
import { checkPrecision } from "../../../native/tensorflow/precision.ts";
import { collapseWarning } from "../../../gan/variety.ts";
import {
  asParameters,
  chainSeed,
  CHECKPOINT,
  type Context,
  loopOf,
  runStage,
  waitingFor,
} from "../context.ts";
import type { TrainedNetwork } from "../network_job.ts";
import { networkStage } from "../network_stage.ts";
import type { TrainedCondition } from "./condition_stage.ts";
import { type GanKeys, ganKeys } from "./gan_keys.ts";
import { generatorData } from "./generator_data.ts";
import { type GeneratorParts, generatorParts } from "./generator_parts.ts";
import { findCheckpoint, lockTraining } from "./training_checkpoint.ts";

/** A trained generator: its stored weights, its curves, and a way to build it. */
export interface TrainedGan {
  /** The stage result that holds its weights; they serve every way of sampling. */
  readonly artifact: Artifact;
  /** Identity of what it draws: that of its weights, and how a diffusion model is sampled. */
  readonly id: string;
  /** The network that guided it, where one did. */
  readonly guide?: Artifact;
  /** Losses and measures by step. */
  readonly history: History;
  /** Training steps; of a GAN those of G. */
  readonly steps: number;
  /** Builds the network with the trained weights; the caller disposes it. */
  open(): Generator;
}

/** Measures a generator during its training; changes nothing of it. */
export type GanJudge = (generator: Generator) => Promise<Record<string, number>>;

/** A judge that is ready, and after how many steps each time it measures. */
interface OpenedJudge {
  readonly every?: number;
  readonly measure: GanJudge;
}

/**
 * Trains the generator of a setting, or resumes or reuses it; says where it has collapsed.
 *
 * @param openJudge Gives what measures it along the way, before it is trained; `every` without a number: at its end.
 */
export async function ganStage(
  context: Context,
  condition: TrainedCondition,
  openJudge: () => Promise<OpenedJudge>,
): Promise<TrainedGan> {
  const { specification, setting } = context;
  const { gan, compat } = specification;
  const seed = compat.ganSeed === "chain" ? chainSeed(specification) : compat.ganSeed;
  const steps = lookUp(gan.steps, setting, "GAN length for setting");
  const parts = partsOf(context, condition, seed);
  const { recipe, sampling } = parts;
  const guide = parts.guide && await guideStage(context, parts.guide.specification);
  const keys = ganKeys(context, {
    codeVersion: 1,
    parts,
    seed,
    steps,
    condition: condition.id,
    guide: guide?.artifact.id,
  });
  const title = `${isGan(gan) ? "cGAN" : "diffusion model"} ${parts.title} on ${setting}`;
  const rng = rngOf(seed, "cgan", setting);
  const artifact = await runStage(context, title, keys.stage, async (own) => {
    // Here and not with the specification's other checks: a published generator is drawn from on any machine.
    checkPrecision(gan.precision, "gan.precision");
    using training = await openTraining(context, keys, { own, title });
    const judge = await openJudge();
    const { checkpointPath } = training;
    const loop = { ...loopOf(context, { title, seed }), steps, checkpointPath };
    return await fit(context, { recipe, condition, guide, judge, rng, loop });
  }, ({ notes }) => collapseWarning((notes.history as History).at(-1)?.variety));
  return {
    artifact,
    id: sampling ? `${artifact.id} sampled by ${canonicalJson(sampling)}` : artifact.id,
    ...(guide && { guide: guide.artifact }),
    history: artifact.notes.history as History,
    steps,
    open: () => loadGenerator(recipe, rng.child("networks"), asParameters(artifact.arrays)),
  };
}

/** The parts of the specification's generator, with what they read from the training images. */
function partsOf(context: Context, condition: TrainedCondition, seed: number): GeneratorParts {
  const { specification: { gan }, setting, dataset } = context;
  return generatorParts(context, condition.size, {
    ...(isGan(gan) && gan.diversity > 0 &&
      { spread: realSpread(dataset.train, rngOf(seed, "spread", setting)) }),
    ...(!isGan(gan) && gan.sampling.variations && {
      varied: variedBy(context, condition, gan.sampling.variations.neighbours),
    }),
  });
}

/**
 * The checkpoint of a training, locked: trainings of other lengths have the same one, so the second waits and goes on
 * from the first one's end. A fresh training has its own.
 *
 * @param own Folder of the stage.
 */
async function openTraining(
  context: Context,
  keys: GanKeys,
  { own, title }: { readonly own: string; readonly title: string },
): Promise<Disposable & { readonly checkpointPath: string }> {
  if (context.fresh) return { checkpointPath: join(own, CHECKPOINT), [Symbol.dispose]() {} };
  const { store } = context;
  const waiting = { what: title, ...waitingFor(context, title) };
  const lock = await lockTraining(store, keys.training, waiting);
  try {
    const checkpointPath = await findCheckpoint(store, { own, starts: keys.starts });
    return { checkpointPath, [Symbol.dispose]: () => lock[Symbol.dispose]() };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** What a training is given. */
interface GanFit {
  readonly recipe: GeneratorRecipe;
  readonly condition: TrainedCondition;
  readonly guide?: TrainedNetwork;
  readonly judge: OpenedJudge;
  readonly rng: Rng;
  readonly loop: GeneratorFit["loop"];
}

/** Trains the generator to its last step, judged along the way. */
async function fit(
  context: Context,
  { recipe, condition, guide, judge, rng, loop }: GanFit,
): Promise<StageResult> {
  const { steps } = loop;
  const guiding = guide && openGuide(context, guide);
  const labels = condition.open();
  const { generator, history, seconds } = await fitGenerator({
    recipe,
    data: generatorData(context, labels, rng.child("data")),
    guide: guiding?.guide,
    rng,
    judge: { every: steps, ...judge, warn: ({ variety }) => collapseWarning(variety) },
    loop,
  }).finally(() => {
    guiding?.dispose();
    labels.dispose();
  });
  return { arrays: generator, notes: { history, seconds, steps } };
}

/** The training images that a sampling varies, by the conditions of their labels. */
function variedBy({ dataset }: Context, condition: TrainedCondition, neighbours: number) {
  return variedImages(dataset.train, (labels) => {
    const { conditionOf, dispose } = condition.open();
    try {
      return conditionOf(labels);
    } finally {
      dispose();
    }
  }, neighbours);
}

/** The network that guides the generator, trained on the real images. */
function guideStage(context: Context, specification: GuideSpecification): Promise<TrainedNetwork> {
  const { dataset } = context;
  const { network, width, training } = specification;
  return networkStage(context, {
    role: "guide",
    sized: { network, width },
    training,
    train: dataset.train,
    inputs: { real: dataset.checksum },
    seed: chainSeed(context.specification),
  });
}

/** The guide as the training asks it. */
function openGuide(
  { dataset }: Context,
  trained: TrainedNetwork,
): { guide: Guide; dispose(): void } {
  const network = trained.open();
  return {
    guide: guideFor(
      dataset.train.task,
      (images) => network.forward(standardise(images, trained.normalisation), INFERENCE).output,
    ),
    dispose: () => network.parameters.dispose(),
  };
}
