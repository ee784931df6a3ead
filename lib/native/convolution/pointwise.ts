/**
 * Convolutions of 1 x 1 with kernels of `cpu/`. With the shapes of our networks they take 0.3 to 0.8 of oneDNN's time
 * where channels are few, 0.7 to 1.2 where they are hundreds.
 */
import { lazyOp } from "../tensorflow/lazy_gradients.ts";
import { factorsOf, type Precision } from "../tensorflow/precision.ts";
import { type Attribute, rawOp } from "../tensorflow/raw_op.ts";

/**
 * y[p] = x[p] W for every pixel p, or every `stride`th of rows and columns; x `[batch, height, width, in]`, filter
 * `[1, 1, in, out]`. Only where `hasOwnKernels`. Bits do not depend on the number of threads.
 */
export const pointwise = lazyOp<PointwiseOptions>({
  name: "CganKdExplicitPointwise",
  value: ({ x, filter }, options) =>
    rawOp("CganKdPointwise", [x, filter], attributesOf(options))[0]!,
  gradients: {
    x: (dy, { x, filter }, options) =>
      rawOp("CganKdPointwiseInputGrad", [x, filter, dy], attributesOf(options))[0]!,
    filter: (dy, { x }, options) =>
      rawOp("CganKdPointwiseFilterGrad", [x, dy], attributesOf(options))[0]!,
  },
});

interface PointwiseOptions {
  readonly stride: number;
  /** Of factors; default: float32. */
  readonly precision?: Precision;
}

function attributesOf({ stride, precision }: PointwiseOptions): Record<string, Attribute> {
  return { stride: { int: stride }, ...factorsOf(precision) };
}
