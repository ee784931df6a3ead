/** Absolute values with one slope at their kink, whatever computes them. */
import * as tf from "@tensorflow/tfjs";

/**
 * |x|, whose slope at 0 is 0, as in PyTorch 2: of two equal numbers neither is moved. That of `tf.abs` is −1 there in
 * TensorFlow.js 4.22. Everywhere else the two have the same bits.
 */
export function absolute<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return {
      value: tf.abs(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor, [z]: tf.Tensor[]) => dy.mul(tf.sign(z!)),
    };
  })(x) as T;
}
