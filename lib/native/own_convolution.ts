/** Convolutions of more than one pixel on the kernels of `cpu/`; see `hasOwnConvolutions` for where they serve. */
import type * as tf from "@tensorflow/tfjs";
import { rawOp } from "./raw_op.ts";

/** Stride 1 or 2, and zeros above and to the left, below and to the right. */
export interface OwnPadding {
  readonly stride: number;
  readonly before: number;
  readonly after: number;
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
  { stride, before, after }: OwnPadding,
): tf.Tensor {
  const attributes = { stride: { int: stride }, before: { int: before }, after: { int: after } };
  return rawOp("CganKdConv", [x, filter], attributes)[0]!;
}

/**
 * The gradient of `ownConvolution` for x, which is the transposed convolution of `dy`.
 *
 * @param shape Of x.
 * @param dy `[batch, rows, columns, out]`.
 */
export function ownConvolutionInputGradient(
  [, height, width]: readonly number[],
  { filter, dy }: { filter: tf.Tensor; dy: tf.Tensor },
  { stride, before }: Omit<OwnPadding, "after">,
): tf.Tensor {
  return rawOp("CganKdConvInputGrad", [filter, dy], {
    stride: { int: stride },
    before: { int: before },
    height: { int: height! },
    width: { int: width! },
  })[0]!;
}
