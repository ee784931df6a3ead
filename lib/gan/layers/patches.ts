/** Pixels of small squares as the channels of one position, and back. */
import { tf } from "../../base/tf.ts";

/** Sides of the squares; 1 leaves images as they are. */
export type PatchSize = 1 | 2;

/**
 * y[n, i, j, (a · side + b) · channels + c] = x[n, i · side + a, j · side + b, c]: TensorFlow's SpaceToDepth, with a
 * gradient.
 *
 * @param x `[batch, height, width, channels]`; sides are multiples of `side`.
 * @returns `[batch, height / side, width / side, side² · channels]`.
 */
export function toPatches(x: tf.Tensor4D, side: PatchSize): tf.Tensor4D {
  if (side === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const [rows, columns] = [height / side, width / side];
  return tf.tidy(() =>
    x.reshape([batch, rows, side, columns, side, channels])
      .transpose([0, 1, 3, 2, 4, 5])
      .reshape<tf.Tensor4D>([batch, rows, columns, side ** 2 * channels])
  );
}

/** The inverse of `toPatches`: TensorFlow's DepthToSpace, with a gradient. */
export function fromPatches(y: tf.Tensor4D, side: PatchSize): tf.Tensor4D {
  if (side === 1) return y;
  const [batch, rows, columns, depth] = y.shape;
  const channels = depth / side ** 2;
  return tf.tidy(() =>
    y.reshape([batch, rows, columns, side, side, channels])
      .transpose([0, 1, 3, 2, 4, 5])
      .reshape<tf.Tensor4D>([batch, rows * side, columns * side, channels])
  );
}
