/** What a conditional generator is to the rest of the chain. Class and scalar labels enter the same way. */
import type { Mode, ParameterSet } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { Trainee } from "../base/training/train_loop.ts";

/**
 * G(z, c): images in [−1, 1] from latents and conditions.
 *
 * @internal
 */
export interface Generator {
  readonly parameters: ParameterSet;
  /** Entries of z; of a diffusion model the pixels of its initial noise. */
  readonly latentSize: number;
  /**
   * @param latent `[batch, latentSize]`, N(0, 1).
   * @param condition `[batch, conditionSize]`: one-hot classes, or the embedding γ(y) of scalar labels.
   * @returns `[batch, height, width, 3]` in [−1, 1].
   */
  forward(latent: tf.Tensor2D, condition: tf.Tensor2D, mode: Mode): tf.Tensor4D;
}

/** Networks in training, and the way out of it. */
export interface GeneratorTrainee extends Trainee {
  /** Copies what is to be sampled, the moving average or else the last weights, into a generator built alike. */
  exportTo(target: Generator): void;
}

/** What a discriminator says about images. */
export interface DiscriminatorOutput {
  /** D(x, c), `[batch, 1]`; above 0 leans to real. */
  readonly score: tf.Tensor2D;
  /** Logits of the auxiliary classifier, `[batch, classes]`, where the family was built with one. */
  readonly classLogits?: tf.Tensor2D;
}

/** D(x, c). */
export interface Discriminator {
  readonly parameters: ParameterSet;
  /**
   * @param images `[batch, height, width, 3]` in [−1, 1].
   * @param condition `[batch, conditionSize]`.
   */
  forward(images: tf.Tensor4D, condition: tf.Tensor2D, mode: Mode): DiscriminatorOutput;
}

/** Everything that decides a generator and a discriminator before their first weight. */
export interface GanOptions {
  /** Length of the condition vector: classes, or the size of the label embedding. */
  readonly conditionSize: number;
  /** Side of the square images; one of the family's `imageSizes`. */
  readonly imageSize: number;
  /** Channels relative to the paper's. */
  readonly width: number;
  /** Halve the generator's channels at each up-sampling (ours, for small budgets). */
  readonly taper?: boolean;
  /** Give the discriminator a classifier head on its features (ours, after AC-GAN and ReACGAN). */
  readonly auxiliaryClassifier?: boolean;
  /**
   * Q13, SAGAN only: what the shortcut of a discriminator block reads. Default: "relu", as in the
   * reference, whose in-place ReLU overwrites the block's input; "raw" is what the other families do.
   */
  readonly shortcutInput?: "relu" | "raw";
  readonly rng: Rng;
}

/** Generator and discriminator that belong together. */
export interface GanPair {
  readonly generator: Generator;
  readonly discriminator: Discriminator;
}

/** A kind of GAN; each is one line of the registry. */
export interface GanFamily {
  /** Tells it apart from other kinds of generators. */
  readonly kind: "gan";
  readonly name: string;
  readonly title: string;
  /** Sides of the square images that it draws, ascending. */
  readonly imageSizes: readonly number[];
  /** Raised when the same weights draw other images than before, so that nothing drawn earlier is reused; default: 1. */
  readonly version?: number;
  build(options: GanOptions): GanPair;
}
