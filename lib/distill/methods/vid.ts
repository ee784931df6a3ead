/** VID: variational information distillation (Ahn et al., CVPR 2019). */
import { constant, Scope } from "../../base/module.ts";
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import { relu } from "../../native/maps/activation.ts";
import { conv2d, type Layer } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { atCommonSides } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";
import { stagePairs } from "../stage_pairs.ts";

/** Options of `vid`. */
export const VID_OPTIONS = group("Options of VID.", featureEntries(1));

/** ρ for which softplus(ρ) + 1e−5 is 5: ln(e^(5 − 1e−5) − 1). */
export const RAW_VARIANCE = Math.log(Math.expm1(5 - 1e-5));

/**
 * mean ½ [(μ − f_t)² / v + ln v], v = softplus(ρ) + 1e−5 per channel; may be negative.
 *
 * @param predicted μ, `[batch, h, w, channels]`.
 * @param target f_t, the same shape; constants.
 * @param rawVariance ρ, `[channels]`.
 */
export function variationalLoss(
  predicted: tf.Tensor4D,
  target: tf.Tensor4D,
  rawVariance: tf.Tensor1D,
): tf.Scalar {
  const variance = tf.softplus(rawVariance).add<tf.Tensor1D>(1e-5);
  return tf.customGrad((mean, deviation, save) => {
    const [mu, v] = [mean, deviation] as tf.Tensor[];
    const squared = tf.squaredDifference(mu!, target);
    (save as unknown as tf.GradSaveFunc)([mu!, v!, squared, target]);
    return {
      value: tf.tidy(() => tf.mean(squared.div(v!).add(tf.log(v!)).mul(0.5))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.tidy(() => {
          const [mu, v, squared, target] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
          const each = dy.div(mu.size).mul(0.5);
          const overChannels = [0, 1, 2];
          const byDistance = tf.sum(squared.mul(each), overChannels).div(tf.square(v)).neg();
          const alike = tf.tile(each.reshape([1, 1, 1, 1]), mu.shape);
          const byLog = tf.sum(alike, overChannels).div(v);
          return [mu.sub(target).mul(each.div(v).mul(2)), byDistance.add(byLog)];
        }),
    };
  })(predicted, variance) as tf.Scalar;
}

/**
 * CE + β Σ over student stages of `variationalLoss` with the teacher stage of `stagePairs`, β = 1. μ is a chain of
 * three 1 x 1 convolutions without bias on the student's map; chains and variances are trained with the student.
 */
export function vid(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "vid",
    title: "VID",
    taps: "after",
    fits: (shapes) => void stagePairs("vid", shapes),
    prepare({ shapes, adapters, rng }) {
      const root = new Scope(adapters, rng);
      const stages = stagePairs("vid", shapes).map(({ student: s, teacher: t }) => {
        const scope = root.at(`stage${s}`);
        const [from, to] = [shapes.student.taps[s]![2], shapes.teacher.taps[t]![2]];
        const convs = [from, to, to].map((input, i): Layer =>
          conv2d(scope.at(`conv${i + 1}`), { in: input, out: to, kernel: 1, bias: false })
        );
        const variance = scope.weight<tf.Rank.R1>("variance", [to], constant(RAW_VARIANCE));
        return { s, t, convs, variance };
      });
      return (student, teacher, { mode }) => ({
        value: tf.addN(stages.map(({ s, t, convs: [first, second, third], variance }) => {
          const [own, target] = atCommonSides(student.taps[s]!.post, teacher.taps[t]!.post);
          let map = first!(own, mode);
          map = second!(relu(map), mode);
          map = third!(relu(map), mode);
          return variationalLoss(map, target, variance);
        })),
      });
    },
  }, settled(VID_OPTIONS, options));
}
