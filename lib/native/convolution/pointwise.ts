/**
 * Convolutions of 1 x 1 with kernels of `cpu/`. With the shapes of our networks they take 0.3 to 0.8 of oneDNN's time
 * where channels are few, 0.7 to 1.2 where they are hundreds.
 */
import { lazyOp } from "../tensorflow/lazy_gradients.ts";
import { rawOp } from "../tensorflow/raw_op.ts";

/**
 * y[p] = x[p] W for every pixel p, or every `stride`th of rows and columns; x `[batch, height, width, in]`, filter
 * `[1, 1, in, out]`. Only where `hasOwnKernels`. Bits do not depend on the number of threads.
 */
export const pointwise = lazyOp<{ readonly stride: number }>({
  name: "CganKdExplicitPointwise",
  value: ({ x, filter }, { stride }) =>
    rawOp("CganKdPointwise", [x, filter], { stride: { int: stride } })[0]!,
  gradients: {
    x: (dy, { x, filter }, { stride }) =>
      rawOp("CganKdPointwiseInputGrad", [x, filter, dy], { stride: { int: stride } })[0]!,
    filter: (dy, { x }, { stride }) =>
      rawOp("CganKdPointwiseFilterGrad", [x, dy], { stride: { int: stride } })[0]!,
  },
});
