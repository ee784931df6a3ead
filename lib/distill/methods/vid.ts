/** VID: variational information distillation (Ahn et al., CVPR 2019). */
import { constant, Scope } from "../../base/module.ts";
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import { conv2d, type Layer } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller, stagePairs } from "../feature_distiller.ts";
import { adaptiveAveragePool } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";

/** Options of `vid`. */
export const VID_OPTIONS = group("Options of VID.", featureEntries(1));

/** ρ for which softplus(ρ) + 1e−5 is 5: ln(e^(5 − 1e−5) − 1). */
export const RAW_VARIANCE = Math.log(Math.expm1(5 - 1e-5));

/**
 * mean ½ [(μ − f_t)² / v + ln v], v = softplus(ρ) + 1e−5 per channel; may be negative.
 *
 * @param predicted μ, `[batch, h, w, channels]`.
 * @param target f_t, the same shape.
 * @param rawVariance ρ, `[channels]`.
 */
export function variationalLoss(
  predicted: tf.Tensor4D,
  target: tf.Tensor4D,
  rawVariance: tf.Tensor1D,
): tf.Scalar {
  const variance = tf.softplus(rawVariance).add(1e-5);
  const squared = tf.squaredDifference(predicted, target);
  return tf.mean(squared.div(variance).add(tf.log(variance)).mul(0.5));
}

/**
 * CE + β Σ over stages of `variationalLoss`, β = 1. μ is a chain of three 1 x 1 convolutions without bias
 * on the student's map; chains and variances are trained with the student.
 */
export function vid(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "vid",
    title: "VID",
    taps: true,
    prepare({ shapes, adapters, rng }) {
      const root = new Scope(adapters, rng);
      const stages = stagePairs("vid", shapes).map((stage) => {
        const scope = root.at(`stage${stage}`);
        const [from, to] = [shapes.student.taps[stage]![2], shapes.teacher.taps[stage]![2]];
        const convs = [from, to, to].map((input, i): Layer =>
          conv2d(scope.at(`conv${i + 1}`), { in: input, out: to, kernel: 1, bias: false })
        );
        const variance = scope.weight<tf.Rank.R1>("variance", [to], constant(RAW_VARIANCE));
        return { stage, convs, variance };
      });
      return (student, teacher, { mode }) => ({
        value: tf.addN(stages.map(({ stage, convs: [first, second, third], variance }) => {
          const [own, target] = [student.taps[stage]!.post, teacher.taps[stage]!.post];
          const sides: [number, number] = [
            Math.min(own.shape[1], target.shape[1]),
            Math.min(own.shape[2], target.shape[2]),
          ];
          let map = first!(adaptiveAveragePool(own, sides), mode);
          map = second!(tf.relu(map), mode);
          map = third!(tf.relu(map), mode);
          return variationalLoss(map, adaptiveAveragePool(target, sides), variance);
        })),
      });
    },
  }, settled(VID_OPTIONS, options));
}
