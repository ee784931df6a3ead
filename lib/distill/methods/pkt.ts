/** PKT: probabilistic knowledge transfer (Passalis and Tefas, ECCV 2018). */
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { unitRows } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";

/** Options of `pkt`. */
export const PKT_OPTIONS = group("Options of PKT.", featureEntries(30_000));

/**
 * mean over B x B of P_t log((P_t + 1e−7) / (P_s + 1e−7)), where P is (cosine + 1) / 2 with every row
 * divided by its sum, diagonal included.
 *
 * @param student `[batch, features]`.
 * @param teacher `[batch, features]`, its own number of features.
 */
export function pktLoss(student: tf.Tensor2D, teacher: tf.Tensor2D): tf.Scalar {
  const neighbours = (rows: tf.Tensor2D) => {
    const unit = unitRows(rows);
    const similarity = tf.matMul(unit, unit, false, true).add(1).div(2);
    return similarity.div<tf.Tensor2D>(tf.sum(similarity, 1, true));
  };
  const target = neighbours(teacher);
  const log = (p: tf.Tensor) => tf.log(p.add(1e-7));
  return tf.mean(target.mul(log(target).sub(log(neighbours(student)))));
}

/** CE + β · `pktLoss` of the feature vectors, β = 30,000. */
export function pkt(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "pkt",
    title: "PKT",
    taps: false,
    prepare: () => (student, teacher) => ({
      value: pktLoss(student.features, teacher.features),
    }),
  }, settled(PKT_OPTIONS, options));
}
