/** Kernels of TensorFlow.js, as they were called, in the words of a graph. */
import type { tf } from "../base/tf.ts";
import type { ActivationKind, Constant, Operation, Pads } from "./graph.ts";

/** A kernel that read a value of the graph. */
export interface KernelCall {
  /** Its name in TensorFlow.js, such as "Conv2D". */
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly tf.Tensor[];
  /** Whether a tensor depends on the input of the network. */
  readonly isValue: (tensor: tf.Tensor) => boolean;
  /** Numbers of a tensor that does not. */
  readonly constant: (tensor: tf.Tensor) => Constant;
}

/** One operation of a call: which of its tensors it reads and which it makes; "same" where it computes nothing. */
export interface Translation {
  readonly operation: Operation | "same";
  readonly reads: readonly tf.Tensor[];
  readonly makes: tf.Tensor;
}

type Translate = (call: KernelCall) => readonly Translation[];

const ACTIVATIONS: Readonly<Record<string, ActivationKind>> = {
  Relu: "relu",
  Relu6: "relu6",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
  Softmax: "softmax",
};

const KERNELS: Readonly<Record<string, Translate>> = {
  Conv2D: (call) => convolution(call, "dense"),
  DepthwiseConv2dNative: (call) => convolution(call, "depthwise"),
  Conv2DBackpropInput: transposed,
  FusedBatchNorm: norm,
  BatchMatMul: product,
  Add: (call) => elementwise(call, "add"),
  Sub: (call) => elementwise(call, "subtract"),
  Multiply: (call) => elementwise(call, "multiply"),
  RealDiv: (call) => elementwise(call, "divide"),
  Concat: (call) => {
    const reads = Object.values(call.inputs);
    const axis = axisOf(call.attributes.axis, reads[0]!.rank);
    return [{ operation: { op: "concatenate", axis }, reads, makes: call.outputs[0]! }];
  },
  SplitV: (call) => {
    const { x } = call.inputs;
    const axis = axisOf(call.attributes.axis, x!.rank);
    let start = 0;
    return call.outputs.map((makes) => {
      const operation = { op: "slice", axis, start } as const;
      start += makes.shape[axis + 1]!;
      return { operation, reads: [x!], makes };
    });
  },
  Slice: slice,
  PadV2: (call) => {
    const { paddings, constantValue } = call.attributes as {
      paddings: [number, number][];
      constantValue: number;
    };
    const [batch, rows, columns, channels] = paddings;
    if (constantValue !== 0 || [batch, channels].flat().some((count) => count !== 0)) {
      throw refusal(call, `padding ${JSON.stringify(paddings)} with ${constantValue}`);
    }
    const pads: Pads = [rows![0], columns![0], rows![1], columns![1]];
    return one(call, { op: "pad", pads });
  },
  MaxPool: (call) => pool(call, "max"),
  AvgPool: (call) => pool(call, "average"),
  Mean: (call) => {
    const { axis } = call.attributes as { axis: number | readonly number[] };
    const axes = [axis].flat().map((one) => axisOf(one, call.inputs.x!.rank));
    return one(call, { op: "mean", axes });
  },
  Square: (call) => one(call, { op: "square" }),
  Rsqrt: (call) => one(call, { op: "rsqrt" }),
  ResizeNearestNeighbor: (call) => {
    const { images } = call.inputs;
    const { shape: [, height, width] } = call.outputs[0]!;
    const factor = height! / images!.shape[1]!;
    if (!Number.isInteger(factor) || width! / images!.shape[2]! !== factor) {
      throw refusal(call, `a map that grows to ${height} x ${width}`);
    }
    return one(call, { op: "upsample", factor }, "images");
  },
  Reshape: (call) => one(call, { op: "reshape" }),
  ExpandDims: (call) => one(call, { op: "reshape" }, "input"),
  Transpose: (call) => {
    const { perm } = call.attributes as { perm: readonly number[] };
    if (perm[0] !== 0) throw refusal(call, "an order that moves the images of the batch");
    return one(call, { op: "permute", order: perm.slice(1).map((axis) => axis - 1) });
  },
  Identity: (call) => one(call, "same"),
  Cast: (call) => one(call, "same"),
};

/**
 * What a kernel computes, as operations of a graph.
 *
 * @throws {RangeError} No export knows the kernel, or what it was asked for.
 */
export function translateKernel(call: KernelCall): readonly Translation[] {
  const activation = ACTIVATIONS[call.kernel];
  if (activation !== undefined) {
    const name = activation === "softmax" ? "logits" : "x";
    return one(call, { op: "activation", kind: activation }, name);
  }
  const translate = KERNELS[call.kernel];
  if (translate === undefined) {
    throw new RangeError(
      `Cannot export the network: it runs the kernel "${call.kernel}", which no export knows; known are ` +
        [...Object.keys(ACTIVATIONS), ...Object.keys(KERNELS)].join(", "),
    );
  }
  return translate(call);
}

function refusal({ kernel }: KernelCall, found: string): RangeError {
  return new RangeError(`Cannot export the network: found ${found} in the kernel "${kernel}"`);
}

/** One operation on one tensor. */
function one(call: KernelCall, operation: Translation["operation"], input = "x"): Translation[] {
  return [{ operation, reads: [call.inputs[input]!], makes: call.outputs[0]! }];
}

/** An axis without that of the batch. */
function axisOf(axis: unknown, rank: number): number {
  const number = axis as number;
  return (number < 0 ? number + rank : number) - 1;
}

/** The number of an attribute that is one number or several equal ones. */
function single(call: KernelCall, name: string): number {
  const values = [call.attributes[name] as number | readonly number[]].flat();
  if (new Set(values).size === 1) return values[0]!;
  throw refusal(call, `${name} ${JSON.stringify(values)}`);
}

/** Zeros on the sides of x for an attribute "pad" of TensorFlow.js. */
function padsOf(call: KernelCall, x: tf.Tensor, kernel: number, stride: number): Pads {
  const { pad } = call.attributes as { pad: "same" | "valid" | number | readonly number[][] };
  if (pad === "valid") return [0, 0, 0, 0];
  if (typeof pad === "number") return [pad, pad, pad, pad];
  if (pad !== "same") return [pad[1]![0]!, pad[2]![0]!, pad[1]![1]!, pad[2]![1]!];
  return samePads(x.shape.slice(1, 3), kernel, stride);
}

/** Zeros of TensorFlow's padding "same": the odd one below and to the right. */
export function samePads(
  sides: readonly number[],
  kernel: number,
  stride: number,
): Pads {
  const [rows, columns] = sides.map((side) =>
    Math.max(0, (Math.ceil(side / stride) - 1) * stride + kernel - side)
  );
  const [top, left] = [Math.floor(rows! / 2), Math.floor(columns! / 2)];
  return [top, left, rows! - top, columns! - left];
}

function convolution(call: KernelCall, kind: "dense" | "depthwise"): Translation[] {
  const { x, filter } = call.inputs;
  if (single(call, "dilations") !== 1 || call.isValue(filter!)) {
    throw refusal(call, "dilations, or a filter that depends on the input");
  }
  const stride = single(call, "strides");
  const pads = padsOf(call, x!, filter!.shape[0]!, stride);
  return one(call, { op: "convolution", kind, stride, pads, filter: call.constant(filter!) });
}

function transposed(call: KernelCall): Translation[] {
  const { dy, filter } = call.inputs;
  const stride = single(call, "strides");
  const [, height] = call.outputs[0]!.shape;
  if (call.attributes.pad !== "same" || height !== stride * dy!.shape[1]!) {
    throw refusal(call, `padding ${JSON.stringify(call.attributes.pad)}`);
  }
  const operation = {
    op: "convolution",
    kind: "transposed",
    stride,
    pads: samePads(call.outputs[0]!.shape.slice(1, 3), filter!.shape[0]!, stride),
    filter: call.constant(filter!),
  } as const;
  return one(call, operation, "dy");
}

function norm(call: KernelCall): Translation[] {
  const { mean, variance, scale, offset } = call.inputs;
  const epsilon = call.attributes.varianceEpsilon as number;
  const [first, second, third, fourth] = [mean, variance, scale, offset]
    .map((tensor) => call.constant(tensor!));
  return one(call, {
    op: "norm",
    epsilon,
    mean: first!,
    variance: second!,
    scale: third!,
    offset: fourth!,
  });
}

function product(call: KernelCall): Translation[] {
  const { a, b } = call.inputs;
  const { transposeA, transposeB } = call.attributes as {
    transposeA: boolean;
    transposeB: boolean;
  };
  const makes = call.outputs[0]!;
  if (!call.isValue(b!) && a!.rank === 2 && !transposeA && !transposeB) {
    return [{ operation: { op: "dense", weight: call.constant(b!) }, reads: [a!], makes }];
  }
  if (!call.isValue(a!) || !call.isValue(b!) || a!.rank !== 3 || transposeA) {
    throw refusal(call, `factors of shapes [${a!.shape}] and [${b!.shape}]`);
  }
  const operation = { op: "product", transposesSecond: transposeB } as const;
  return [{ operation, reads: [a!, b!], makes }];
}

function slice(call: KernelCall): Translation[] {
  const { begin } = call.attributes as { begin: readonly number[] };
  const [from, to] = [call.inputs.x!.shape, call.outputs[0]!.shape];
  const cut = from.flatMap((side, axis) => side === to[axis] ? [] : [axis]);
  if (cut.length === 0) return one(call, "same");
  if (cut.length > 1 || cut[0] === 0) throw refusal(call, `a cut of axes ${cut.join(", ")}`);
  return one(call, { op: "slice", axis: cut[0]! - 1, start: begin[cut[0]!]! });
}

function pool(call: KernelCall, kind: "max" | "average"): Translation[] {
  const [size, stride] = [single(call, "filterSize"), single(call, "strides")];
  const pads = padsOf(call, call.inputs.x!, size, stride);
  if (pads.some((count) => count > 0)) throw refusal(call, `zeros ${pads.join(", ")} in a pool`);
  return one(call, { op: "pool", kind, size, stride });
}

/** Of two values, or of one and numbers for each entry of its last axis. */
function elementwise(
  call: KernelCall,
  op: "add" | "subtract" | "multiply" | "divide",
): Translation[] {
  const { a, b } = call.inputs;
  const makes = call.outputs[0]!;
  if (call.isValue(a!) && call.isValue(b!)) {
    if (op === "divide") throw refusal(call, "a quotient of two values");
    return [{ operation: { op }, reads: [a!, b!], makes }];
  }
  const isFirst = call.isValue(a!);
  const [value, other] = isFirst ? [a!, b!] : [b!, a!];
  if (!isFirst && (op === "subtract" || op === "divide")) {
    throw refusal(call, "a constant minus or over a value");
  }
  const last = value.shape.at(-1)!;
  const { shape, values } = call.constant(other);
  const isByLast = (values.length === 1 || values.length === last && shape.at(-1) === last) &&
    shape.length <= value.rank;
  if (!isByLast) throw refusal(call, `a constant of shape [${shape}] beside [${value.shape}]`);
  const wide = Float32Array.from(
    { length: last },
    (_, i) => values.length === 1 ? values[0]! : values[i]!,
  );
  const number = (of: (one: number) => number): Constant => ({
    shape: [last],
    values: wide.map(of),
  });
  const isSum = op === "add" || op === "subtract";
  const operation: Operation = {
    op: "affine",
    scale: number((one) => isSum ? 1 : op === "divide" ? 1 / one : one),
    offset: number((one) => isSum ? (op === "add" ? one : -one) : 0),
  };
  return [{ operation, reads: [value], makes }];
}
