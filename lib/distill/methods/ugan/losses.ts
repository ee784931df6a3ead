/** UGAN's losses. */
import { tf } from "../../../base/tf.ts";
import { unitRows } from "../../losses.ts";

/** log Σ_c e^(z_c) of each row: the logit of "real" against "fake" at 0, in a softmax of classes and "fake". */
export function realLogits(logits: tf.Tensor2D): tf.Tensor1D {
  return tf.logSumExp(logits, 1);
}

/** Mean −log of the share of "real": softplus(−`realLogits`). */
export function asReal(logits: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.softplus(tf.neg(realLogits(logits))));
}

/** Mean −log of the share of "fake": softplus(`realLogits`). */
export function asFake(logits: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.softplus(realLogits(logits)));
}

/** Mean −log sigmoid(score). */
export function wanted(scores: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.softplus(tf.neg(scores)));
}

/** Mean |mean of real features − mean of fake features| over entries. */
export function featureGap(real: tf.Tensor2D, fake: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.abs(tf.mean(real, 0).sub(tf.mean(fake, 0))));
}

/** Mean of cos² over pairs of different rows, 0 of a single row: low where images differ. */
export function pullAway(features: tf.Tensor2D): tf.Scalar {
  const [count] = features.shape;
  const unit = unitRows(features);
  const squares = tf.sum(tf.square(tf.matMul(unit, unit, false, true)));
  const own = tf.sum(tf.square(tf.sum(tf.square(unit), 1)));
  return squares.sub(own).div(Math.max(1, count * (count - 1)));
}
