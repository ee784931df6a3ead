/**
 * Batch normalisation with the statistics of the batch: one native kernel forward and one backward where TensorFlow has
 * them, the composed form on other backends, against which both are tested.
 */
import * as tf from "@tensorflow/tfjs";
import { activate, type Activation, ACTIVATION_NUMBERS } from "../maps/activation.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { type Attribute, FLOAT, isNative, rawOp } from "../tensorflow/raw_op.ts";
import { wantVectors } from "../tensorflow/shapes.ts";

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
 * Our kernel sums around the first pixel. Where that is more than a hundred standard deviations from the mean (100 among
 * values in [0, 1]), it sums once more around the mean; nearer ones cost the variance less than 0.05 %.
 *
 * @param x `[batch, height, width, channels]`.
 * @param scale `[channels]`.
 * @param offset `[channels]`.
 * @param epsilon Added to the variance.
 * @param onStatistics Called once, in the forward pass, with tensors that live until it returns.
 * @throws {TypeError} Scale or offset has not one number per channel.
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
  onStatistics: (statistics: BatchStatistics) => void,
): tf.Tensor4D {
  wantVectors("batchNormTraining()", x.shape[3], { scale, offset });
  if (hasOwnKernels) return ownBatchNorm({ x, scale, offset, epsilon, onStatistics }, "none");
  return isNative
    ? fusedBatchNorm(x, scale, offset, epsilon, onStatistics)
    : composedBatchNorm(x, scale, offset, epsilon, onStatistics);
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
 * memory and the gradient keeps only x.
 *
 * @throws {TypeError} Scale, offset or a running moment has not one number per channel.
 */
export function batchNormActivation(inputs: BatchNormInputs, activation: Activation): tf.Tensor4D {
  wantChannels("batchNormActivation()", inputs.x.shape[3], inputs);
  if (hasOwnKernels) return ownBatchNorm(inputs, activation);
  const { x, scale, offset, epsilon, onStatistics } = inputs;
  return activate(batchNormTraining(x, scale, offset, epsilon, onStatistics), activation);
}

/** One number per channel in what goes with the maps. */
export function wantChannels(
  call: string,
  channels: number,
  { scale, offset, running }: Omit<BatchNormInputs, "x">,
): void {
  wantVectors(call, channels, { scale, offset });
  if (running === undefined) return;
  const { mean, variance, bias } = running;
  wantVectors(call, channels, { "the running mean": mean, "the running variance": variance, bias });
}

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

/** A kernel of `cpu/` that normalises, and its settings. */
export interface NormKernel {
  /** Also the one followed by a ReLU and a max-pool, or the one that first joins two maps. */
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
