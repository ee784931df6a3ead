/** What the density-ratio network sees of an image: features of a frozen network. */
import { INFERENCE } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import type { Normalisation } from "../data/batches/batches.ts";
import type { Network } from "../networks/network.ts";

/**
 * A frozen map h from images to feature vectors. It takes the range that generators produce and
 * converts to whatever its network wants, so that real and fake images always reach it by the same
 * road.
 *
 * @internal
 */
export interface FeatureExtractor {
  /** d, entries of a feature vector. */
  readonly size: number;
  /**
   * @param images `[batch, height, width, 3]` in [−1, 1].
   * @returns h(x), `[batch, d]`.
   */
  extract(images: tf.Tensor4D): tf.Tensor2D;
}

/** Options of `classifierFeatures`. */
export interface ClassifierFeatureOptions {
  /** Side of the square images. */
  readonly imageSize: number;
  /**
   * Q2. "standardized": images are converted to the constants that the classifier was trained with.
   * "minus1to1": they stay in [−1, 1], as in the reference, though the classifier never saw that
   * range.
   */
  readonly extractorInput: "minus1to1" | "standardized";
  /** Constants that the classifier was trained with; wanted for "standardized". */
  readonly normalisation?: Normalisation;
}

/**
 * The vector that a classifier's last dense layer reads (method specification 3.1), in inference
 * mode. The classifier's weights are not changed.
 *
 * @throws {TypeError} "standardized" without constants.
 */
export function classifierFeatures(
  network: Network,
  options: ClassifierFeatureOptions,
): FeatureExtractor {
  const { imageSize, extractorInput, normalisation } = options;
  if (extractorInput === "standardized" && normalisation === undefined) {
    throw new TypeError(
      'Cannot read "standardized" features: found no normalisation, want the classifier\'s own',
    );
  }
  const extract = (images: tf.Tensor4D): tf.Tensor2D =>
    tf.tidy(() => {
      const x = extractorInput === "standardized" ? standardise(images, normalisation!) : images;
      return network.forward(x, INFERENCE).features;
    });
  const size = tf.tidy(() => extract(tf.zeros([1, imageSize, imageSize, 3])).shape[1]);
  return { size, extract };
}

/** [−1, 1] to (x / 255 − mean) / std: (v / 2 + 1/2 − mean) / std = v · a + b. */
export function standardise(images: tf.Tensor4D, { mean, std }: Normalisation): tf.Tensor4D {
  const factor = tf.tensor1d(std.map((value) => 0.5 / value));
  const offset = tf.tensor1d(mean.map((value, c) => (0.5 - value) / std[c]!));
  return images.mul(factor).add(offset);
}
