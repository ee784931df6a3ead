/**
 * Convolutions with "same" padding whose two gradients are computed apart, each only where it is wanted: a
 * generator's step needs no gradients of the discriminator's kernels, a discriminator's step none of the
 * images.
 */
import * as tf from "@tensorflow/tfjs";
import { wantConvolution } from "./checks.ts";
import { lazyOp, type NamedMaps } from "../tensorflow/lazy_gradients.ts";
import {
  ownConvolution,
  ownConvolutionInputGradient,
  ownFilterGradient,
  servesMaps,
} from "./spatial.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { pointwise } from "./pointwise.ts";
import { checkPrecision, type Precision } from "../tensorflow/precision.ts";
import { FLOAT, rawOp } from "../tensorflow/raw_op.ts";
import { wantMaps, wantShape } from "../tensorflow/shapes.ts";

/**
 * Convolution with stride 1 and an odd kernel, or with stride 2, a 4 x 4 kernel and even sides.
 *
 * @param x `[batch, height, width, in]`.
 * @param filter `[kernel, kernel, in, out]`.
 * @param precision Of the factors, of both gradients too.
 * @throws {TypeError | RangeError} The shapes do not fit each other, or the kernel and the stride are other ones; see
 *   `checkPrecision`.
 */
export function convSame(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  stride: 1 | 2 = 1,
  precision: Precision = "float32",
): tf.Tensor4D {
  checkPrecision(precision);
  wantConvolution("convSame()", { x, filter, kind: "dense" }, { stride, padding: "same" });
  const [kernel] = filter.shape;
  const isOdd = stride === 1 && kernel % 2 === 1;
  const isHalving = stride === 2 && kernel === 4 && x.shape[1] % 2 === 0 && x.shape[2] % 2 === 0;
  if (!isOdd && !isHalving) {
    throw new RangeError(
      `Cannot compute convSame() with such a filter: found a kernel of ${kernel} with stride ${stride} for ` +
        `${x.shape[1]} x ${
          x.shape[2]
        } pixels, want an odd one with stride 1, or 4 with stride 2 and even sides`,
    );
  }
  if (!hasOwnKernels) return tf.conv2d(x, filter, stride, "same");
  if (filter.shape[0] === 1 && stride === 1) return pointwise({ x, filter }, { stride, precision });
  return conv({ x, filter }, { stride, precision });
}

/**
 * Transposed convolution of stride 2, which doubles height and width.
 *
 * @param x `[batch, height, width, in]`.
 * @param filter `[4, 4, out, in]`.
 * @param precision Of the factors, of both gradients too.
 * @throws {TypeError | RangeError} The shapes do not fit each other; see `checkPrecision`.
 */
export function convTransposed2(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  precision: Precision = "float32",
): tf.Tensor4D {
  checkPrecision(precision);
  const channels = wantMaps("convTransposed2()", "x", x)[3];
  wantShape("convTransposed2()", "the filter", filter, [4, 4, filter.shape[2] ?? 0, channels]);
  const shape = wideShape(x, filter);
  if (!hasOwnKernels) return tf.conv2dTranspose(x, filter, shape, 2, "same");
  return transposed({ x, filter }, { stride: 2, precision });
}

interface Steps {
  readonly stride: number;
  readonly precision?: Precision;
}

const conv = lazyOp<Steps>({
  name: "CganKdLazyConv",
  value: (inputs, steps) => forward(inputs, steps),
  gradients: {
    x: (dy, { x, filter }, steps) => gradientOfInput(x.shape, filter, dy, steps),
    filter: (dy, { x, filter }, steps) => gradientOfFilter(x, filter.shape, dy, steps),
  },
});

const transposed = lazyOp<Steps>({
  name: "CganKdLazyConvTransposed",
  value: ({ x, filter }, steps) => gradientOfInput(wideShape(x, filter), filter, x, steps),
  gradients: {
    x: (dy, { filter }, steps) => forward({ x: dy, filter }, steps),
    filter: (dy, { x, filter }, steps) => gradientOfFilter(dy, filter.shape, x, steps),
  },
});

function wideShape(x: tf.Tensor4D, filter: tf.Tensor4D): [number, number, number, number] {
  return [x.shape[0], 2 * x.shape[1], 2 * x.shape[2], filter.shape[2]];
}

function attributesOf(stride: number) {
  return {
    T: FLOAT,
    strides: { int: [1, stride, stride, 1] },
    padding: { text: "SAME" },
    data_format: { text: "NHWC" },
    dilations: { int: [1, 1, 1, 1] },
    use_cudnn_on_gpu: { bool: true },
  } as const;
}

/** Zeros on each side: the kernel is odd, or 4 x 4 with a stride of 2. */
function sidesOf(kernel: number, steps: Steps) {
  const zeros = steps.stride === 1 ? (kernel - 1) / 2 : 1;
  return { ...steps, before: zeros, after: zeros };
}

function forward({ x, filter }: NamedMaps, steps: Steps): tf.Tensor {
  if (servesMaps(x.shape, filter.shape, steps)) {
    return ownConvolution(x, filter, sidesOf(filter.shape[0], steps));
  }
  return rawOp("Conv2D", [x, filter], attributesOf(steps.stride))[0]!;
}

function gradientOfInput(shape: number[], filter: tf.Tensor4D, dy: tf.Tensor, steps: Steps) {
  if (servesMaps(shape, filter.shape, steps)) {
    return ownConvolutionInputGradient(shape, { filter, dy }, sidesOf(filter.shape[0], steps));
  }
  const sides = tf.tensor1d(shape, "int32");
  const result = rawOp("Conv2DBackpropInput", [sides, filter, dy], attributesOf(steps.stride))[0]!;
  sides.dispose();
  return result;
}

/** A kernel of 1 x 1 is `pointwise`'s. */
function gradientOfFilter(x: tf.Tensor, shape: number[], dy: tf.Tensor, steps: Steps): tf.Tensor {
  return ownFilterGradient({ x, dy }, shape, sidesOf(shape[0]!, steps));
}
