/** The graph of HKD: which images of a batch are alike by their outputs. */
import { tf } from "../../base/tf.ts";
import { constantOf, unitRows } from "../losses.ts";

/**
 * D^(−½) A D^(−½) v of the graph that ties every image to its k nearest by the cosine of softmax(z), itself always among
 * them: the mean of v over these k, as every image has k of them.
 *
 * @param v `[batch, size]`.
 * @param logits `[batch, classes]`; no gradient flows into them.
 * @param k At most the batch.
 */
export function nearestMeans(v: tf.Tensor2D, logits: tf.Tensor2D, k: number): tf.Tensor2D {
  return tf.matMul(constantOf(logits, (z) => nearest(z, k)), v);
}

/** 1 / k at the k nearest of each row, `[batch, batch]`. */
function nearest(logits: tf.Tensor2D, k: number): tf.Tensor2D {
  const [batch] = logits.shape;
  // No cosine is above 1, so every image is nearest to itself.
  const { indices } = tf.topk(cosines(logits).add<tf.Tensor2D>(tf.eye(batch).mul(2)), k);
  return tf.sum(tf.oneHot(indices, batch).cast("float32"), 1).div(k);
}

/** Cosines of softmax(z) between rows, `[batch, batch]`. */
export function cosines(logits: tf.Tensor2D): tf.Tensor2D {
  const unit = unitRows(tf.softmax(logits));
  return tf.matMul(unit, unit, false, true);
}
