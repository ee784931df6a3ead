/** The conditional GAN on the real training images: of classes, or CcGAN of scalar labels. */
import { checkpointStep, type History } from "../../base/checkpoint.ts";
import { lookUp } from "../../base/check.ts";
import { outputsOf } from "../../base/contracts.ts";
import { INFERENCE } from "../../base/module.ts";
import { join } from "../../base/path.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { writeAtomically } from "../../base/safetensors.ts";
import { type Artifact, canonicalJson, shortHash, type Store } from "../../base/store.ts";
import { standardise } from "../../density_ratio/features.ts";
import { classData } from "../../gan/class_data.ts";
import { realSpread } from "../../gan/diversity.ts";
import { fitCgan, loadGenerator } from "../../gan/fit_cgan.ts";
import type { GanFamily, GanOptions, Generator } from "../../gan/gan.ts";
import { type Guide, guideFor } from "../../gan/guide.ts";
import type { CganData, CganTraining } from "../../gan/train_cgan.ts";
import { vicinalData } from "../../gan/scalar_labels/vicinal_data.ts";
import { GANS } from "../../registry.ts";
import { asParameters, chainSeed, type Context, runStage } from "./context.ts";
import type { OpenCondition, TrainedCondition } from "./condition_stage.ts";
import type { GuideSpecification } from "../../experiments/specification/schema.ts";
import { networkStage, type TrainedNetwork } from "./network_stage.ts";

/** A trained generator: its stored weights, its curves, and a way to build it. */
export interface TrainedGan {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** The network that guided it, where one did. */
  readonly guide?: Artifact;
  /** Losses and measures by step. */
  readonly history: History;
  /** G steps that it was trained for. */
  readonly steps: number;
  /** Builds the network with the trained weights; the caller disposes it. */
  open(): Generator;
}

const CHECKPOINT = "checkpoint.safetensors";

/** Measures a generator during its training; changes nothing of it. */
export type GanJudge = (generator: Generator) => Promise<Record<string, number>>;

/** Trains the GAN of a setting, or resumes or reuses it. */
export async function ganStage(
  context: Context,
  condition: TrainedCondition,
  judge?: { every: number; measure: GanJudge },
): Promise<TrainedGan> {
  const { specification, setting, dataset, store, signal, progress } = context;
  const { gan, compat } = specification;
  const seed = compat.ganSeed === "chain" ? chainSeed(specification) : compat.ganSeed;
  const steps = lookUp(gan.steps, setting, "GAN length for setting");
  const { family, options, training: plainTraining } = ganParts(context, condition.size);
  const training = gan.diversity === 0 ? plainTraining : {
    ...plainTraining,
    diversity: {
      weight: gan.diversity,
      spread: realSpread(dataset.train, rngOf(seed, "spread", setting)),
    },
  };
  const guide = gan.guide === "none" ? undefined : await guideStage(context, gan.guide);
  const plain = {
    stage: "cgan",
    codeVersion: 1,
    specification: {
      family: gan.family,
      options,
      training: { ...training, guide: undefined },
      ...(gan.vicinity && { vicinity: gan.vicinity, flip: gan.embedding?.flip }),
      seed,
    },
    inputs: { real: dataset.checksum, ...(condition.id && { condition: condition.id }) },
  };
  const lineage = guide === undefined ? plain : {
    ...plain,
    specification: { ...plain.specification, training },
    inputs: { ...plain.inputs, guide: guide.artifact.id },
  };
  const key = { ...lineage, specification: { ...lineage.specification, steps } };
  const title = `cGAN ${family.title} on ${setting}`;
  const rng = rngOf(seed, "cgan", setting);
  const artifact = await runStage(context, title, key, async (own) => {
    const checkpointPath = context.fresh
      ? join(own, CHECKPOINT)
      : await findCheckpoint(store, { lineage, plain, steps, training, own });
    const guiding = guide && openGuide(context, guide);
    const labels = condition.open();
    const fitted = await fitCgan({
      family,
      options,
      training,
      data: cganData(context, labels, rng.child("data")),
      guide: guiding?.guide,
      rng,
      judge,
      loop: {
        stage: title,
        seed,
        steps,
        logEvery: 20,
        checkpointPath,
        progress,
        signal,
      },
    }).finally(() => {
      guiding?.dispose();
      labels.dispose();
    });
    return {
      arrays: fitted.generator,
      notes: { history: fitted.history, seconds: fitted.seconds, steps },
    };
  });
  return {
    artifact,
    ...(guide && { guide: guide.artifact }),
    history: artifact.notes.history as History,
    steps,
    open: () =>
      loadGenerator(
        family,
        { ...options, rng: rng.child("networks") },
        asParameters(artifact.arrays),
      ),
  };
}

/** Real images and conditions by step: uniform classes, or vicinities of scalar labels (CcGAN). */
export function cganData(
  { specification, dataset }: Context,
  { conditionOf, embedding }: OpenCondition,
  rng: Rng,
  set = dataset.train,
): CganData {
  const { vicinity, discriminatorSteps, embedding: training } = specification.gan;
  if (set.task.kind === "classification") return classData(set, rng);
  if (vicinity === undefined || training === undefined) {
    throw new TypeError("Cannot train a GAN for scalar labels: found no gan.vicinity, want one");
  }
  return vicinalData(set, {
    ...vicinity,
    discriminatorSteps,
    flip: training.flip,
    conditionOf: embedding?.conditionAnywhere ?? conditionOf,
  }, rng);
}

/**
 * The checkpoint to go on from. Rates are constant, so a longer training continues a shorter one: checkpoints go
 * by everything but the length. Until its guide speaks, a guided training is the plain one. What came with the
 * repository is copied; a training that is past the wanted length is left alone.
 */
async function findCheckpoint(
  store: Store,
  { lineage, plain, steps, training, own }: {
    lineage: unknown;
    plain: unknown;
    steps: number;
    training: CganTraining;
    own: string;
  },
): Promise<string> {
  const folderOf = async (key: unknown) => `cgan-training-${await shortHash(canonicalJson(key))}`;
  const name = await folderOf(lineage);
  const shared = join(store.work, name, CHECKPOINT);
  await Deno.mkdir(join(store.work, name), { recursive: true });
  const done = await checkpointStep(shared);
  if (done !== undefined) return done <= steps ? shared : join(own, CHECKPOINT);
  const start = training.guide?.start ?? Infinity;
  const roots = [store.work, ...(store.published === undefined ? [] : [store.published])];
  for (
    const [folder, most] of [[name, steps], [
      await folderOf(plain),
      Math.min(steps, start),
    ]] as const
  ) {
    for (const root of roots) {
      const path = join(root, folder, CHECKPOINT);
      const step = await checkpointStep(path);
      if (step === undefined || step > most) continue;
      await writeAtomically(shared, [await Deno.readFile(path)]);
      return shared;
    }
  }
  return shared;
}

/** What a specification says about the GAN, in the words of the GAN's own folder. */
export function ganParts(
  { specification, setting, dataset }: Pick<Context, "specification" | "setting" | "dataset">,
  conditionSize = outputsOf(dataset.train.task),
): {
  family: GanFamily;
  options: Omit<GanOptions, "rng">;
  training: CganTraining;
} {
  const { gan } = specification;
  const hasClassifier = gan.auxiliary.discriminator > 0 || gan.auxiliary.generator > 0;
  return {
    family: lookUp(GANS, gan.family, "GAN"),
    options: {
      conditionSize,
      imageSize: dataset.train.images.shape.height as 32 | 64,
      width: gan.width,
      taper: gan.taper,
      auxiliaryClassifier: hasClassifier,
    },
    training: {
      batch: gan.batch,
      discriminatorSteps: gan.discriminatorSteps,
      generatorRate: gan.generatorRate,
      discriminatorRate: gan.discriminatorRate,
      beta1: gan.beta1,
      beta2: gan.beta2,
      diffAugment: lookUp(gan.diffAugment, setting, "DiffAugment switch for setting"),
      ...(gan.average !== "none" && { average: gan.average }),
      ...(hasClassifier && { auxiliary: gan.auxiliary }),
      ...(gan.guide !== "none" &&
        { guide: { weight: gan.guide.weight, start: gan.guide.start, margin: gan.guide.margin } }),
    },
  };
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
