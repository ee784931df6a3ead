/** AT: attention transfer (Zagoruyko and Komodakis, ICLR 2017). */
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller, stagePairs } from "../feature_distiller.ts";
import { adaptiveAveragePool, flattenRows, meanSquared, unitRows } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";

/** Options of `at`. */
export const AT_OPTIONS = group("Options of AT.", featureEntries(1000));

/**
 * mse of unit-length attention maps: Q = mean over channels of f², flattened to `[batch, h · w]`; the
 * larger map is pooled to the smaller one. Mean over batch and positions.
 *
 * @param student `[batch, h, w, channels]`, after the activation.
 * @param teacher The same with sides and channels of its own.
 */
export function attentionLoss(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Scalar {
  const sides: [number, number] = [
    Math.min(student.shape[1], teacher.shape[1]),
    Math.min(student.shape[2], teacher.shape[2]),
  ];
  const attention = (map: tf.Tensor4D) =>
    unitRows(flattenRows(tf.mean(tf.square(adaptiveAveragePool(map, sides)), 3)));
  return meanSquared(attention(student), attention(teacher));
}

/** CE + β Σ over stages of `attentionLoss`, β = 1000. */
export function at(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "at",
    title: "AT",
    taps: true,
    prepare({ shapes }) {
      const stages = stagePairs("at", shapes);
      return (student, teacher) => ({
        value: tf.addN(
          stages.map((i) => attentionLoss(student.taps[i]!.post, teacher.taps[i]!.post)),
        ),
      });
    },
  }, settled(AT_OPTIONS, options));
}
