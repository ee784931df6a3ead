/** What a specification says about its generator, in the words of the generator's own folder. */
import { lookUp } from "../../../base/check.ts";
import { SIGMA_DATA } from "../../../gan/diffusion/edm.ts";
import { diffusionRecipe } from "../../../gan/diffusion/diffusion_recipe.ts";
import type { DiffusionTraining } from "../../../gan/diffusion/train_diffusion.ts";
import type { VariedImages } from "../../../gan/diffusion/variations.ts";
import { ganRecipe } from "../../../gan/gan_recipe.ts";
import type { GeneratorRecipe } from "../../../gan/recipe.ts";
import type { CganTraining } from "../../../gan/train_cgan.ts";
import type { Precision } from "../../../native/tensorflow/precision.ts";
import { DIFFUSIONS, GANS } from "../../../registry.ts";
import {
  type DiffusionSpecification,
  type GanSpecification,
  type GuideSpecification,
  isGan,
} from "../../../experiments/specification/gan_schema.ts";
import type { Specification } from "../../../experiments/specification/schema.ts";
import type { Context } from "../context.ts";

/** A generator as a stage trains it, and what decides it. */
export interface GeneratorParts {
  /** Of its family, for people. */
  readonly title: string;
  readonly recipe: GeneratorRecipe;
  /** Images of a step. */
  readonly batch: number;
  /** Network options: part of what decides the weights. */
  readonly options: object;
  /** Training numbers: the other part. */
  readonly training: object;
  /** What decides images and no weight: a trained network can be sampled in another way. */
  readonly sampling?: object;
  /** Raised when the same weights draw other images than before. */
  readonly version: number;
  /** Step from which G is no longer pushed towards its labels; see `CganTraining.release`. */
  readonly release?: number;
  /** Step from which rates fall; see `CganTraining.decay`. */
  readonly decay?: number;
  /** The network that guides the training from a step on, where one does. */
  readonly guide?: { readonly specification: GuideSpecification; readonly start: number };
}

/** What else decides the parts, or what checks and estimates do differently. */
export interface PartChanges {
  /** `realSpread` of the training images; without it the loss of `gan.diversity` is left out. */
  readonly spread?: number;
  readonly width?: number;
  readonly batch?: number;
  /** Step from which a guide counts. */
  readonly guideStart?: number;
  /** Training images that sampling varies, where it does; without them nothing can be sampled. */
  readonly varied?: VariedImages;
}

/** The precision in which a specification's generator learns. */
export function generatorPrecision({ gan, precision = "float32" }: Specification): Precision {
  return gan.precision ?? precision;
}

/** What the parts are made for. */
type Place = Pick<Context, "specification" | "setting" | "dataset">;

/** The parts of a specification's generator; `conditionSize` is the length of what it is conditioned on. */
export function generatorParts(
  place: Place,
  conditionSize: number,
  changes: PartChanges = {},
): GeneratorParts {
  const { gan } = place.specification;
  const sources = { place, conditionSize, changes };
  return isGan(gan) ? ganParts(gan, sources) : diffusionParts(gan, sources);
}

interface PartSources {
  readonly place: Place;
  readonly conditionSize: number;
  readonly changes: PartChanges;
}

function ganParts(gan: GanSpecification, sources: PartSources): GeneratorParts {
  const { place, conditionSize, changes } = sources;
  const { auxiliary, guide, diversity } = gan;
  const precision = generatorPrecision(place.specification);
  const hasClassifier = auxiliary.discriminator > 0 || auxiliary.generator > 0;
  const family = lookUp(GANS, gan.family, "GAN");
  const options = {
    conditionSize,
    imageSize: place.dataset.train.images.shape.height,
    width: changes.width ?? gan.width,
    taper: gan.taper,
    auxiliaryClassifier: hasClassifier,
  };
  const training: CganTraining = {
    batch: changes.batch ?? gan.batch,
    discriminatorSteps: gan.discriminatorSteps,
    generatorRate: gan.generatorRate,
    discriminatorRate: gan.discriminatorRate,
    beta1: gan.beta1,
    beta2: gan.beta2,
    diffAugment: lookUp(gan.diffAugment, place.setting, "DiffAugment switch for setting"),
    // The default is left out, so that it trains nothing anew.
    ...(precision !== "float32" && { precision }),
    ...(gan.average !== "none" && { average: gan.average }),
    ...(hasClassifier && { auxiliary }),
    ...(guide !== "none" && {
      guide: {
        weight: guide.weight,
        start: changes.guideStart ?? guide.start,
        margin: guide.margin,
      },
    }),
    ...(gan.release !== undefined && { release: gan.release }),
    ...(gan.decay !== undefined && { decay: gan.decay }),
    ...(changes.spread !== undefined && {
      diversity: { weight: diversity, spread: changes.spread },
    }),
  };
  return {
    title: family.title,
    recipe: ganRecipe({ family, options, training }),
    batch: training.batch,
    options,
    training,
    version: family.version ?? 1,
    ...(gan.release !== undefined && { release: gan.release }),
    ...(gan.decay !== undefined && { decay: gan.decay.start }),
    ...(guide !== "none" && { guide: { specification: guide, start: guide.start } }),
  };
}

function diffusionParts(gan: DiffusionSpecification, sources: PartSources): GeneratorParts {
  const family = lookUp(DIFFUSIONS, gan.family, "diffusion model");
  const { place, conditionSize, changes } = sources;
  const { sampling } = gan;
  const precision = generatorPrecision(place.specification);
  const options = {
    conditionSize,
    imageSize: place.dataset.train.images.shape.height,
    width: changes.width ?? gan.width,
    // What says no more than leaving it out is left out, so that it trains nothing anew.
    ...(gan.patch !== undefined && gan.patch !== 1 && { patch: gan.patch }),
    blocks: gan.blocks,
    attention: gan.attention,
    dropout: gan.dropout,
    ...(gan.skip !== undefined && gan.skip !== SIGMA_DATA && { skip: gan.skip }),
  };
  const training: DiffusionTraining = {
    batch: changes.batch ?? gan.batch,
    rate: gan.rate,
    warmUp: gan.warmUp,
    beta1: gan.beta1,
    beta2: gan.beta2,
    ...(gan.average !== "none" && { average: gan.average }),
    conditionDrop: gan.conditionDrop,
    noise: gan.noise,
    // The default is left out, so that it trains nothing anew.
    ...(precision !== "float32" && { precision }),
  };
  return {
    title: family.title,
    recipe: diffusionRecipe({
      family,
      options: { ...options, sampling, ...(changes.varied && { varied: changes.varied }) },
      training,
    }),
    batch: training.batch,
    options,
    training,
    version: family.version ?? 1,
    sampling,
  };
}
