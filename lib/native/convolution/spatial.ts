/** Convolutions of more than one pixel on the kernels of `cpu/`, and their gradients. */
import type * as tf from "@tensorflow/tfjs";
import { hasOwnConvolutions, hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { factorsOf, type Precision } from "../tensorflow/precision.ts";
import { type Attribute, rawOp } from "../tensorflow/raw_op.ts";

/** Stride 1 or 2, and zeros above and to the left, below and to the right. */
export interface OwnPadding {
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  /** Of factors; default: float32. The gradient of a filter for images, of fewer than 8 channels, is float32 always. */
  readonly precision?: Precision;
}

/** Where Winograd's transformations cost less than the multiplications that they save. */
const LEAST_CHANNELS = { maps: 24, filter: 16 } as const;
/** Images of this many tiles of 2 x 2: fewer do not pay for the transformation of the filter. */
const LEAST_TILES = 64;
/** Channels that a short vector of the kernels holds. */
const LANES = 8;

/**
 * Whether Winograd's kernels compute a convolution or a gradient of it: filters of 3 x 3 with stride 1 for channels
 * enough. They take 0.5 to 0.9 of the time of those that multiply as the definition does, and round about as well.
 *
 * @param x Shape of the maps, `[batch, height, width, in]`.
 * @param filter Shape, `[kernel, kernel, in, out]`.
 * @param wanted The result or the gradient of the maps, or that of the filter.
 */
export function takesWinograd(
  x: readonly number[],
  filter: readonly number[],
  { stride, wanted }: { stride: number; wanted: "maps" | "filter" },
): boolean {
  const [batch, height, width] = x as [number, number, number];
  const [kernel, , channelsIn, channelsOut] = filter as [number, number, number, number];
  const tiles = batch * Math.ceil(height / 2) * Math.ceil(width / 2);
  return hasOwnKernels && kernel === 3 && stride === 1 && tiles >= LEAST_TILES &&
    Math.min(channelsIn, channelsOut) >= LEAST_CHANNELS[wanted];
}

/**
 * Whether `ownConvolution` and its gradient for the maps are the ones to take here: the quicker ones, or those whose bits
 * do not depend on the number of threads. Those of oneDNN's gradient with a stride do with AVX2.
 */
export function servesMaps(
  x: readonly number[],
  filter: readonly number[],
  { stride }: { stride: number },
): boolean {
  return takesWinograd(x, filter, { stride, wanted: "maps" }) ||
    (hasOwnKernels && filter[0]! > 1 && (stride === 2 || (hasOwnConvolutions && stride === 1)));
}

/**
 * y = x * filter.
 *
 * @param x `[batch, height, width, in]`.
 * @param filter `[kernel, kernel, in, out]`.
 */
export function ownConvolution(
  x: tf.Tensor,
  filter: tf.Tensor,
  { stride, before, after, precision }: OwnPadding,
): tf.Tensor {
  const zeros = ints({ before, after });
  const factors = factorsOf(precision);
  return takesWinograd(x.shape, filter.shape, { stride, wanted: "maps" })
    ? rawOp("CganKdWinograd", [x, filter], { ...zeros, ...factors })[0]!
    : rawOp("CganKdConv", [x, filter], { ...ints({ stride }), ...zeros, ...factors })[0]!;
}

/**
 * The gradient of `ownConvolution` for x, which is the transposed convolution of `dy`.
 *
 * @param shape Of x.
 * @param dy `[batch, rows, columns, out]`.
 */
export function ownConvolutionInputGradient(
  shape: readonly number[],
  { filter, dy }: { filter: tf.Tensor; dy: tf.Tensor },
  { stride, before, precision }: Omit<OwnPadding, "after">,
): tf.Tensor {
  const [, height, width] = shape as [number, number, number];
  const numbers = { ...ints({ before, height, width }), ...factorsOf(precision) };
  return takesWinograd(shape, filter.shape, { stride, wanted: "maps" })
    ? rawOp("CganKdWinogradInputGrad", [filter, dy], numbers)[0]!
    : rawOp("CganKdConvInputGrad", [filter, dy], { ...ints({ stride }), ...numbers })[0]!;
}

/**
 * The gradient of a convolution for its filter. Bits do not depend on the number of threads, as those of TensorFlow's do.
 *
 * @param x `[batch, height, width, in]`.
 * @param dy `[batch, rows, columns, out]`.
 * @param filter Shape, `[kernel, kernel, in, out]`.
 */
export function ownFilterGradient(
  { x, dy }: { x: tf.Tensor; dy: tf.Tensor },
  filter: readonly number[],
  { stride, before, precision }: Omit<OwnPadding, "after">,
): tf.Tensor {
  const places = ints({ kernel: filter[0]!, stride, before });
  const factors = factorsOf(precision);
  // Images: a third of the time of Eigen, about that of oneDNN.
  if (x.shape[3]! < LANES && dy.shape[3]! >= LANES) {
    return rawOp("CganKdFewChannelsFilterGrad", [x, dy], places)[0]!;
  }
  // Takes 0.5 to 0.8 of oneDNN's time, for few channels up to 2.5 times as long.
  return takesWinograd(x.shape, filter, { stride, wanted: "filter" })
    ? rawOp("CganKdWinogradFilterGrad", [x, dy], { ...ints({ before }), ...factors })[0]!
    : rawOp("CganKdFilterGrad", [x, dy], { ...places, ...factors })[0]!;
}

function ints(numbers: Readonly<Record<string, number>>): Record<string, Attribute> {
  return Object.fromEntries(Object.entries(numbers).map(([name, int]) => [name, { int }]));
}
