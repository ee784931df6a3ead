/** Step 1 of the chain: a class-conditional GAN on the real training images. */
import { checkpointStep, type History } from "../base/checkpoint.ts";
import { lookUp } from "../base/check.ts";
import { outputsOf } from "../base/contracts.ts";
import { INFERENCE } from "../base/module.ts";
import { join } from "../base/path.ts";
import { rngOf } from "../base/rng.ts";
import { type Artifact, canonicalJson, shortHash } from "../base/store.ts";
import { standardise } from "../density_ratio/features.ts";
import { classData } from "../gan/class_data.ts";
import { fitCgan, loadGenerator } from "../gan/fit_cgan.ts";
import type { GanFamily, GanOptions, Generator } from "../gan/gan.ts";
import type { CganTraining, Guide } from "../gan/train_cgan.ts";
import { GANS } from "../registry.ts";
import { asParameters, chainSeed, type Context, runStage } from "./context.ts";
import type { GuideSpecification } from "./experiment.ts";
import { networkStage, type TrainedNetwork } from "./network_stage.ts";

/** A trained generator: its stored weights, its curves, and a way to build it. */
export interface TrainedGan {
  readonly artifact: Artifact;
  readonly history: History;
  readonly steps: number;
  /** Builds the network with the trained weights; the caller disposes it. */
  open(): Generator;
}

/** Measures a generator during its training; changes nothing of it. */
export type GanJudge = (generator: Generator) => Promise<Record<string, number>>;

/** Trains the GAN of a setting, or resumes or reuses it. */
export async function ganStage(
  context: Context,
  judge?: { every: number; measure: GanJudge },
): Promise<TrainedGan> {
  const { specification, setting, dataset, store, signal, progress } = context;
  const { gan, compat } = specification;
  const seed = compat.ganSeed === "chain" ? chainSeed(specification) : compat.ganSeed;
  const steps = lookUp(gan.steps, setting, "GAN length for setting");
  const { family, options, training } = ganParts(context);
  const guide = gan.guide === "none" ? undefined : await guideStage(context, gan.guide);
  // Rates are constant, so a longer training continues a shorter one: its checkpoint goes by everything
  // but the length.
  const lineage = {
    stage: "cgan",
    codeVersion: 1,
    specification: { family: gan.family, options, training, seed },
    inputs: { real: dataset.checksum, ...(guide && { guide: guide.artifact.id }) },
  };
  const key = { ...lineage, specification: { ...lineage.specification, steps } };
  const title = `cGAN ${family.title} on ${setting}`;
  const rng = rngOf(seed, "cgan", setting);
  const artifact = await runStage(context, title, key, async (own) => {
    const shared = join(store.work, `cgan-training-${await shortHash(canonicalJson(lineage))}`);
    await Deno.mkdir(shared, { recursive: true });
    const checkpoint = join(shared, "checkpoint.safetensors");
    const done = context.fresh ? Infinity : await checkpointStep(checkpoint) ?? 0;
    // A training that is past the wanted length is left alone, and so is every one of a fresh run.
    const folder = done <= steps ? shared : own;
    const guiding = guide && openGuide(guide);
    const fitted = await fitCgan({
      family,
      options,
      training,
      data: classData(dataset.train, rng.child("data")),
      guide: guiding?.guide,
      rng,
      judge,
      loop: {
        stage: title,
        seed,
        steps,
        logEvery: 20,
        checkpointPath: join(folder, "checkpoint.safetensors"),
        progress,
        signal,
      },
    }).finally(() => guiding?.dispose());
    return {
      arrays: fitted.generator,
      notes: { history: fitted.history, seconds: fitted.seconds, steps },
    };
  });
  return {
    artifact,
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

/** What a specification says about the GAN, in the words of the GAN's own folder. */
export function ganParts({ specification, setting, dataset }: Context): {
  family: GanFamily;
  options: Omit<GanOptions, "rng">;
  training: CganTraining;
} {
  const { gan } = specification;
  const hasClassifier = gan.auxiliary.discriminator > 0 || gan.auxiliary.generator > 0;
  return {
    family: lookUp(GANS, gan.family, "GAN"),
    options: {
      conditionSize: outputsOf(dataset.train.task),
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
      average: gan.average,
      ...(hasClassifier && { auxiliary: gan.auxiliary }),
      ...(gan.guide !== "none" && { guide: { weight: gan.guide.weight, start: gan.guide.start } }),
    },
  };
}

/** The classifier that guides the generator, trained on the real images. */
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
    curveEvery: context.specification.curveEvery,
  });
}

/** The guide as a function of images in [−1, 1]. */
function openGuide(trained: TrainedNetwork): { guide: Guide; dispose(): void } {
  const network = trained.open();
  return {
    guide: (images) =>
      network.forward(standardise(images, trained.normalisation), INFERENCE).output,
    dispose: () => network.parameters.dispose(),
  };
}
