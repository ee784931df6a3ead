/** From maps to vectors. */
import { tf } from "../../base/tf.ts";
import { spatialMean } from "../../native/maps/maps.ts";

/** Mean over height and width: `[batch, height, width, channels]` to `[batch, channels]`. */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, , , channels] = x.shape;
  return spatialMean(x).reshape([batch, channels]);
}

/** PyTorch's flatten of channels-first maps, so that dense layers see features in the same order. */
export function flattenChannelsFirst(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  if (height * width === 1) return x.reshape([batch, channels]);
  return tf.transpose(x, [0, 3, 1, 2]).reshape([batch, channels * height * width]);
}
