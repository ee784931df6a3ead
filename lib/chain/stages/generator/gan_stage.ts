/** The conditional generator on the real training images: a GAN or a diffusion model, of classes or scalar labels. */
import { checkpointStep, type History } from "../../../base/disk/checkpoint.ts";
import { lookUp } from "../../../base/check.ts";
import type { LabelledImages } from "../../../base/contracts.ts";
import { makeFolder, writeAtomically } from "../../../base/disk/files.ts";
import { INFERENCE } from "../../../base/module.ts";
import { type LockOptions, takeLock } from "../../../base/disk/lock.ts";
import { join } from "../../../base/disk/path.ts";
import { type Rng, rngOf } from "../../../base/rng.ts";
import { type Artifact } from "../../../base/disk/artifact.ts";
import { canonicalJson, shortHash } from "../../../base/disk/identity.ts";
import { type Store } from "../../../base/disk/store.ts";
import { standardise } from "../../../density_ratio/features.ts";
import { classData } from "../../../gan/class_data.ts";
import { realSpread } from "../../../gan/diversity.ts";
import { fitGenerator, loadGenerator } from "../../../gan/fit_generator.ts";
import type { Generator } from "../../../gan/gan.ts";
import { type Guide, guideFor } from "../../../gan/guide.ts";
import type { GeneratorData } from "../../../gan/recipe.ts";
import { collapseWarning } from "../../../gan/variety.ts";
import { variedImages } from "../../../gan/diffusion/variations.ts";
import { vicinalData } from "../../../gan/scalar_labels/vicinal_data.ts";
import {
  asParameters,
  chainSeed,
  CHECKPOINT,
  type Context,
  loopOf,
  runStage,
  waitingFor,
} from "../context.ts";
import type { OpenCondition, TrainedCondition } from "./condition_stage.ts";
import type { GuideSpecification } from "../../../experiments/specification/schema.ts";
import { isGan } from "../../../experiments/specification/gan_schema.ts";
import { generatorParts } from "./generator_parts.ts";
import { networkStage, type TrainedNetwork } from "../network_stage.ts";

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

/**
 * Trains the generator of a setting, or resumes or reuses it; says where it has collapsed.
 *
 * @param openJudge Gives what measures it along the way, before it is trained; `every` without a number: at its end.
 */
export async function ganStage(
  context: Context,
  condition: TrainedCondition,
  openJudge: () => Promise<{ every?: number; measure: GanJudge }>,
): Promise<TrainedGan> {
  const { specification, setting, dataset, store } = context;
  const { gan, compat } = specification;
  const seed = compat.ganSeed === "chain" ? chainSeed(specification) : compat.ganSeed;
  const steps = lookUp(gan.steps, setting, "GAN length for setting");
  const parts = generatorParts(context, condition.size, {
    ...(isGan(gan) && gan.diversity > 0 &&
      { spread: realSpread(dataset.train, rngOf(seed, "spread", setting)) }),
    ...(!isGan(gan) && gan.sampling.variations && {
      varied: variedBy(context, condition, gan.sampling.variations.neighbours),
    }),
  });
  const { recipe, options, training, sampling } = parts;
  const guide = parts.guide && await guideStage(context, parts.guide.specification);
  const plain = {
    stage: "cgan",
    codeVersion: 1,
    specification: {
      family: gan.family,
      options,
      training: { ...training, guide: undefined, release: undefined, decay: undefined },
      ...(gan.vicinity && { vicinity: gan.vicinity, flip: gan.embedding?.flip }),
      seed,
    },
    inputs: { real: dataset.checksum, ...(condition.id && { condition: condition.id }) },
  };
  const lineage = {
    ...plain,
    specification: { ...plain.specification, training },
    inputs: { ...plain.inputs, ...(guide && { guide: guide.artifact.id }) },
  };
  const without = (...left: readonly ("release" | "decay")[]) => ({
    ...lineage,
    specification: {
      ...lineage.specification,
      training: { ...training, ...Object.fromEntries(left.map((name) => [name, undefined])) },
    },
  });
  const key = {
    ...lineage,
    codeVersion: parts.version,
    specification: { ...lineage.specification, steps },
  };
  const title = `${isGan(gan) ? "cGAN" : "diffusion model"} ${parts.title} on ${setting}`;
  const rng = rngOf(seed, "cgan", setting);
  const artifact = await runStage(context, title, key, async (own) => {
    // Trainings of other lengths have the same checkpoint: the second one waits and goes on from the first one's end.
    using _lock = context.fresh
      ? undefined
      : await lockTraining(store, lineage, { what: title, ...waitingFor(context, title) });
    const checkpointPath = context.fresh ? join(own, CHECKPOINT) : await findCheckpoint(store, {
      own,
      starts: [
        { key: lineage, most: steps },
        // Until rates fall, the training is the one whose rates never do; until G is released, the one that never
        // releases it; until its guide speaks, the plain one.
        { key: without("decay"), most: Math.min(steps, parts.decay ?? 0) },
        {
          key: without("decay", "release"),
          most: Math.min(steps, parts.release ?? 0, parts.decay ?? Infinity),
        },
        {
          key: plain,
          most: Math.min(
            steps,
            parts.guide?.start ?? Infinity,
            parts.release ?? Infinity,
            parts.decay ?? Infinity,
          ),
        },
      ],
    });
    const judge = await openJudge();
    const guiding = guide && openGuide(context, guide);
    const labels = condition.open();
    const fitted = await fitGenerator({
      recipe,
      data: cganData(context, labels, rng.child("data")),
      guide: guiding?.guide,
      rng,
      judge: { every: steps, ...judge, warn: ({ variety }) => collapseWarning(variety) },
      loop: { ...loopOf(context, { title, seed }), steps, checkpointPath },
    }).finally(() => {
      guiding?.dispose();
      labels.dispose();
    });
    return {
      arrays: fitted.generator,
      notes: { history: fitted.history, seconds: fitted.seconds, steps },
    };
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

/** Real images and conditions by step: uniform classes, or vicinities of scalar labels (CcGAN). */
export function cganData(
  { specification, dataset }: Context,
  { conditionOf, embedding }: OpenCondition,
  rng: Rng,
  set: LabelledImages = dataset.train,
): GeneratorData {
  const { gan } = specification;
  const { vicinity, embedding: training } = gan;
  if (set.task.kind === "classification") return classData(set, rng);
  if (vicinity === undefined || training === undefined) {
    throw new TypeError(
      "Cannot train a generator for scalar labels: found no gan.vicinity, want one",
    );
  }
  return vicinalData(set, {
    ...vicinity,
    // Says which targets a G step uses again; a diffusion model has no such step.
    discriminatorSteps: isGan(gan) ? gan.discriminatorSteps : 1,
    flip: training.flip,
    conditionOf: embedding?.conditionAnywhere ?? conditionOf,
  }, rng);
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

/** A training that the wanted one continues, and up to which step the two are the same. */
interface TrainingStart {
  readonly key: unknown;
  readonly most: number;
}

/** Folder of a training's checkpoint. */
async function trainingName(key: unknown): Promise<string> {
  return `cgan-training-${await shortHash(canonicalJson(key))}`;
}

/** Keeps other processes from a training's checkpoint; its folder is made where it is missing. */
async function lockTraining(
  store: Store,
  key: unknown,
  options: LockOptions,
): Promise<Disposable> {
  const folder = join(store.work, await trainingName(key));
  await makeFolder(folder);
  return await takeLock(join(folder, "lock"), options);
}

/**
 * The checkpoint to go on from. Rates are constant or fall from a stated step at a stated pace, so a longer training continues a shorter one: checkpoints go
 * by everything but the length and the sampling. What came with the repository is copied; a training that is past
 * the wanted length is left alone.
 *
 * @param starts The wanted training first.
 */
async function findCheckpoint(
  store: Store,
  { own, starts }: { own: string; starts: readonly [TrainingStart, ...TrainingStart[]] },
): Promise<string> {
  const shared = join(store.work, await trainingName(starts[0].key), CHECKPOINT);
  const done = await checkpointStep(shared);
  if (done !== undefined) return done <= starts[0].most ? shared : join(own, CHECKPOINT);
  const roots = [store.work, ...(store.published === undefined ? [] : [store.published])];
  for (const { key, most } of starts) {
    for (const root of roots) {
      const path = join(root, await trainingName(key), CHECKPOINT);
      const step = await checkpointStep(path);
      if (step === undefined || step > most) continue;
      await writeAtomically(shared, [await Deno.readFile(path)]);
      return shared;
    }
  }
  return shared;
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
