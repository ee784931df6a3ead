/**
 * Layers as functions: a factory takes a `Scope` for its weights and returns the forward pass.
 * Semantics and defaults are PyTorch's, in channels-last layout.
 */
import { constant, type Initialiser, type Mode, type Scope, torchUniform } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { convExplicit, depthwiseConvExplicit } from "../native/conv_kernels.ts";
import {
  activate,
  type Activation,
  batchNormActivation,
  biasAdd,
  uniformTensor,
} from "../native/kernels.ts";
import { spatialMean } from "../native/map_kernels.ts";
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

/**
 * Batch normalisation with scale and offset a channel. Training uses the statistics of the batch and
 * moves the running ones (unbiased variance); inference uses the running ones.
 */
export function batchNorm(scope: Scope, options: BatchNormOptions): NormLayer {
  const { channels, epsilon = 1e-5, momentum = 0.1 } = options;
  const scale = scope.weight<tf.Rank.R1>("scale", [channels], constant(1));
  const offset = scope.weight<tf.Rank.R1>("offset", [channels], constant(0));
  const statistics = runningStatistics(scope, { channels, momentum });
  return (x, mode, activation = "none") => {
    if (mode.training) {
      const onStatistics = statistics.update;
      return batchNormActivation({ x, scale, offset, epsilon, onStatistics }, activation);
    }
    const { mean, variance } = statistics;
    return activate(tf.batchNorm4d(x, mean, variance, offset, scale, epsilon), activation);
  };
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
  const { features, groups, epsilon = 1e-5 } = options;
  if (features % groups !== 0) {
    throw new RangeError(
      `Cannot normalise ${features} features in ${groups} groups: want a divisor of ${features}`,
    );
  }
  const scale = scope.weight<tf.Rank.R1>("scale", [features], constant(1));
  const offset = scope.weight<tf.Rank.R1>("offset", [features], constant(0));
  return (x) => {
    const grouped = x.reshape([x.shape[0], groups, features / groups]);
    const { mean, variance } = tf.moments(grouped, 2, true);
    const normalised = grouped.sub(mean).mul(tf.rsqrt(variance.add(epsilon)));
    return normalised.reshape<tf.Tensor2D>([x.shape[0], features]).mul(scale).add(offset);
  };
}

/**
 * Inverted dropout: in training each entry is zeroed with probability `rate` and the others are divided
 * by 1 − rate; in inference nothing happens. The mask comes from the stream of the step.
 */
export function dropout(scope: Scope, rate: number): <T extends tf.Tensor>(x: T, mode: Mode) => T {
  return (x, mode) => {
    if (!mode.training || rate === 0) return x;
    if (mode.rng === undefined) {
      throw new TypeError(
        "Cannot drop out in training: the mode holds no stream of random numbers",
      );
    }
    const rng = mode.rng.child("dropout", scope.path);
    const draws = uniformTensor(
      x.shape,
      [rng.nextUint32(), rng.nextUint32()],
      (count) => Float32Array.from({ length: count }, () => rng.uniform()),
    );
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
