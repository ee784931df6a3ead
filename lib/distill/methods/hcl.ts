/** Hierarchical context loss of ReviewKD: two maps compared at several resolutions. */
import { tf } from "../../base/tf.ts";
import { adaptiveAveragePool, meanSquared } from "../losses.ts";

/**
 * [mse(o, t) + Σ_j 2^−j mse(P_l o, P_l t)] / (1 + Σ_j 2^−j), where P_l pools to l x l and l walks through
 * 4, 2, 1, leaving out every l that is not below the side of the map; j counts those used.
 *
 * Source: Chen et al., CVPR 2021, and its authors' code.
 *
 * @param output `[batch, h, h, channels]`.
 * @param target The same shape; constants.
 */
export function hierarchicalContextLoss(output: tf.Tensor4D, target: tf.Tensor4D): tf.Scalar {
  const parts: tf.Scalar[] = [meanSquared(output, target)];
  let weight = 1;
  let divisor = 1;
  for (const side of [4, 2, 1]) {
    if (side >= output.shape[1]) continue;
    weight /= 2;
    divisor += weight;
    const pool = (map: tf.Tensor4D) => adaptiveAveragePool(map, [side, side]);
    parts.push(meanSquared(pool(output), pool(target)).mul(weight));
  }
  return tf.addN(parts).div(divisor);
}
