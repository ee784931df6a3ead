/** How large a network is: its weights, and the multiply-adds of one image. */
import { INFERENCE } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { onStockOperations } from "../native/tensorflow/stock_operations.ts";
import type { NetworkFamily, NetworkOptions } from "./network.ts";

/** Exact counts, functions of the network and the side of its images alone. */
export interface NetworkSize {
  /** Trainable numbers; running statistics of normalisations are none. */
  readonly weights: number;
  /**
   * Multiply-adds of convolutions and matrix products for one image in inference, by their definition; additions,
   * normalisations, activations and pools are left out, as is usual. FLOPs are twice as many.
   */
  readonly multiplyAdds: number;
}

/** Weights are not looked at, so their draws cost nothing. */
const STILL: Rng = {
  nextUint32: () => 0,
  uniform: () => 0.5,
  integer: () => 0,
  normal: () => 0,
  child: () => STILL,
};

/**
 * Counts a network of a family, on any backend and in milliseconds: convolutions and products are counted and not computed.
 *
 * @throws {RangeError} The family does not take images of this size.
 */
export function networkSize(
  family: Pick<NetworkFamily, "build">,
  options: Omit<NetworkOptions, "rng">,
): NetworkSize {
  const { imageSize } = options;
  const network = family.build({ ...options, rng: STILL });
  try {
    const multiplyAdds = countMultiplyAdds(() =>
      network.forward(tf.zeros([1, imageSize, imageSize, 3]), INFERENCE)
    );
    return { weights: network.parameters.size, multiplyAdds };
  } finally {
    network.parameters.dispose();
  }
}

/**
 * Multiply-adds of the convolutions, transposed ones too, and matrix products of some work on stock operations. Zeros take
 * the place of their results. Convolutions of three axes and `tf.einsum` count as nothing: no network here has any.
 *
 * @param work Synchronous; its tensors are disposed of.
 */
export function countMultiplyAdds(work: () => unknown): number {
  const engine = tf.engine();
  const run = engine.runKernel;
  let count = 0;
  engine.runKernel = function (kernel, inputs, attributes) {
    const counted = COUNTED[kernel]?.(inputs as Inputs, { ...attributes });
    if (counted === undefined) return run.call(engine, kernel, inputs, attributes) as never;
    count += counted.multiplyAdds;
    return tf.zeros(counted.shape) as never;
  };
  try {
    tf.tidy(() => void onStockOperations(work));
    return count;
  } finally {
    engine.runKernel = run;
  }
}

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Attributes = Readonly<Record<string, unknown>>;

/** Shape of the result, and what it takes. */
interface Counted {
  readonly shape: number[];
  readonly multiplyAdds: number;
}

type Count = (inputs: Inputs, attributes: Attributes) => Counted;

const dense: Count = (inputs, attributes) => convolution(inputs, attributes, false);
const depthwise: Count = (inputs, attributes) => convolution(inputs, attributes, true);

const product: Count = ({ a, b }, { transposeA, transposeB }) => {
  const [rows, inner] = transposeA ? turned(a!.shape) : a!.shape.slice(-2);
  const [, columns] = transposeB ? turned(b!.shape) : b!.shape.slice(-2);
  const shape = [...a!.shape.slice(0, -2), rows!, columns!];
  return { shape, multiplyAdds: sizeOf(shape) * inner! };
};

/** A transposed convolution: each value that goes in meets the kernel once, whatever the stride. */
const transposed: Count = ({ dy, filter }, { inputShape }) => {
  const [height, width, channels] = filter!.shape;
  const multiplyAdds = sizeOf(dy!.shape) * height! * width! * channels!;
  return { shape: [...inputShape as number[]], multiplyAdds };
};

/** Kernels of TensorFlow.js that multiply and add, fused with an activation or not; the activation is no part of it. */
const COUNTED: Readonly<Record<string, Count>> = {
  Conv2D: dense,
  FusedConv2D: dense,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  BatchMatMul: product,
  _FusedMatMul: product,
  Conv2DBackpropInput: transposed,
};

function convolution({ x, filter }: Inputs, attributes: Attributes, depthwise: boolean): Counted {
  const { strides, dilations, pad, dimRoundingMode } = attributes as unknown as Padding;
  const { outShape } = tf.backend_util.computeConv2DInfo(
    x!.shape as [number, number, number, number],
    filter!.shape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const [height, width, channels] = filter!.shape;
  const inner = height! * width! * (depthwise ? 1 : channels!);
  return { shape: [...outShape], multiplyAdds: sizeOf(outShape) * inner };
}

/** Attributes of convolutions that decide the shape of their result. */
interface Padding {
  readonly strides: [number, number] | number;
  readonly dilations?: [number, number] | number;
  readonly pad: "same" | "valid" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

function turned(shape: readonly number[]): number[] {
  return shape.slice(-2).reverse();
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
