/** SSKD's choice of the teacher's predictions: all right ones, and the least wrong of the others. */
import { tf } from "../../../base/tf.ts";

/**
 * Place of the right answer in each row, the largest entry first, counted from 0; equal entries by index.
 *
 * @param scores `[rows, columns]`.
 * @param answers `[rows]`, int32: the right column of each row.
 * @returns `[rows]`, int32.
 */
export function ranksOf(scores: tf.Tensor2D, answers: tf.Tensor1D): tf.Tensor1D {
  const [rows, columns] = scores.shape;
  const index = tf.tile(tf.range(0, columns).expandDims(0), [rows, 1]);
  const answer = answers.cast("float32").expandDims(1);
  // Of a batch of one image there is one column, which tf.oneHot refuses.
  const isRight = tf.equal(index, answer).cast("float32");
  const right = tf.sum(scores.mul(isRight), 1, true);
  const isEarlier = tf.less(index, answer);
  const isAbove = tf.logicalOr(
    tf.greater(scores, right),
    tf.logicalAnd(tf.equal(scores, right), isEarlier),
  );
  return tf.sum(isAbove.cast("float32").mul(tf.sub(1, isRight)), 1).cast("int32");
}

/**
 * The rows that the student follows: all of rank 0, and of the w others the ⌊ratio · w⌋ of least rank (equal ranks by
 * index).
 *
 * Source: "selective transfer" of Xu et al., ECCV 2020; method specification 6.3.
 *
 * @returns `[rows]`: 1 where the row is kept, else 0.
 */
export function keptRows(ranks: tf.Tensor1D, ratio: number): tf.Tensor1D {
  const count = ranks.size;
  const isWrong = tf.greater(ranks, 0).cast<tf.Tensor1D>("float32");
  const order = ranks.mul(count).add(tf.range(0, count, 1, "int32")).cast("float32");
  const isBefore = tf.less(order.expandDims(0), order.expandDims(1)).cast("float32");
  const place = tf.sum(isBefore.mul(isWrong.expandDims(0)), 1);
  const limit = tf.floor(tf.sum(isWrong).mul(ratio));
  const isDropped = tf.greaterEqual(place, limit).cast("float32");
  return tf.sub(1, isWrong.mul(isDropped));
}

/**
 * (T² / Σ kept) Σ_b kept_b Σ_c p_t (log p_t − log p_s): temperature KD over some rows; 0 where none is kept.
 *
 * @param student Scores `[rows, columns]`.
 * @param teacher Scores `[rows, columns]`; constants.
 * @param at `kept`: `[rows]`, 1 or 0; without it every row counts.
 */
export function selectiveKd(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature, kept = tf.ones<tf.Rank.R1>([student.shape[0]]) }: {
    temperature: number;
    kept?: tf.Tensor1D;
  },
): tf.Scalar {
  const [s, t] = [student, teacher].map((rows) => tf.logSoftmax(rows.div(temperature)));
  const rows = tf.sum(tf.exp(t!).mul(t!.sub(s!)), 1);
  return tf.sum(rows.mul(kept)).div(tf.maximum(tf.sum(kept), 1)).mul(temperature ** 2);
}
