/**
 * Convolutions with PyTorch's padding, on channels-last maps. Each gradient runs on the kernel that is
 * fast for the size of the maps; values do not depend on the choice.
 */
import * as tf from "@tensorflow/tfjs";
import { backendInfo } from "../tensorflow/backend.ts";
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
import { type Attribute, FLOAT, isNative, rawOp } from "../tensorflow/raw_op.ts";

/** Options of `convExplicit` and `depthwiseConvExplicit`. */
export interface ExplicitPadding {
  readonly stride: number;
  /**
   * Zeros on every side; or TensorFlow's "same": the number that gives ceil(side / stride) pixels per side, the odd one
   * below and to the right.
   */
  readonly padding: number | "same";
  /** Of the factors of a dense convolution and of its gradients; default: float32. */
  readonly precision?: Precision;
}

/** Zeros above and to the left, and below and to the right. */
export interface Sides {
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  readonly precision?: Precision;
}

/** Names of a convolution and its two gradients in TensorFlow's registry. */
interface Kernels {
  readonly forward: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const DENSE: Kernels = { forward: "Conv2D", attributes: { use_cudnn_on_gpu: { bool: true } } };
const DEPTHWISE: Kernels = { forward: "DepthwiseConv2dNative", attributes: {} };

/**
 * 2-D convolution with zeros around the maps as PyTorch has them, or TensorFlow's "same", which pads even sizes on one
 * side only when the stride is 2.
 *
 * @param x `[batch, height, width, in]`.
 * @param filter `[kernel, kernel, in, out]`.
 * @throws {TypeError | RangeError} See `wantConvolution` and `checkPrecision`.
 */
export function convExplicit(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: ExplicitPadding,
): tf.Tensor4D {
  wantConvolution("convExplicit()", { x, filter, kind: "dense" }, options);
  const { stride, padding, precision } = options;
  checkPrecision(precision);
  const [kernel] = filter.shape;
  const sides = sidesOf(x, kernel, options);
  if (kernel === 1 && sides?.before === 0) {
    if (hasOwnKernels) return pointwise({ x, filter }, { stride, precision });
    // TensorFlow's filter gradient of a strided 1 x 1 convolution writes past its memory where channels are
    // few (4 in, 4 out, 64 x 64): heap corruption, or other bits every time. Only these pixels are read.
    if (isNative && stride > 1) {
      return convolve({ x: takeEvery(x, stride), filter }, { ...sides, stride: 1 });
    }
  }
  if (isKnown(sides, options)) return convolve({ x, filter }, { ...sides, precision });
  if (padding === "same") return tf.conv2d(x, filter, stride, "same");
  return tf.conv2d(pad(x, padding), filter, stride, "valid");
}

/**
 * The same with one filter per channel.
 *
 * @param x `[batch, height, width, channels]`.
 * @param filter `[kernel, kernel, channels, 1]`.
 * @throws {TypeError | RangeError} See `wantConvolution`.
 */
export function depthwiseConvExplicit(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: ExplicitPadding,
): tf.Tensor4D {
  wantConvolution("depthwiseConvExplicit()", { x, filter, kind: "depthwise" }, options);
  const { stride, padding } = options;
  const [kernel] = filter.shape;
  const sides = sidesOf(x, kernel, options);
  if (hasOwnKernels && sides !== undefined && (kernel === 3 || kernel === 5)) {
    return depthwiseOwn({ x, filter }, sides);
  }
  if (isKnown(sides, options)) return convolveDepthwise({ x, filter }, sides);
  if (padding === "same") return tf.depthwiseConv2d(x, filter, stride, "same");
  return tf.depthwiseConv2d(pad(x, padding), filter, stride, "valid");
}

/** Zeros on the sides of x; undefined where "same" is not the same for rows and columns. */
export function sidesOf(
  { shape }: tf.Tensor4D,
  kernel: number,
  { stride, padding }: ExplicitPadding,
): Sides | undefined {
  if (padding !== "same") return { stride, before: padding, after: padding };
  const [rows, columns] = [shape[1], shape[2]].map((side) =>
    Math.max(0, (Math.ceil(side / stride) - 1) * stride + kernel - side)
  );
  if (rows !== columns) return undefined;
  const before = Math.floor(rows! / 2);
  return { stride, before, after: rows! - before };
}

/** Whether the operations below take these zeros; GPUs have kernels of their own for "same". */
function isKnown(sides: Sides | undefined, { padding }: ExplicitPadding): sides is Sides {
  return isNative && sides !== undefined && (padding !== "same" || hasOwnKernels);
}

function pad(x: tf.Tensor4D, padding: number): tf.Tensor4D {
  const sides: [number, number] = [padding, padding];
  return tf.pad(x, [[0, 0], sides, sides, [0, 0]]);
}

/** Pixels 0, stride, 2 · stride, … of rows and columns. */
function takeEvery(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const masks = {
    T: FLOAT,
    Index: { type: "int32" },
    begin_mask: { int: 0 },
    end_mask: { int: 0 },
    ellipsis_mask: { int: 0 },
    new_axis_mask: { int: 0 },
    shrink_axis_mask: { int: 0 },
  } as const;
  const range = () =>
    [[0, 0, 0, 0], [batch, height, width, channels], [1, stride, stride, 1]]
      .map((list) => tf.tensor1d(list, "int32"));
  return tf.customGrad((input) => ({
    value: rawOp("StridedSlice", [input as tf.Tensor, ...range()], masks)[0]!,
    gradFunc: (dy: tf.Tensor) =>
      rawOp("StridedSliceGrad", [tf.tensor1d(x.shape, "int32"), ...range(), dy], masks)[0]!,
  }))(x) as tf.Tensor4D;
}

/** Everything about a convolution that its sizes decide. */
function planOf(
  { forward, attributes }: Kernels,
  { x, filter }: NamedMaps,
  { stride, before, after }: Sides,
) {
  const kernel = filter.shape[0];
  const shared = {
    ...attributes,
    T: FLOAT,
    strides: { int: [1, stride, stride, 1] },
    data_format: { text: "NHWC" },
    dilations: { int: [1, 1, 1, 1] },
  } as const;
  const explicit = {
    ...shared,
    padding: { text: "EXPLICIT" },
    explicit_paddings: { int: [0, 0, before, after, before, after, 0, 0] },
  } as const;
  // TensorFlow hands gradients to oneDNN only when it knows the padding by name; Eigen has the others.
  const name = paddingName({ kernel, stride, before, after });
  const named = name === undefined ? explicit : { ...shared, padding: { text: name } };
  return {
    shared,
    explicit,
    named,
    // On maps smaller than the kernel oneDNN falls back to slow general code for the filter's gradient:
    // 48 ms where Eigen takes 1 (128 x 2 x 2 x 288, 5 x 5 depthwise, 2 cores).
    isSmall: Math.min(x.shape[1], x.shape[2]) < kernel,
    // Eigen rearranges the whole filter for every image. From here on oneDNN, which knows only "valid", is
    // quicker although the margin is cut off afterwards: 1.3 times at 64 x 128 channels, 18 at 512 x 512.
    isTrimmed: name === undefined && forward === DENSE.forward &&
      backendInfo.device === "CPU" && filter.shape[2] * filter.shape[3] >= 8192,
  };
}

function isOwn(kernels: Kernels, { x, filter }: NamedMaps, sides: Sides): boolean {
  return kernels === DENSE && servesMaps(x.shape, filter.shape, sides);
}

function inputGradient(
  kernels: Kernels,
  dy: tf.Tensor,
  inputs: NamedMaps,
  options: Sides,
): tf.Tensor {
  const { named, shared, isTrimmed } = planOf(kernels, inputs, options);
  const { before, after } = options;
  if (isOwn(kernels, inputs, options)) {
    return ownConvolutionInputGradient(inputs.x.shape, { filter: inputs.filter, dy }, options);
  }
  const gradientOf = (shape: number[], padded: typeof named) =>
    rawOp(
      `${kernels.forward}BackpropInput`,
      [tf.tensor1d(shape, "int32"), inputs.filter, dy],
      padded,
    )[0]!;
  if (!isTrimmed) return gradientOf(inputs.x.shape, named);
  const [batch, height, width, channels] = inputs.x.shape;
  const zeros = before + after;
  const whole = [batch, height + zeros, width + zeros, channels];
  const gradient = gradientOf(whole, { ...shared, padding: { text: "VALID" } });
  return tf.slice(gradient, [0, before, before, 0], inputs.x.shape);
}

function filterGradient(
  kernels: Kernels,
  dy: tf.Tensor,
  inputs: NamedMaps,
  options: Sides,
): tf.Tensor {
  const { named, explicit, isSmall } = planOf(kernels, inputs, options);
  const { x, filter } = inputs;
  if (hasOwnKernels && kernels === DENSE && filter.shape[0] > 1) {
    return ownFilterGradient({ x, dy }, filter.shape, options);
  }
  return rawOp(
    `${kernels.forward}BackpropFilter`,
    [x, tf.tensor1d(filter.shape, "int32"), dy],
    isSmall ? explicit : named,
  )[0]!;
}

/** One operation for each kind; gradients apart. */
function lazyConvolution(kernels: Kernels) {
  return lazyOp<Sides>({
    name: `CganKdExplicit${kernels.forward}`,
    value: ({ x, filter }, options) => {
      if (isOwn(kernels, { x, filter }, options)) return ownConvolution(x, filter, options);
      return rawOp(kernels.forward, [x, filter], planOf(kernels, { x, filter }, options).named)[0]!;
    },
    gradients: {
      x: (dy, inputs, options) => inputGradient(kernels, dy, inputs, options),
      filter: (dy, inputs, options) => filterGradient(kernels, dy, inputs, options),
    },
  });
}

const convolve = lazyConvolution(DENSE);
const convolveDepthwise = lazyConvolution(DEPTHWISE);

/** Depthwise with kernels of `cpu/`, one for both gradients together. */
function depthwiseOwn(
  { x, filter }: NamedMaps,
  { stride, before, after }: Sides,
): tf.Tensor4D {
  const own = {
    kernel: { int: filter.shape[0] },
    stride: { int: stride },
    before: { int: before },
  } as const;
  return tf.customGrad((maps, weights, save) => {
    const saved = [maps as tf.Tensor, weights as tf.Tensor];
    (save as tf.GradSaveFunc)(saved);
    return {
      value: rawOp("CganKdDepthwise", saved, { ...own, after: { int: after } })[0]!,
      gradFunc: (dy: tf.Tensor, [z, w]: tf.Tensor[]) =>
        rawOp("CganKdDepthwiseGrad", [z!, w!, dy], own, 2),
    };
  })(x, filter) as tf.Tensor4D;
}

/** What TensorFlow calls a padding, if it has a name for it that does not depend on the side of the maps. */
function paddingName(
  { kernel, stride, before, after }: Sides & { kernel: number },
): "SAME" | "VALID" | undefined {
  if (before === 0 && after === 0) return "VALID";
  // With stride 1 "same" pads half a kernel on each side.
  return stride === 1 && before === after && before === (kernel - 1) / 2 ? "SAME" : undefined;
}
