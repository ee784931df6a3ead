/** BSS's soft cross-entropy and the schedule of its two weights. */
import { tf } from "../../../base/tf.ts";

/** Weights of an epoch. */
export interface BssWeights {
  /** α: of the teacher's outputs on images. */
  readonly images: number;
  /** β: of those across the boundary. */
  readonly boundary: number;
}

/**
 * α = 3 (1 − e/E) + 1 falls from 4 to 1; β = max(2 (1 − 4/3 · e/E), 0) falls from 2 to 0 at three quarters.
 *
 * @param epoch e, counted from 0.
 * @param epochs E.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(bssWeights(30, 80), { images: 2.875, boundary: 1 });
 * assert.deepEqual(bssWeights(60, 80), { images: 1.75, boundary: 0 });
 * ```
 */
export function bssWeights(epoch: number, epochs: number): BssWeights {
  const done = epoch / epochs;
  return { images: 3 * (1 - done) + 1, boundary: Math.max(2 - 8 * epoch / (3 * epochs), 0) };
}

/**
 * H_T = −(1/n) Σ_b Σ_c σ(z_t / T) ln σ(z_s / T), without T²: its gradient is that of the plain KL, (p_s − p_t) / (T n).
 *
 * @param student Logits `[batch, classes]`.
 * @param teacher Logits `[batch, classes]`; constants.
 * @param at `counts`: `[batch]`, 1 for rows that count; without it all do. 0 where none does.
 */
export function softCrossEntropy(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature, counts = tf.ones<tf.Rank.R1>([student.shape[0]]) }: {
    temperature: number;
    counts?: tf.Tensor1D;
  },
): tf.Scalar {
  const target = tf.softmax(teacher.div<tf.Tensor2D>(temperature));
  const rows = tf.sum(target.mul(tf.logSoftmax(student.div<tf.Tensor2D>(temperature))), 1);
  return tf.sum(rows.mul(counts)).neg().div(tf.maximum(tf.sum(counts), 1));
}
