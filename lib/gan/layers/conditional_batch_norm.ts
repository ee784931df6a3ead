/** Batch normalisation whose scale and offset depend on the condition. */
import type { Initialiser, Mode, Scope } from "../../base/module.ts";
import { passOn } from "../../base/pass_on.ts";
import { tf } from "../../base/tf.ts";
import { conditionalNormTraining, hasGanKernels } from "../../native/gan/gan.ts";
import { activate, biasAdd } from "../../native/maps/activation.ts";
import { batchNormTraining } from "../../native/normalisation/batch_norm.ts";
import { linear, runningStatistics } from "../../networks/layers.ts";

/** What stands before and after a conditional normalisation. */
export interface NormNeighbours {
  /** Bias `[channels]` that the convolution before left out; default: none. */
  readonly bias?: tf.Tensor1D;
  /** Default: "none". */
  readonly activation?: "none" | "relu";
  /** Nobody else reads the input, so that it may be freed on the way; default: false. */
  readonly isLastReader?: boolean;
}

/** A normalisation of feature maps given the condition `[batch, conditionSize]`. */
export type ConditionalLayer = (
  x: tf.Tensor4D,
  condition: tf.Tensor2D,
  mode: Mode,
  neighbours?: NormNeighbours,
) => tf.Tensor4D;

/** Makes a map without bias from the condition to a number for each channel. */
export type ConditionMap = (
  scope: Scope,
  size: { in: number; out: number },
) => (condition: tf.Tensor2D, mode: Mode) => tf.Tensor2D;

/** Options of `conditionalBatchNorm`. */
export interface ConditionalBatchNormOptions {
  readonly channels: number;
  readonly conditionSize: number;
  /** Of the two maps from condition to scale and offset. */
  readonly init: Initialiser;
  /** Makes these maps; default: dense layers that start at `init`. */
  readonly map?: ConditionMap;
  /** Weight of the new batch in the running statistics; default: 0.1. */
  readonly momentum?: number;
}

/**
 * normalise(x) · (1 + W_g c) + W_b c, without biases. With one-hot conditions the two maps are the
 * embedding tables of BigGAN's class-conditional form.
 *
 * In training a bias before the normalisation moves only the running mean: the mean of the batch takes it
 * out again, so that its gradient is 0.
 */
export function conditionalBatchNorm(
  scope: Scope,
  { channels, conditionSize, init, map, momentum = 0.1 }: ConditionalBatchNormOptions,
): ConditionalLayer {
  const plain: ConditionMap = (place, size) =>
    linear(place, { ...size, bias: false, weightInit: init });
  const size = { in: conditionSize, out: channels };
  const gain = (map ?? plain)(scope.at("gain"), size);
  const shift = (map ?? plain)(scope.at("shift"), size);
  const statistics = runningStatistics(scope, { channels, momentum });
  return (input, condition, mode, neighbours = {}) => {
    const { bias, activation = "none", isLastReader = false } = neighbours;
    if (mode.training && hasGanKernels) {
      return conditionalNormTraining({
        x: input,
        gain: gain(condition, mode),
        shift: shift(condition, mode),
        epsilon: 1e-5,
        activation,
        onStatistics: ({ mean, variance }) =>
          statistics.update({
            mean: bias === undefined ? mean : tf.add(mean, bias),
            variance,
          }),
      });
    }
    const one = tf.ones<tf.Rank.R1>([channels]);
    const zero = tf.zeros<tf.Rank.R1>([channels]);
    const normalise = (x: tf.Tensor4D): tf.Tensor4D =>
      mode.training
        ? batchNormTraining(x, one, zero, 1e-5, statistics.update)
        : tf.batchNorm4d(x, statistics.mean, statistics.variance, zero, one, 1e-5);
    const broadcast = [input.shape[0], 1, 1, channels];
    const scale = gain(condition, mode).add(1).reshape(broadcast);
    const offset = shift(condition, mode).reshape(broadcast);
    const biased = (x: tf.Tensor4D) => bias === undefined ? x : biasAdd(x, bias);
    const scaled: ((x: tf.Tensor4D) => tf.Tensor4D)[] = [
      (x) => x.mul(scale),
      (x) => x.add(offset),
      (x) => activate(x, activation),
    ];
    return isLastReader
      ? passOn(() => input, [biased, normalise, ...scaled], { frees: !mode.training })
      : passOn(() => normalise(biased(input)), scaled, { frees: !mode.training });
  };
}
