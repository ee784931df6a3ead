/** What convolutions ask of their inputs, whichever kernel computes them. */
import type * as tf from "@tensorflow/tfjs";
import { wantMaps, wantShape, wantWhole } from "../tensorflow/shapes.ts";

/** Largest stride that the kernels of `cpu/` take; see `cpu/core/op.cc`. */
const MOST_STRIDE = 4096;

/** Whether channels are summed over, `[kernel, kernel, in, out]`, or each has a filter, `[kernel, kernel, channels, 1]`. */
export type ConvolutionKind = "dense" | "depthwise";

/**
 * Looks at the maps, the filter, the stride and the zeros around the maps: as many as the filter is long at the most.
 *
 * @param call The function, for the error.
 * @throws {TypeError} The shapes do not fit each other.
 * @throws {RangeError} Stride or padding is out of range, or nothing of the maps would be left.
 */
export function wantConvolution(
  call: string,
  { x, filter, kind }: { x: tf.Tensor; filter: tf.Tensor; kind: ConvolutionKind },
  { stride, padding }: { readonly stride: number; readonly padding: number | "same" },
): void {
  const [, height, width, channels] = wantMaps(call, "x", x);
  const [kernel = 0, , , out = 0] = filter.shape;
  const last = kind === "dense" ? out : 1;
  wantShape(call, "the filter", filter, [kernel, kernel, channels, last]);
  wantWhole(call, "the stride", stride, [1, MOST_STRIDE]);
  if (padding === "same") return;
  wantWhole(call, "the padding", padding, [0, kernel]);
  if (Math.min(height, width) + 2 * padding >= kernel) return;
  throw new RangeError(
    `Cannot compute ${call} as the maps are smaller than the filter: found ${height} x ${width} pixels with ${padding} ` +
      `zeros on each side, want ${kernel} x ${kernel} at least`,
  );
}
