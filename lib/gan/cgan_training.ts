/** What decides the training of a conditional GAN: its batches and its numbers. */
import type { tf } from "../base/tf.ts";
import type { Precision } from "../native/tensorflow/precision.ts";
import type { MovingAverage } from "./moving_average.ts";

/** What one discriminator step looks at. */
export interface DiscriminatorBatch {
  /** Real images in [−1, 1]. */
  readonly real: tf.Tensor4D;
  /** What D is conditioned on for the real images. */
  readonly realCondition: tf.Tensor2D;
  /** What G draws the fakes for. */
  readonly fakeCondition: tf.Tensor2D;
  /** What D is conditioned on for the fakes; default: `fakeCondition` (vicinal losses differ). */
  readonly judgedCondition?: tf.Tensor2D;
  /** Vicinal weights `[batch, 1]`. */
  readonly weights?: { real: tf.Tensor2D; fake: tf.Tensor2D };
}

/** What one generator step draws images for. */
export interface GeneratorBatch {
  /** `[batch, conditionSize]`. */
  readonly condition: tf.Tensor2D;
  /** What a guide compares with: one-hot rows, or labels over the label scale `[batch, 1]`. */
  readonly target: tf.Tensor2D;
}

/** Real images and conditions by step: uniform classes, or CcGAN's vicinities of scalar labels. */
export interface CganData {
  /** @param draw Counts discriminator steps from 0. */
  discriminatorBatch(draw: number, batch: number): DiscriminatorBatch;
  generatorBatch(step: number, batch: number): GeneratorBatch;
}

/** Numbers that decide a cGAN training. */
export interface CganTraining {
  readonly batch: number;
  readonly discriminatorSteps: number;
  readonly generatorRate: number;
  readonly discriminatorRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly diffAugment: boolean;
  /** Of the factors of products in both players' passes and on the way back; default: float32. */
  readonly precision?: Precision;
  /** Exponential moving average of all of G's state; the average is what is sampled later. */
  readonly average?: MovingAverage;
  /** Weights of the auxiliary classifier's cross-entropy; no classifier without (ours). */
  readonly auxiliary?: { readonly discriminator: number; readonly generator: number };
  /**
   * Weight of the guide's errors in G's loss, from a step on; only what exceeds `margin` (in nats or label scales;
   * default: 0) counts, so that G has to be as clear as a real image is and not a caricature of its label (ours).
   */
  readonly guide?: { readonly weight: number; readonly start: number; readonly margin?: number };
  /**
   * From this step of G on neither the auxiliary classifier nor the guide pushes G (ours). Both make labels clear early
   * and turn images into caricatures of their class if they stay; D's verdict then brings the variety back, and D's own
   * classifier goes on.
   */
  readonly release?: number;
  /**
   * Both rates are multiplied by 2^−((step − start) / halving) from step `start` of G on (ours). The step of a longer
   * training has the rate that it has in a shorter one, so that one continues the other.
   */
  readonly decay?: { readonly start: number; readonly halving: number };
  /** Weight of `diversityLoss` in G's loss, and the spread of real images that it asks for (ours). */
  readonly diversity?: { readonly weight: number; readonly spread: number };
}
