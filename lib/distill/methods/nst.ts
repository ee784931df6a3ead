/** NST: neuron selectivity transfer (Huang and Wang 2017). */
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller, stagePairs } from "../feature_distiller.ts";
import { adaptiveAveragePool, unitRows } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";

/** Options of `nst`. */
export const NST_OPTIONS = group("Options of NST.", featureEntries(50));

/**
 * k(t, t) + k(s, s) − 2 k(s, t) with k(u, v) = mean over images and pairs of channels of ⟨û_i, v̂_j⟩²,
 * where û_i is the map of channel i at unit length over its positions: a squared maximum mean
 * discrepancy. The larger map is pooled to the smaller one.
 *
 * @param student `[batch, h, w, channels]`, after the activation.
 * @param teacher The same with sides and channels of its own.
 */
export function selectivityLoss(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Scalar {
  const sides: [number, number] = [
    Math.min(student.shape[1], teacher.shape[1]),
    Math.min(student.shape[2], teacher.shape[2]),
  ];
  const channels = (map: tf.Tensor4D) => {
    const pooled = adaptiveAveragePool(map, sides);
    const [batch, height, width, count] = pooled.shape;
    return unitRows(tf.transpose(pooled.reshape([batch, height * width, count]), [0, 2, 1]));
  };
  const kernel = (u: tf.Tensor, v: tf.Tensor): tf.Scalar =>
    tf.mean(tf.square(tf.matMul(u, v, false, true)));
  const [s, t] = [channels(student), channels(teacher)];
  return kernel(t, t).add<tf.Scalar>(kernel(s, s)).sub(kernel(s, t).mul(2));
}

/** CE + β Σ over stages of `selectivityLoss`, β = 50. */
export function nst(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "nst",
    title: "NST",
    taps: true,
    prepare({ shapes }) {
      const stages = stagePairs("nst", shapes);
      return (student, teacher) => ({
        value: tf.addN(
          stages.map((i) => selectivityLoss(student.taps[i]!.post, teacher.taps[i]!.post)),
        ),
      });
    },
  }, settled(NST_OPTIONS, options));
}
