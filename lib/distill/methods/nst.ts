/** NST: neuron selectivity transfer (Huang and Wang 2017). */
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { atCommonSides, unitRows } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";
import { stagePairs } from "../stage_pairs.ts";

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
  const channels = (map: tf.Tensor4D) => {
    const [batch, height, width, count] = map.shape;
    return unitRows(tf.transpose(map.reshape([batch, height * width, count]), [0, 2, 1]));
  };
  const kernel = (u: tf.Tensor, v: tf.Tensor): tf.Scalar =>
    tf.mean(tf.square(tf.matMul(u, v, false, true)));
  const [s, t] = atCommonSides(student, teacher).map(channels) as [tf.Tensor, tf.Tensor];
  return kernel(t, t).add<tf.Scalar>(kernel(s, s)).sub(kernel(s, t).mul(2));
}

/** CE + β Σ over student stages of `selectivityLoss` with the teacher stage of `stagePairs`, β = 50. */
export function nst(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "nst",
    title: "NST",
    taps: "after",
    fits: (shapes) => void stagePairs("nst", shapes),
    prepare({ shapes }) {
      const stages = stagePairs("nst", shapes);
      return (student, teacher) => ({
        value: tf.addN(
          stages.map(({ student: s, teacher: t }) =>
            selectivityLoss(student.taps[s]!.post, teacher.taps[t]!.post)
          ),
        ),
      });
    },
  }, settled(NST_OPTIONS, options));
}
