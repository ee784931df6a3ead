/**
 * Layers' inner loops: one native kernel forward and one backward where TensorFlow has them, the
 * composed form on other backends. Every function works inside gradients and is tested against its
 * composed form and finite differences.
 */
import * as tf from "@tensorflow/tfjs";
import { hasOwnKernels } from "./own_kernels.ts";
import { type Attribute, FLOAT, isNative, rawOp } from "./raw_op.ts";

/** max(x, 0). The stock gradient builds a mask in three ops; `ReluGrad` is one. */
export function relu<T extends tf.Tensor>(x: T): T {
  return isNative ? withNativeGradient(x, "Relu", "ReluGrad") : tf.relu(x);
}

/** min(max(x, 0), 6). */
export function relu6<T extends tf.Tensor>(x: T): T {
  return isNative ? withNativeGradient(x, "Relu6", "Relu6Grad") : tf.relu6(x);
}

function withNativeGradient<T extends tf.Tensor>(x: T, forward: string, backward: string): T {
  return tf.customGrad((input, save) => {
    const [value] = rawOp(forward, [input as tf.Tensor], { T: FLOAT });
    (save as tf.GradSaveFunc)([value!]);
    return {
      value: value!,
      gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) => rawOp(backward, [dy, y!], { T: FLOAT })[0]!,
    };
  })(x) as T;
}

/** x · sigmoid(x), also called SiLU; saves x, the sigmoid and the result for the gradient. */
export function swish<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const gate = tf.sigmoid(input as tf.Tensor);
    const value = tf.mul(input as tf.Tensor, gate);
    (save as tf.GradSaveFunc)([input as tf.Tensor, gate, value]);
    return {
      value,
      // d/dx y = s + x s (1 − s) = s (x − y + 1): four passes over memory.
      gradFunc: (dy: tf.Tensor, [z, s, y]: tf.Tensor[]) => dy.mul(s!.mul(z!.sub(y!).add(1))),
    };
  })(x) as T;
}

/**
 * x + b with one bias a channel. The stock gradient reduces through a generic sum; `BiasAddGrad`
 * walks memory once.
 *
 * @param x `[..., channels]`.
 * @param bias `[channels]`.
 */
export function biasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor): T {
  if (!isNative) return tf.add(x, bias);
  const layout = { T: FLOAT, data_format: { text: "NHWC" } } as const;
  return tf.customGrad((input, b) => ({
    value: rawOp("BiasAdd", [input as tf.Tensor, b as tf.Tensor], layout)[0]!,
    gradFunc: (dy: tf.Tensor) => [dy, rawOp("BiasAddGrad", [dy], layout)[0]!],
  }))(x, bias) as T;
}

/**
 * Nearest-neighbour up-sampling by 2.
 *
 * Forward is the gradient of a 2 x 2 average pool times four (every input pixel is written to its four
 * outputs), backward is the pool times four (their sum): both are vectorised, the stock resize is not.
 *
 * @param x `[batch, height, width, channels]`.
 * @returns `[batch, 2 height, 2 width, channels]`.
 */
export function upsample2(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (!isNative) return tf.image.resizeNearestNeighbor(x, [2 * height, 2 * width]);
  return tf.customGrad((input) => ({
    value: spread((input as tf.Tensor4D).mul(4), [batch, 2 * height, 2 * width, channels]),
    gradFunc: (dy: tf.Tensor) => tf.avgPool(dy as tf.Tensor4D, 2, 2, "valid").mul(4),
  }))(x) as tf.Tensor4D;
}

function spread(x: tf.Tensor4D, shape: [number, number, number, number]): tf.Tensor {
  return rawOp("AvgPoolGrad", [tf.tensor1d(shape, "int32"), x], {
    T: FLOAT,
    ksize: { int: [1, 2, 2, 1] },
    strides: { int: [1, 2, 2, 1] },
    padding: { text: "VALID" },
    data_format: { text: "NHWC" },
  })[0]!;
}

/** What batch normalisation saw in training mode, for the running statistics. */
export interface BatchStatistics {
  /** `[channels]`. */
  readonly mean: tf.Tensor1D;
  /** `[channels]`, divided by n − 1 (the estimate that PyTorch's running variance uses). */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation with the statistics of the batch:
 * y = (x − mean) / sqrt(variance + epsilon) · scale + offset, variance divided by n.
 *
 * @param x `[batch, height, width, channels]`.
 * @param scale `[channels]`.
 * @param offset `[channels]`.
 * @param epsilon Added to the variance.
 * @param onStatistics Called once, in the forward pass, with tensors that live until it returns.
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
  onStatistics: (statistics: BatchStatistics) => void,
): tf.Tensor4D {
  if (hasOwnKernels) return ownBatchNorm({ x, scale, offset, epsilon, onStatistics }, "none");
  return isNative
    ? fusedBatchNorm(x, scale, offset, epsilon, onStatistics)
    : composedBatchNorm(x, scale, offset, epsilon, onStatistics);
}

/** What follows a normalisation. */
export type Activation = "none" | "relu" | "relu6" | "swish";

const ACTIVATIONS: Readonly<Record<Activation, (x: tf.Tensor4D) => tf.Tensor4D>> = {
  none: (x) => x,
  relu,
  relu6,
  swish,
};

/** The activation of a map by its name. */
export function activate(x: tf.Tensor4D, activation: Activation): tf.Tensor4D {
  return ACTIVATIONS[activation](x);
}

/** What `batchNormActivation` works on; see `batchNormTraining`. */
export interface BatchNormInputs {
  readonly x: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
  readonly epsilon: number;
  readonly onStatistics: (statistics: BatchStatistics) => void;
  /** Running statistics that the kernel may move itself, by `blendStatistics`: `onStatistics` is not called then. */
  readonly running?: RunningMoments;
}

/** running ← (1 − momentum) · running + momentum · batch. */
export interface RunningMoments {
  /** `[channels]`. */
  readonly mean: tf.Variable<tf.Rank.R1>;
  /** `[channels]`. */
  readonly variance: tf.Variable<tf.Rank.R1>;
  readonly momentum: number;
  /** Added to the mean of the batch, `[channels]`: what x lacks because it cancels. */
  readonly bias?: tf.Tensor1D;
}

/**
 * The activation of `batchNormTraining`. Where the kernels of `cpu/` are there, both are one pass over
 * memory and the gradient keeps x alone.
 */
export function batchNormActivation(inputs: BatchNormInputs, activation: Activation): tf.Tensor4D {
  if (hasOwnKernels) return ownBatchNorm(inputs, activation);
  const { x, scale, offset, epsilon, onStatistics } = inputs;
  return activate(batchNormTraining(x, scale, offset, epsilon, onStatistics), activation);
}

/** What the kernels of `cpu/` call the activations. */
export const ACTIVATION_NUMBERS = { none: 0, relu: 1, relu6: 2, swish: 3 } as const;

function ownBatchNorm(inputs: BatchNormInputs, activation: Activation): tf.Tensor4D {
  const settings = { activation: { int: ACTIVATION_NUMBERS[activation] } };
  return tf.customGrad((x, gain, shift, save) => {
    const tensors = [x, gain, shift] as tf.Tensor[];
    const { y, mean, inverse } = normalise({ name: "CganKdNorm", settings }, tensors, inputs);
    (save as tf.GradSaveFunc)([...tensors, mean, inverse]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdNormGrad", [dy, ...saved], settings, 3),
    };
  })(inputs.x, inputs.scale, inputs.offset) as tf.Tensor4D;
}

/** A kernel of `cpu/` that normalises, and what it is told. */
export interface NormKernel {
  /** Also that with a ReLU before and a max-pool behind it, or that which joins two maps before. */
  readonly name: "CganKdNorm" | "CganKdNormPool" | "CganKdNormJoin";
  readonly settings: Readonly<Record<string, Attribute>>;
}

/**
 * Runs such a kernel, and does what follows from the statistics of the batch.
 *
 * @param tensors x (or both maps), scale and offset.
 * @returns Also the mean and the inverse standard deviation, which the gradient wants, and both maps joined.
 */
export function normalise(
  { name, settings }: NormKernel,
  tensors: readonly tf.Tensor[],
  { epsilon, onStatistics, running }: Omit<BatchNormInputs, "x" | "scale" | "offset">,
): Record<"y" | "mean" | "inverse", tf.Tensor> & { joined?: tf.Tensor } {
  const attributes = { ...settings, epsilon: { float: epsilon } };
  const joins = name === "CganKdNormJoin" ? 1 : 0;
  if (running === undefined) {
    const [y, mean, inverse, variance, joined] = rawOp(name, [...tensors], attributes, 4 + joins);
    onStatistics({ mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D });
    return { y: y!, mean: mean!, inverse: inverse!, joined };
  }
  const { bias, momentum } = running;
  const [y, mean, inverse, nextVariance, nextMean, joined] = rawOp(
    bias === undefined ? `${name}Moving` : `${name}MovingBias`,
    [...tensors, running.mean, running.variance, ...bias === undefined ? [] : [bias]],
    { ...attributes, momentum: { float: momentum } },
    5 + joins,
  );
  moveStatistics(running, { mean: nextMean!, variance: nextVariance! });
  return { y: y!, mean: mean!, inverse: inverse!, joined };
}

/** Hands on what a kernel made of the running statistics. */
export function moveStatistics(
  running: RunningMoments,
  next: Readonly<Record<"mean" | "variance", tf.Tensor>>,
): void {
  running.mean.assign(next.mean as tf.Tensor1D);
  running.variance.assign(next.variance as tf.Tensor1D);
  tf.dispose([next.mean, next.variance]);
}

function fusedBatchNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
  onStatistics: (statistics: BatchStatistics) => void,
): tf.Tensor4D {
  const attributes = {
    T: FLOAT,
    U: FLOAT,
    epsilon: { float: epsilon },
    data_format: { text: "NHWC" },
    is_training: { bool: true },
  } as const;
  return tf.customGrad((input, gain, shift, save) => {
    const none = tf.tensor1d([]);
    const [y, mean, variance, ...reserves] = rawOp(
      "FusedBatchNormV3",
      [input as tf.Tensor, gain as tf.Tensor, shift as tf.Tensor, none, none],
      { ...attributes, exponential_avg_factor: { float: 1 } },
      6,
    );
    onStatistics({ mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D });
    (save as tf.GradSaveFunc)([input as tf.Tensor, gain as tf.Tensor, ...reserves]);
    return {
      value: y!,
      gradFunc: (dy: tf.Tensor, [z, g, ...saved]: tf.Tensor[]) =>
        rawOp("FusedBatchNormGradV3", [dy, z!, g!, ...saved], attributes, 5).slice(0, 3),
    };
  })(x, scale, offset) as tf.Tensor4D;
}

/** The same in stock ops, for backends without the fused kernel and as the reference in tests. */
export function composedBatchNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
  onStatistics: (statistics: BatchStatistics) => void,
): tf.Tensor4D {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const count = x.size / x.shape[3];
  onStatistics({
    mean: mean as tf.Tensor1D,
    variance: variance.mul(count / Math.max(1, count - 1)) as tf.Tensor1D,
  });
  return x.sub(mean).mul(tf.rsqrt(variance.add(epsilon)).mul(scale)).add(offset);
}
