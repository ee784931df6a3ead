/** Batch normalisation with what follows it, and its running statistics. */
import { constant, type Mode, type Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import {
  convNormInference,
  type EndedConvolution,
} from "../../native/convolution/norm_inference.ts";
import { convNormTraining } from "../../native/convolution/norm_training.ts";
import { activate, type Activation } from "../../native/maps/activation.ts";
import { batchNormActivation } from "../../native/normalisation/batch_norm.ts";
import { maxPool2 } from "../../native/maps/maps.ts";
import {
  batchNormSharedInput,
  joined,
  type Maps,
} from "../../native/normalisation/shared_input.ts";
import { batchNormInference } from "../../native/normalisation/inference.ts";
import { batchNormReluPool } from "../../native/normalisation/pool.ts";
import { blendStatistics } from "../../native/vectors/update.ts";
import type { ConvLayer } from "./convolution.ts";
import type { VectorLayer } from "./layer.ts";

/** Options of `batchNorm`; defaults are PyTorch's. */
export interface BatchNormOptions {
  readonly channels: number;
  /** Added to the variance; default: 1e-5. */
  readonly epsilon?: number;
  /** Weight of the new batch in the running statistics (PyTorch's sense); default: 0.1. */
  readonly momentum?: number;
}

/** What else a normalisation takes into its kernel. */
export interface NormExtras {
  /**
   * Added to x, one per channel. In training it cancels: it moves only the running mean, and its gradient,
   * rounding noise where frameworks compute it, is exactly 0.
   */
  readonly bias?: tf.Tensor1D;
  /** Added before the activation. */
  readonly shortcut?: tf.Tensor4D;
  /** Ends in a max-pool over windows of 2 x 2; one kernel with a ReLU before it. */
  readonly pool?: boolean;
}

/** A batch normalisation with its activation. */
export interface BatchNormLayer {
  (x: tf.Tensor4D, mode: Mode, activation?: Activation, extras?: NormExtras): tf.Tensor4D;
  /** Of a convolution of x: one kernel where there is one. */
  after(
    conv: ConvLayer,
    x: tf.Tensor4D,
    mode: Mode,
    activation?: Activation,
    extras?: NormExtras,
  ): tf.Tensor4D;
  /** Also hands on the map, joined of two if it is, for who reads it beside the norm; see `batchNormSharedInput`. */
  fork(
    maps: Maps,
    mode: Mode,
    activation: Activation,
  ): { normalised: tf.Tensor4D; x: tf.Tensor4D };
}

/**
 * Batch normalisation with scale and offset per channel. Training uses the statistics of the batch and
 * moves the running ones (unbiased variance); inference uses the running ones.
 */
export function batchNorm(scope: Scope, options: BatchNormOptions): BatchNormLayer {
  const { channels, epsilon = 1e-5, momentum = 0.1 } = options;
  const scale = scope.weight<tf.Rank.R1>("scale", [channels], constant(1));
  const offset = scope.weight<tf.Rank.R1>("offset", [channels], constant(0));
  const statistics = runningStatistics(scope, { channels, momentum });
  const moments = { ...statistics, momentum };
  const updateFrom = (bias: tf.Tensor1D): RunningStatistics["update"] => ({ mean, variance }) =>
    void tf.tidy(() => statistics.update({ mean: tf.add(mean, bias), variance }));
  const layer = (
    x: tf.Tensor4D,
    mode: Mode,
    activation: Activation = "none",
    { bias, shortcut, pool = false }: NormExtras = {},
  ): tf.Tensor4D => {
    if (mode.training) {
      const onStatistics = bias === undefined ? statistics.update : updateFrom(bias);
      const running = { ...moments, bias };
      const inputs = { x, scale, offset, epsilon, onStatistics, running };
      if (pool && activation === "relu" && shortcut === undefined) return batchNormReluPool(inputs);
      const y = shortcut === undefined
        ? batchNormActivation(inputs, activation)
        : activate(tf.add(batchNormActivation(inputs, "none"), shortcut), activation);
      return pool ? maxPool2(y) : y;
    }
    const { mean, variance } = statistics;
    return batchNormInference(
      { x, scale, offset, mean, variance, bias, shortcut },
      { epsilon, activation, pool },
    );
  };
  const end = (
    convolution: EndedConvolution,
    mode: Mode,
    activation: Activation,
    { pool, ...added }: NormExtras,
  ): tf.Tensor4D | undefined => {
    if (!mode.training) {
      const { mean, variance } = statistics;
      const norm = { scale, offset, mean, variance, ...added };
      return convNormInference(convolution, norm, { epsilon, activation, pool });
    }
    if (pool) return undefined;
    const { bias, shortcut } = added;
    const running = { ...moments, bias };
    return convNormTraining(convolution, { scale, offset, epsilon, running, activation, shortcut });
  };
  return Object.assign(layer, {
    after(
      conv: ConvLayer,
      x: tf.Tensor4D,
      mode: Mode,
      activation: Activation = "none",
      extras: NormExtras = {},
    ) {
      const ended = conv.convolution &&
        end({ ...atPrecision(conv.convolution, mode), x }, mode, activation, extras);
      return ended ?? layer(conv(x, mode), mode, activation, extras);
    },
    fork(maps: Maps, mode: Mode, activation: Activation) {
      if (mode.training) {
        const onStatistics = statistics.update;
        const inputs = { scale, offset, epsilon, onStatistics, running: moments };
        return batchNormSharedInput(maps, inputs, activation);
      }
      const x = joined(maps);
      return { normalised: layer(x, mode, activation), x };
    },
  });
}

/** A convolution with the precision of a pass. */
function atPrecision<C extends Omit<EndedConvolution, "x">>(
  convolution: C,
  { precision }: Mode,
): C {
  return precision === undefined
    ? convolution
    : { ...convolution, padding: { ...convolution.padding, precision } };
}

/** Running mean and variance of a batch normalisation, with their update rule. */
export interface RunningStatistics {
  readonly mean: tf.Variable<tf.Rank.R1>;
  readonly variance: tf.Variable<tf.Rank.R1>;
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
