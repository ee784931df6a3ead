/** Blocks that several families share: convolution with normalisation, gates, stochastic depth. */
import { type Initialiser, type Mode, normal, type Scope, torchUniform } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { activate, type Activation } from "../native/maps/activation.ts";
import { uniformTensor } from "../native/vectors/random.ts";
import { gateChannels } from "../native/maps/squeeze_excite.ts";
import {
  batchNorm,
  type BatchNormOptions,
  conv2d,
  type ConvOptions,
  depthwiseConv2d,
  type Layer,
  type NormLayer,
} from "./layers.ts";
import type { TapRecorder } from "./network.ts";

/** Options of `convNorm`: a convolution without bias, and the numbers of its normalisation. */
export interface ConvNormOptions extends Omit<ConvOptions, "bias" | "biasInit" | "out"> {
  /** Channels out; `depthwiseNorm` leaves them as they are. */
  readonly out: number;
  /** Epsilon and momentum of the normalisation; default: PyTorch's. */
  readonly norm?: Omit<BatchNormOptions, "channels">;
}

/** Convolution without bias, then batch normalisation. */
export function convNorm(scope: Scope, options: ConvNormOptions): NormLayer {
  const conv = conv2d(scope.at("conv"), { ...options, bias: false });
  const norm = batchNorm(scope.at("norm"), { channels: options.out, ...options.norm });
  return (x, mode, activation, shortcut) => norm.after(conv, x, mode, activation, { shortcut });
}

/**
 * Convolution with a bias, then batch normalisation, an activation and, if wanted, a max-pool over windows
 * of 2 x 2. The bias costs no pass over memory: in training it cancels.
 */
export function convBiasNorm(
  scope: Scope,
  options: Omit<ConvNormOptions, "norm">,
): (x: tf.Tensor4D, mode: Mode, activation?: Activation, pool?: boolean) => tf.Tensor4D {
  const place = scope.at("conv");
  const conv = conv2d(place, { ...options, bias: false });
  const init = torchUniform(options.kernel ** 2 * options.in);
  const bias = place.weight<tf.Rank.R1>("bias", [options.out], init) as tf.Tensor1D;
  const norm = batchNorm(scope.at("norm"), { channels: options.out });
  return (x, mode, activation, pool) => norm(conv(x, mode), mode, activation, { bias, pool });
}

/** Depthwise convolution, then batch normalisation. */
export function depthwiseNorm(scope: Scope, options: Omit<ConvNormOptions, "out">): NormLayer {
  const conv = depthwiseConv2d(scope.at("conv"), options);
  const norm = batchNorm(scope.at("norm"), { channels: options.in, ...options.norm });
  return (x, mode, activation) => norm.after(conv, x, mode, activation);
}

/**
 * Runs a layer with its activation and records what taps are wanted: both ends of the activation, or its outcome.
 * Where the map before it is not wanted, layer and activation are one kernel, but for a swish beside other taps, whose
 * bits would not be those of the two apart.
 */
export function recordNorm(
  recorder: TapRecorder,
  name: string,
  run: (activation: Activation) => tf.Tensor4D,
  activation: Activation,
): tf.Tensor4D {
  if (!recorder.active || (!recorder.wantsBoth && activation !== "swish")) {
    const post = run(activation);
    return recorder.record(name, post, post);
  }
  const pre = run("none");
  return recorder.record(name, pre, activate(pre, activation));
}

/** PyTorch's Kaiming-normal with fan-out, which counts kernel² · out also for depthwise filters. */
export function kaimingFanOut(size: { kernel: number; out: number }): Initialiser {
  return normal(Math.sqrt(2 / (size.kernel ** 2 * size.out)));
}

/**
 * Squeeze-and-excite: x · sigmoid(W2 · swish(W1 · mean(x) + b1) + b2), one gate per channel.
 *
 * @param channels Channels of x.
 * @param squeezed Entries between the two dense layers.
 */
export function squeezeExcite(scope: Scope, channels: number, squeezed: number): Layer {
  const [squeeze, squeezeBias] = pointWeights(scope.at("squeeze"), channels, squeezed);
  const [excite, exciteBias] = pointWeights(scope.at("excite"), squeezed, channels);
  return (x) => gateChannels(x, { squeeze, squeezeBias, excite, exciteBias });
}

/** Weight and bias of a 1 x 1 convolution, with the names and draws of `conv2d`. */
function pointWeights(scope: Scope, from: number, to: number): [tf.Tensor4D, tf.Tensor1D] {
  const init = torchUniform(from);
  return [
    scope.weight<tf.Rank.R4>("weight", [1, 1, from, to], init) as tf.Tensor4D,
    scope.weight<tf.Rank.R1>("bias", [to], init) as tf.Tensor1D,
  ];
}

/**
 * Drop-connect (stochastic depth): in training each example is zeroed with probability `rate` and the
 * others are divided by 1 − rate; in inference nothing happens.
 *
 * @throws {TypeError} Training without a stream of random numbers.
 */
export function dropConnect(scope: Scope, rate: number): Layer {
  return (x, mode: Mode) => {
    if (!mode.training || rate === 0) return x;
    if (mode.rng === undefined) {
      throw new TypeError(
        "Cannot drop connections in training: the mode holds no stream of random numbers",
      );
    }
    const rng = mode.rng.child("drop_connect", scope.path);
    const draws = uniformTensor(
      [x.shape[0], 1, 1, 1],
      [rng.nextUint32(), rng.nextUint32()],
      (count) => Float32Array.from({ length: count }, () => rng.uniform()),
    );
    return tf.mul(x, tf.greaterEqual(draws, rate).cast("float32").div(1 - rate));
  };
}
