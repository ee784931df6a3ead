/**
 * What a training on labelled images is made of: its recipe, its batches, the ordinary loss that distillers
 * replace or extend, and predictions.
 */
import type { LabelledImages } from "../base/contracts.ts";
import type { Mode } from "../base/module.ts";
import type { Schedule } from "../base/training/optimisers.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { batchTensors, makeBatch, type Normalisation } from "../data/batches/batches.ts";
import type { Precision } from "../native/tensorflow/precision.ts";
import { crossEntropy } from "../native/vectors/softmax.ts";
import type { Network, NetworkOutput } from "./network.ts";

export { crossEntropy } from "../native/vectors/softmax.ts";

/** One batch as losses see it. */
export interface TrainingBatch {
  /** Normalised images `[batch, height, width, 3]`. */
  readonly x: tf.Tensor4D;
  /** Class indices (int32), or labels divided by the label scale (float32), `[batch]`. */
  readonly labels: tf.Tensor1D;
  /** Counted from 0. */
  readonly step: number;
  readonly epoch: number;
  readonly epochs: number;
  /** Draws of this step. */
  readonly rng: Rng;
  readonly mode: Mode;
}

/** Named parts of a loss; the total is Σ weight · value. */
export type LossTerms = Record<string, { readonly weight: number; readonly value: tf.Scalar }>;

/** Σ weight · value. */
export function totalOf(terms: LossTerms): tf.Scalar {
  const weighted = Object.values(terms).map(({ weight, value }) =>
    weight === 1 ? value : value.mul<tf.Scalar>(weight)
  );
  return weighted.length === 1 ? weighted[0]! : tf.addN(weighted);
}

/**
 * A loss given the student's forward pass on the batch.
 *
 * @internal
 */
export type Loss = (student: NetworkOutput, batch: TrainingBatch) => LossTerms;

/** An SGD recipe as plain numbers. */
export interface TrainingRecipe {
  /** Passes over the training set, or over as many images as `epochImages` says. */
  readonly epochs: number;
  /** Images that make an epoch, of which lengths, milestones and warm-ups are multiples; default: the training set's. */
  readonly epochImages?: number;
  /** Images of a step. */
  readonly batch: number;
  /** Share of each batch from the images after the first `epochImages`; default: all images are one set. */
  readonly fakeShare?: number;
  /** Part of the epochs, in (0, 1], that have that share; whole ones; those after it see the first `epochImages` alone. Default: 1. */
  readonly fakesUntil?: number;
  /** In the first epoch. */
  readonly learningRate: number;
  /** The learning rate is multiplied by 0.1 at the start of each of these epochs, counted from 0. */
  readonly milestones: readonly number[];
  readonly momentum: number;
  /** Nesterov's momentum; default: false. */
  readonly nesterov?: boolean;
  /** On every parameter. */
  readonly weightDecay: number;
  /** Random crop after padding by 4. */
  readonly crop: boolean;
  /** Horizontal flip with probability 1/2. */
  readonly flip: boolean;
  /**
   * Of the factors of products in the pass that learns and on the way back; default: float32. Passes that only answer,
   * those of a frozen teacher and of tests, are float32.
   */
  readonly precision?: Precision;
}

/** The same with a learning rate that follows any schedule, over whole passes. */
export interface SupervisedTraining extends
  Omit<
    TrainingRecipe,
    "learningRate" | "milestones" | "epochImages" | "fakeShare" | "fakesUntil"
  > {
  readonly schedule: Schedule;
}

/**
 * The ordinary loss: mean cross-entropy of classes, mean squared error of scaled labels. What a method of one's own
 * adds to.
 */
export const ordinaryLoss: Loss = ({ output }, { labels }): LossTerms =>
  labels.dtype === "int32"
    ? { crossEntropy: { weight: 1, value: crossEntropy(output, labels) } }
    : { squaredError: { weight: 1, value: squaredError(output, labels) } };

/** Mean (ŷ − y)² over the batch; predictions `[batch, 1]`, labels `[batch]`, both scaled to [0, 1]. */
export function squaredError(output: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.mean(tf.square(tf.sub(output.reshape([labels.size]), labels)));
}

/**
 * Outputs of a network in inference mode for every image, batch by batch.
 *
 * @returns `[count, outputs]`, row by row: logits, or predictions in units of the label scale.
 */
export async function predict(
  network: Network,
  set: LabelledImages,
  options: { normalisation: Normalisation; batch?: number; read?: "output" | "features" },
): Promise<Float32Array> {
  const { normalisation, batch = 250, read = "output" } = options;
  const count = set.labels.length;
  let rows: Float32Array | undefined;
  for (let start = 0; start < count; start += batch) {
    const size = Math.min(batch, count - start);
    const indices = Uint32Array.from({ length: size }, (_, i) => start + i);
    const outcome = tf.tidy(() => {
      const { x } = batchTensors(makeBatch(set, indices, { normalisation }));
      return network.forward(x, { training: false })[read];
    });
    const values = await outcome.data() as Float32Array;
    const width = outcome.shape[1];
    outcome.dispose();
    rows ??= new Float32Array(count * width);
    rows.set(values, start * width);
  }
  return rows ?? new Float32Array(0);
}
