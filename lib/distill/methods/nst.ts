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
  const [s, t] = atCommonSides(student, teacher).map(channels) as [tf.Tensor3D, tf.Tensor3D];
  return kernelGap(s, t);
}

/**
 * k(t, t) + k(s, s) − 2 k(s, t); k(s, s) has one product on its way back rather than two, as ⟨û_i, û_j⟩ is the same
 * both ways round.
 *
 * @param s `[batch, channels, positions]`.
 * @param t The same with channels of its own; constants.
 */
function kernelGap(s: tf.Tensor3D, t: tf.Tensor3D): tf.Scalar {
  const products = (u: tf.Tensor, v: tf.Tensor) => tf.matMul(u, v, false, true);
  return tf.customGrad((input, save) => {
    const u = input as tf.Tensor;
    const [own, cross] = [products(u, u), products(u, t)];
    (save as tf.GradSaveFunc)([u, own, cross, t]);
    return {
      value: tf.tidy(() => {
        const kernel = (matrix: tf.Tensor) => tf.mean(tf.square(matrix));
        return kernel(products(t, t)).add(kernel(own)).sub(kernel(cross).mul(2));
      }),
      gradFunc: (dy: tf.Tensor, [u, own, cross, t]: tf.Tensor[]) =>
        tf.tidy(() => {
          const apart = tf.matMul(cross!.mul(dy.div(cross!.size).mul(-4)), t!);
          const together = tf.matMul(own!.mul(dy.div(own!.size).mul(2)), u!);
          // Once for each side of the product.
          return apart.add(together).add(together);
        }),
    };
  })(s) as tf.Scalar;
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
