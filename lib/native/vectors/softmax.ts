/** Softmax with cross-entropy in one kernel, which also makes the gradient. */
import * as tf from "@tensorflow/tfjs";
import { FLOAT, isNative, rawOp } from "../tensorflow/raw_op.ts";

/**
 * Mean −log softmax(z)_y over the batch; its gradient is (softmax(z) − onehot(y)) / batch.
 *
 * @param logits `[batch, classes]`.
 * @param labels `[batch]` int32 in [0, classes).
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  if (!isNative) return composedCrossEntropy(logits, labels);
  return tf.customGrad((z, save) => {
    const attributes = { T: FLOAT, Tlabels: { type: "int32" } } as const;
    const [losses, slopes] = rawOp(
      "SparseSoftmaxCrossEntropyWithLogits",
      [z as tf.Tensor, labels],
      attributes,
      2,
    );
    (save as tf.GradSaveFunc)([slopes!]);
    return {
      value: tf.mean(losses!),
      gradFunc: (dy: tf.Tensor, [slope]: tf.Tensor[]) => slope!.mul(dy.div(labels.size)),
    };
  })(logits) as tf.Scalar;
}

/** The same in stock ops, for other backends and as the reference in tests. */
export function composedCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const oneHot = tf.oneHot(labels, logits.shape[1]);
  return tf.neg(tf.mean(tf.sum(tf.logSoftmax(logits).mul(oneHot), 1)));
}
