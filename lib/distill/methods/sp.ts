/** SP: similarity-preserving distillation (Tung and Mori, ICCV 2019). */
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { flattenRows, unitRows } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";

/** Options of `sp`. */
export const SP_OPTIONS = group("Options of SP.", featureEntries(3000));

/**
 * (1 / B²) · ‖ n(F_s F_sᵀ) − n(F_t F_tᵀ) ‖²_F: F holds one flattened map per row, n makes every row of the
 * similarity matrix unit length.
 *
 * @param student `[batch, ...]`.
 * @param teacher `[batch, ...]`; sides and channels may differ.
 */
export function similarityLoss(student: tf.Tensor, teacher: tf.Tensor): tf.Scalar {
  const similarity = (map: tf.Tensor) => {
    const rows = flattenRows(map);
    return unitRows(tf.matMul(rows, rows, false, true));
  };
  const [batch = 1] = student.shape;
  const gap = tf.squaredDifference(similarity(student), similarity(teacher));
  return tf.sum(gap).div(batch ** 2);
}

/** CE + β · `similarityLoss` of the last maps, β = 3000. */
export function sp(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "sp",
    title: "SP",
    taps: "after",
    prepare: () => (student, teacher) => ({
      value: similarityLoss(student.taps.at(-1)!.post, teacher.taps.at(-1)!.post),
    }),
  }, settled(SP_OPTIONS, options));
}
