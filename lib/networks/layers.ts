/**
 * Layers as functions: a factory takes a `Scope` for its weights and returns the forward pass.
 * Semantics and defaults are PyTorch's, in channels-last layout.
 */
import { constant, type Initialiser, type Mode, type Scope, torchUniform } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { convExplicit, depthwiseConvExplicit } from "../native/conv_kernels.ts";
import { groupNorm, hiddenTail } from "../native/dense_kernels.ts";
import {
  activate,
  type Activation,
  batchNormActivation,
  biasAdd,
  relu,
  uniformTensor,
} from "../native/kernels.ts";
import { maxPool2, spatialMean } from "../native/map_kernels.ts";
import { batchNormFork } from "../native/norm_fork.ts";
import { batchNormReluPool } from "../native/norm_pool.ts";
import { blendStatistics } from "../native/update_kernels.ts";

/** A layer on feature maps `[batch, height, width, channels]`. */
export type Layer = (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D;

/** A layer that ends in a normalisation, and the activation behind it: none unless said. */
export type NormLayer = (x: tf.Tensor4D, mode: Mode, activation?: Activation) => tf.Tensor4D;

/** A layer on vectors `[batch, features]`. */
export type VectorLayer = (x: tf.Tensor2D, mode: Mode) => tf.Tensor2D;

/** Options of `conv2d` and `depthwiseConv2d`. */
export interface ConvOptions {
  readonly in: number;
  readonly out: number;
  readonly kernel: number;
  /** 1 unless said. */
  readonly stride?: number;
  /** Pixels of zeros on every side, or TensorFlow's "same"; (kernel − 1) / 2 unless said. */
  readonly padding?: number | "same";
  /** true unless said. */
  readonly bias?: boolean;
  /** U(±1/√fanIn) unless said. */
  readonly weightInit?: Initialiser;
  /** U(±1/√fanIn) unless said. */
  readonly biasInit?: Initialiser;
}

/** 2-D convolution; weight `[kernel, kernel, in, out]`, bias `[out]`. */
export function conv2d(scope: Scope, options: ConvOptions): Layer {
  const { kernel, stride = 1, bias = true } = options;
  const fanIn = kernel * kernel * options.in;
  const weight = scope.weight<tf.Rank.R4>(
    "weight",
    [kernel, kernel, options.in, options.out],
    options.weightInit ?? torchUniform(fanIn),
  );
  const offset = bias
    ? scope.weight<tf.Rank.R1>("bias", [options.out], options.biasInit ?? torchUniform(fanIn))
    : undefined;
  const padding = paddingOf(options);
  return (x) => {
    const filter = weight as tf.Tensor4D;
    const y = typeof padding === "number"
      ? convExplicit(x, filter, { stride, padding })
      : tf.conv2d(x, filter, stride, padding);
    return offset === undefined ? y : biasAdd(y, offset);
  };
}

/** Depthwise convolution, one filter a channel; weight `[kernel, kernel, in, 1]`, no bias. */
export function depthwiseConv2d(scope: Scope, options: Omit<ConvOptions, "out" | "bias">): Layer {
  const { kernel, stride = 1 } = options;
  const weight = scope.weight<tf.Rank.R4>(
    "weight",
    [kernel, kernel, options.in, 1],
    options.weightInit ?? torchUniform(kernel * kernel),
  );
  const padding = paddingOf(options);
  return (x) => {
    const filter = weight as tf.Tensor4D;
    return typeof padding === "number"
      ? depthwiseConvExplicit(x, filter, { stride, padding })
      : tf.depthwiseConv2d(x, filter, stride, padding);
  };
}

function paddingOf(
  { kernel, stride = 1, padding = (kernel - 1) / 2 }: Pick<
    ConvOptions,
    "kernel" | "stride" | "padding"
  >,
): number | "same" {
  // With stride 1 "same" pads odd kernels alike on each side.
  return padding === "same" && stride === 1 && kernel % 2 === 1 ? (kernel - 1) / 2 : padding;
}

/** Options of `linear`. */
export interface LinearOptions {
  readonly in: number;
  readonly out: number;
  /** true unless said. */
  readonly bias?: boolean;
  readonly weightInit?: Initialiser;
  readonly biasInit?: Initialiser;
}

/** x · W + b; weight `[in, out]` (the transpose of PyTorch's), bias `[out]`. */
export function linear(scope: Scope, options: LinearOptions): VectorLayer {
  const init = torchUniform(options.in);
  const weight = scope.weight<tf.Rank.R2>(
    "weight",
    [options.in, options.out],
    options.weightInit ?? init,
  );
  const offset = options.bias ?? true
    ? scope.weight<tf.Rank.R1>("bias", [options.out], options.biasInit ?? init)
    : undefined;
  return (x) => {
    const y: tf.Tensor2D = tf.matMul(x, weight as tf.Tensor2D);
    return offset === undefined ? y : biasAdd(y, offset);
  };
}

/** Options of `batchNorm`; defaults are PyTorch's. */
export interface BatchNormOptions {
  readonly channels: number;
  /** Added to the variance; 1e-5 unless said. */
  readonly epsilon?: number;
  /** Weight of the new batch in the running statistics (PyTorch's sense); 0.1 unless said. */
  readonly momentum?: number;
}

/** What else a normalisation takes into its kernel. */
export interface NormExtras {
  /**
   * Added to x, one a channel. In training it cancels: it moves the running mean alone, and its gradient,
   * rounding noise where frameworks compute it, is exactly 0.
   */
  readonly bias?: tf.Tensor1D;
  /** Ends in a max-pool over windows of 2 x 2; one kernel with a ReLU before it. */
  readonly pool?: boolean;
}

/** A batch normalisation with its activation. */
export interface BatchNormLayer {
  (x: tf.Tensor4D, mode: Mode, activation?: Activation, extras?: NormExtras): tf.Tensor4D;
  /** Also hands on x, for who reads it beside the normalisation; see `batchNormFork`. */
  fork(
    x: tf.Tensor4D,
    mode: Mode,
    activation: Activation,
  ): { normalised: tf.Tensor4D; x: tf.Tensor4D };
}

/**
 * Batch normalisation with scale and offset a channel. Training uses the statistics of the batch and
 * moves the running ones (unbiased variance); inference uses the running ones.
 */
export function batchNorm(scope: Scope, options: BatchNormOptions): BatchNormLayer {
  const { channels, epsilon = 1e-5, momentum = 0.1 } = options;
  const scale = scope.weight<tf.Rank.R1>("scale", [channels], constant(1));
  const offset = scope.weight<tf.Rank.R1>("offset", [channels], constant(0));
  const statistics = runningStatistics(scope, { channels, momentum });
  const updateFrom = (bias: tf.Tensor1D): RunningStatistics["update"] => ({ mean, variance }) =>
    void tf.tidy(() => statistics.update({ mean: tf.add(mean, bias), variance }));
  const layer = (
    x: tf.Tensor4D,
    mode: Mode,
    activation: Activation = "none",
    { bias, pool = false }: NormExtras = {},
  ): tf.Tensor4D => {
    if (mode.training) {
      const onStatistics = bias === undefined ? statistics.update : updateFrom(bias);
      const inputs = { x, scale, offset, epsilon, onStatistics };
      if (pool && activation === "relu") return batchNormReluPool(inputs);
      const y = batchNormActivation(inputs, activation);
      return pool ? maxPool2(y) : y;
    }
    const { mean, variance } = statistics;
    const input = bias === undefined ? x : biasAdd(x, bias);
    const y = activate(
      tf.batchNorm4d(input, mean, variance, offset, scale, epsilon),
      activation,
    );
    return pool ? maxPool2(y) : y;
  };
  return Object.assign(layer, {
    fork(x: tf.Tensor4D, mode: Mode, activation: Activation) {
      if (!mode.training) return { normalised: layer(x, mode, activation), x };
      return batchNormFork(
        { x, scale, offset, epsilon, onStatistics: statistics.update },
        activation,
      );
    },
  });
}

/** Running mean and variance of a batch normalisation, with their update rule. */
export interface RunningStatistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
  readonly update: (batch: { mean: tf.Tensor1D; variance: tf.Tensor1D }) => void;
}

/** running ← (1 − momentum) · running + momentum · batch. */
export function runningStatistics(
  scope: Scope,
  { channels, momentum }: { channels: number; momentum: number },
): RunningStatistics {
  const mean = scope.buffer<tf.Rank.R1>("running_mean", [channels], constant(0));
  const variance = scope.buffer<tf.Rank.R1>("running_variance", [channels], constant(1));
  return {
    mean,
    variance,
    update: (batch) => void tf.tidy(() => blendStatistics({ mean, variance }, batch, momentum)),
  };
}

/** The same normalisation for vectors `[batch, features]`. */
export function batchNormVector(scope: Scope, options: BatchNormOptions): VectorLayer {
  const layer = batchNorm(scope, options);
  return (x, mode) => {
    const [batch, features] = x.shape;
    return layer(x.reshape([batch, 1, 1, features]), mode).reshape([batch, features]);
  };
}

/** Options of `groupNormVector`. */
export interface GroupNormOptions {
  readonly features: number;
  readonly groups: number;
  /** 1e-5 unless said. */
  readonly epsilon?: number;
}

/** Group normalisation of vectors: each group of neighbouring features to mean 0 and variance 1. */
export function groupNormVector(scope: Scope, options: GroupNormOptions): VectorLayer {
  const { scale, offset, groups, epsilon } = groupNormParts(scope, options);
  return (x) => groupNorm(x, { groups, epsilon }).mul(scale).add(offset);
}

function groupNormParts(scope: Scope, { features, groups, epsilon = 1e-5 }: GroupNormOptions) {
  if (features % groups !== 0) {
    throw new RangeError(
      `Cannot normalise ${features} features in ${groups} groups: want a divisor of ${features}`,
    );
  }
  const scale = scope.weight<tf.Rank.R1>("scale", [features], constant(1));
  const offset = scope.weight<tf.Rank.R1>("offset", [features], constant(0));
  return { scale, offset, groups, epsilon };
}

/** Options of `normalisedTail`. */
export interface NormalisedTailOptions extends GroupNormOptions {
  /** Probability of a zero, see `dropout`. */
  readonly rate: number;
}

/** What follows the product of a hidden layer. */
export interface HiddenTail {
  /** From the product without its bias, which the kernel adds. */
  readonly train: (x: tf.Tensor2D, bias: tf.Tensor1D, mode: Mode) => tf.Tensor2D;
  /** From the product with its bias. */
  readonly infer: (x: tf.Tensor2D) => tf.Tensor2D;
}

/**
 * Bias, group normalisation (weights in the scope "norm"), ReLU and dropout: in training one kernel each
 * way where it is there.
 */
export function normalisedTail(scope: Scope, options: NormalisedTailOptions): HiddenTail {
  const { scale, offset, groups, epsilon } = groupNormParts(scope.at("norm"), options);
  const { rate } = options;
  return {
    train(x, bias, mode) {
      const draws = rate === 0 ? STILL : drawsOf(scope, mode);
      return hiddenTail({ x, bias, scale, offset }, { groups, epsilon, rate, ...draws });
    },
    infer: (x) => relu(groupNorm(x, { groups, epsilon }).mul<tf.Tensor2D>(scale).add(offset)),
  };
}

/** Never drawn from. */
const STILL = { seed: [0, 0], host: (count: number) => new Float32Array(count) } as const;

/** The numbers that decide which entries are dropped in this step. */
function drawsOf(scope: Scope, { rng }: Mode) {
  if (rng === undefined) {
    throw new TypeError("Cannot drop out in training: the mode holds no stream of random numbers");
  }
  const draws = rng.child("dropout", scope.path);
  const seed: readonly [number, number] = [draws.nextUint32(), draws.nextUint32()];
  const host = (count: number) => Float32Array.from({ length: count }, () => draws.uniform());
  return { seed, host };
}

/**
 * Inverted dropout: in training each entry is zeroed with probability `rate` and the others are divided
 * by 1 − rate; in inference nothing happens. The mask comes from the stream of the step.
 */
export function dropout(scope: Scope, rate: number): <T extends tf.Tensor>(x: T, mode: Mode) => T {
  return (x, mode) => {
    if (!mode.training || rate === 0) return x;
    const { seed, host } = drawsOf(scope, mode);
    const draws = uniformTensor(x.shape, seed, host);
    const mask = tf.greaterEqual(draws, rate).cast("float32").div(1 - rate);
    return x.mul(mask) as typeof x;
  };
}

/** Mean over height and width: `[batch, height, width, channels]` to `[batch, channels]`. */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, , , channels] = x.shape;
  return spatialMean(x).reshape([batch, channels]);
}

/** PyTorch's flatten of channels-first maps, so that dense layers see features in the same order. */
export function flattenChannelsFirst(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  if (height * width === 1) return x.reshape([batch, channels]);
  return tf.transpose(x, [0, 3, 1, 2]).reshape([batch, channels * height * width]);
}
