/** Maps of twice the size. */
import * as tf from "@tensorflow/tfjs";
import { FLOAT, isNative, rawOp } from "../tensorflow/raw_op.ts";

/**
 * Nearest-neighbour up-sampling by 2.
 *
 * Forward is the gradient of a 2 x 2 average pool times four (every input pixel is written to its four
 * outputs), backward is the pool times four (their sum): both are vectorised, the stock resize is not.
 *
 * @param x `[batch, height, width, channels]`.
 * @returns `[batch, 2 height, 2 width, channels]`.
 */
export function upsample2(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (!isNative) return tf.image.resizeNearestNeighbor(x, [2 * height, 2 * width]);
  return tf.customGrad((input) => ({
    value: spread((input as tf.Tensor4D).mul(4), [batch, 2 * height, 2 * width, channels]),
    gradFunc: (dy: tf.Tensor) => tf.avgPool(dy as tf.Tensor4D, 2, 2, "valid").mul(4),
  }))(x) as tf.Tensor4D;
}

function spread(x: tf.Tensor4D, shape: [number, number, number, number]): tf.Tensor {
  return rawOp("AvgPoolGrad", [tf.tensor1d(shape, "int32"), x], {
    T: FLOAT,
    ksize: { int: [1, 2, 2, 1] },
    strides: { int: [1, 2, 2, 1] },
    padding: { text: "VALID" },
    data_format: { text: "NHWC" },
  })[0]!;
}
