/**
 * Convolutions that end in the batch normalisation that follows, in training: one kernel forward and one for all
 * gradients. Statistics are taken of what was just computed, and slopes before the normalisation are used before they
 * leave the cache.
 */
import * as tf from "@tensorflow/tfjs";
import { wantConvolution } from "./checks.ts";
import { sidesOf } from "./explicit_padding.ts";
import type { EndedConvolution } from "./norm_inference.ts";
import { type Activation, ACTIVATION_NUMBERS } from "../maps/activation.ts";
import { moveStatistics, type RunningMoments } from "../normalisation/batch_norm.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { checkPrecision, factorsOf } from "../tensorflow/precision.ts";
import { type Attribute, rawOp } from "../tensorflow/raw_op.ts";
import { wantVectors } from "../tensorflow/shapes.ts";

/** What follows the convolution. */
export interface NormTraining {
  /** `[channels]`. */
  readonly scale: tf.Tensor1D;
  /** `[channels]`. */
  readonly offset: tf.Tensor1D;
  /** Added to the variance. */
  readonly epsilon: number;
  readonly running: RunningMoments;
  readonly activation: Activation;
  /** Added before the activation. */
  readonly shortcut?: tf.Tensor4D;
}

/**
 * The activation of `batchNormTraining` of the convolution, the shortcut added. Undefined where no kernel does all of it:
 * the caller computes one after the other then, to the same numbers but for rounding.
 *
 * @throws {TypeError | RangeError} See `wantConvolution` and `checkPrecision`; or there is not one number per channel.
 */
export function convNormTraining(
  { x, filter, kind, padding }: EndedConvolution,
  { scale, offset, epsilon, running, activation, shortcut }: NormTraining,
): tf.Tensor4D | undefined {
  const call = "convNormTraining()";
  wantConvolution(call, { x, filter, kind }, padding);
  const channels = filter.shape[kind === "dense" ? 3 : 2];
  wantVectors(call, channels, { scale, offset, mean: running.mean, variance: running.variance });
  const sides = sidesOf(x, filter.shape[0], padding);
  if (!hasOwnKernels || sides === undefined || running.bias !== undefined) return undefined;
  if (shortcut !== undefined && activation !== "none") return undefined;
  const { stride, before, after } = sides;
  const kernel = filter.shape[0];
  const isPoint = kind === "dense" && kernel === 1 && before === 0 && after === 0;
  if (!isPoint && !(kind === "depthwise" && (kernel === 3 || kernel === 5))) return undefined;
  const name = isPoint ? "CganKdPointwiseNormStep" : "CganKdDepthwiseNormStep";
  const shape = { stride: { int: stride }, activation: { int: ACTIVATION_NUMBERS[activation] } };
  checkPrecision(padding.precision);
  const windows = isPoint
    ? { ...shape, ...factorsOf(padding.precision) }
    : { ...shape, kernel: { int: kernel }, before: { int: before } };
  const settings: Record<string, Attribute> = {
    ...windows,
    ...isPoint ? {} : { after: { int: after } },
    epsilon: { float: epsilon },
    momentum: { float: running.momentum },
    shortcuts: { int: shortcut === undefined ? 0 : 1 },
  };
  const run = tf.customGrad((...given) => {
    const save = given.pop() as tf.GradSaveFunc;
    const tensors = given as tf.Tensor[];
    const [maps, weights, gain, shift] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const inputs = [...tensors, running.mean, running.variance];
    const [y, z, mean, inverse, nextVariance, nextMean] = rawOp(name, inputs, settings, 6);
    moveStatistics(running, { mean: nextMean!, variance: nextVariance! });
    save([maps, weights, z!, gain, shift, mean!, inverse!]);
    return {
      value: y!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const gradients = rawOp(`${name}Grad`, [dy, ...saved], windows, 4);
        return shortcut === undefined ? gradients : [...gradients, dy.clone()];
      },
    };
  });
  return run(x, filter, scale, offset, ...shortcut === undefined ? [] : [shortcut]) as tf.Tensor4D;
}
