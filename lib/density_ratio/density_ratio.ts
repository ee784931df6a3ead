/** A fitted density-ratio model: extractor and ratio network as one function of images. */
import type { LabelledImages } from "../base/contracts.ts";
import { INFERENCE } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import {
  batchesInOrder,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
} from "../data/batches/batches.ts";
import { conditionFor, type ConditionOf } from "../gan/sample.ts";
import type { FeatureExtractor } from "./features.ts";
import type { RatioNet } from "./ratio_net.ts";

/**
 * An estimate of r(x | y) = p_r(x | y) / p_g(x | y).
 *
 * @internal
 */
export interface DensityRatio {
  /**
   * @param images `[batch, height, width, 3]` in [−1, 1].
   * @param condition Of the images' labels, `[batch, conditionSize]`.
   * @returns Ratios >= 0, `[batch]`. The caller owns it.
   */
  ratios(images: tf.Tensor4D, condition: tf.Tensor2D): tf.Tensor1D;
}

/** φ(h(x), y) in inference mode. */
export function densityRatio(
  parts: { readonly extractor: FeatureExtractor; readonly net: RatioNet },
): DensityRatio {
  return {
    ratios: (images, condition) =>
      tf.tidy(() => {
        const features = parts.extractor.extract(images);
        const phi = parts.net.forward(features, condition, INFERENCE);
        return phi.reshape<tf.Tensor1D>([images.shape[0]]);
      }),
  };
}

/**
 * Ratios of a set of images, each given its own label: how real they look to the model.
 *
 * @returns One ratio per image.
 */
export async function ratiosOf(
  model: DensityRatio,
  set: LabelledImages,
  options: { readonly conditionOf?: ConditionOf; readonly batch?: number } = {},
): Promise<Float32Array> {
  const conditionOf = conditionFor(set.task, options.conditionOf);
  const ratios = new Float32Array(set.labels.length);
  let start = 0;
  for (const indices of batchesInOrder(ratios.length, options.batch ?? 250)) {
    const batch = makeBatch(set, indices, { normalisation: MINUS_ONE_TO_ONE });
    const phi = tf.tidy(() => model.ratios(batchTensors(batch).x, conditionOf(batch.labels)));
    ratios.set(await phi.data(), start);
    phi.dispose();
    start += indices.length;
    await new Promise((resolve) => setTimeout(resolve));
  }
  return ratios;
}
