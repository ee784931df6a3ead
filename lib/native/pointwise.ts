/**
 * Convolutions of 1 x 1 with kernels of `cpu/`. With the shapes of our networks they take 0.3 to 0.8 of oneDNN's time
 * where channels are few, 0.7 to 1.2 where they are hundreds.
 */
import { lazyOp } from "./lazy_op.ts";
import { rawOp } from "./raw_op.ts";

/**
 * y[p] = x[p] W for every pixel p; x `[batch, height, width, in]`, filter `[1, 1, in, out]`. Only where
 * `hasOwnKernels`. Bits do not depend on the number of threads.
 */
export const pointwise = lazyOp({
  name: "CganKdExplicitPointwise",
  value: ({ x, filter }) => rawOp("CganKdPointwise", [x, filter], {})[0]!,
  gradients: {
    x: (dy, { filter }) => rawOp("CganKdPointwiseInputGrad", [filter, dy], {})[0]!,
    filter: (dy, { x }) => rawOp("CganKdPointwiseFilterGrad", [x, dy], {})[0]!,
  },
});
