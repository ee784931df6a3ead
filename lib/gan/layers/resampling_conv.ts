/**
 * A 3 x 3 convolution next to a factor-2 resampling is one convolution at the smaller size: 2.25 times
 * fewer multiplications, and the large map in between is never made.
 *
 * - convolve(upsample(x), W) is a transposed convolution of stride 2 with the 4 x 4 kernel
 *   F[a, b] = Σ W[i, j] over i ∈ {2 − a, 3 − a}, j ∈ {2 − b, 3 − b};
 * - averagePool(convolve(x, W)) is a convolution of stride 2 with the 4 x 4 kernel
 *   F[a, b] = ¼ Σ W[i, j] over i ∈ {a, a − 1}, j ∈ {b, b − 1},
 *
 * both exact, borders included. Gradients reach W through the linear map from 3 x 3 to 4 x 4.
 */
import { tf } from "../../base/tf.ts";
import { product } from "../../native/vectors/hidden_layer.ts";
import { convSame, convTransposed2 } from "../../native/convolution/same_padding.ts";
import type { Precision } from "../../native/tensorflow/precision.ts";

/** A convolution of 3 x 3 or 1 x 1 by its kernel, with or without a resampling; the precision is float32 without. */
export type Convolution = (
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  precision?: Precision,
) => tf.Tensor4D;

/** Rows a, columns i: which of the three taps go into each of the four. */
const SPREAD_DOWN = [[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]];
const SPREAD_UP = [[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]];

/** A convolution that keeps height and width; kernel `[side, side, in, out]`. */
export const convKeepingSize: Convolution = (x, kernel, precision) =>
  convSame(x, kernel, 1, precision);

/** conv3x3(nearest-upsample-2(x)); kernel `[3, 3, in, out]`. */
export const convAfterUpsample: Convolution = (x, kernel, precision) => {
  const [, , channelsIn, channelsOut] = kernel.shape;
  const wide = product(spreading(SPREAD_UP, 1), kernel.reshape([9, channelsIn * channelsOut]));
  const filter = wide.reshape([4, 4, channelsIn, channelsOut]).transpose<tf.Tensor4D>([0, 1, 3, 2]);
  return convTransposed2(x, filter, precision);
};

/** averagePool2(conv3x3(x)); kernel `[3, 3, in, out]`, even height and width. */
export const convBeforeDownsample: Convolution = (x, kernel, precision) => {
  const [, , channelsIn, channelsOut] = kernel.shape;
  const wide = product(
    spreading(SPREAD_DOWN, 0.25),
    kernel.reshape([9, channelsIn * channelsOut]),
  );
  const filter = wide.reshape<tf.Tensor4D>([4, 4, channelsIn, channelsOut]);
  // For even sizes "same" pads one pixel on each side, as the two steps do.
  return convSame(x, filter, 2, precision);
};

/** The [16, 9] matrix that maps a flattened 3 x 3 kernel to its 4 x 4 counterpart. */
function spreading(rows: number[][], factor: number): tf.Tensor2D {
  const matrix: number[][] = [];
  for (const vertical of rows) {
    for (const horizontal of rows) {
      matrix.push(vertical.flatMap((v) => horizontal.map((h) => factor * v * h)));
    }
  }
  return tf.tensor2d(matrix);
}
