/**
 * What the chain wants of a generator that is still to be trained, whatever kind it is: build it, train it, take
 * what is to be sampled. A kind of generator is a function that makes recipes (`ganRecipe`, `diffusionRecipe`).
 */
import type { Rng } from "../base/rng.ts";
import type { tf } from "../base/tf.ts";
import type { Generator, GeneratorTrainee } from "./gan.ts";
import type { Guide } from "./guide.ts";
import type { CganData } from "./train_cgan.ts";

/** Real images and what they are shown with. */
export interface RealBatch {
  /** In [−1, 1]. */
  readonly images: tf.Tensor4D;
  /** `[batch, conditionSize]`; for scalar labels that of a label near the image's own. */
  readonly condition: tf.Tensor2D;
  /** Vicinal weights `[batch, 1]`; scalar labels only. */
  readonly weights?: tf.Tensor2D;
}

/** Real images by step, for models that need no fakes in training. */
export interface RealData {
  /** @param draw Counts batches from 0. */
  realBatch(draw: number, batch: number): RealBatch;
}

/** Batches for every kind of generator. */
export type GeneratorData = CganData & RealData;

/** What a training is given. */
export interface GeneratorSources {
  readonly data: GeneratorData;
  readonly rng: Rng;
  /** Wanted where the recipe asks for one. */
  readonly guide?: Guide;
}

/** A generator to be trained: its family, its options and its training in one. */
export interface GeneratorRecipe {
  /** Builds the generator as it is sampled; the caller disposes it. */
  build(rng: Rng): Generator;
  /** Builds and trains the networks; who disposes `state` has disposed all of it. */
  trainee(sources: GeneratorSources): GeneratorTrainee;
}
