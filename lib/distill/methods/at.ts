/** AT: attention transfer (Zagoruyko and Komodakis, ICLR 2017). */
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { atCommonSides, channelEnergy, flattenRows, meanSquared, unitRows } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";
import { stagePairs } from "../stage_pairs.ts";

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
  const attention = (map: tf.Tensor4D) => unitRows(flattenRows(channelEnergy(map)));
  const [s, t] = atCommonSides(student, teacher);
  return meanSquared(attention(s), attention(t));
}

/** CE + β Σ over student stages of `attentionLoss` with the teacher stage of `stagePairs`, β = 1000. */
export function at(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "at",
    title: "AT",
    taps: "after",
    fits: (shapes) => void stagePairs("at", shapes),
    prepare({ shapes }) {
      const stages = stagePairs("at", shapes);
      return (student, teacher) => ({
        value: tf.addN(
          stages.map(({ student: s, teacher: t }) =>
            attentionLoss(student.taps[s]!.post, teacher.taps[t]!.post)
          ),
        ),
      });
    },
  }, settled(AT_OPTIONS, options));
}
