/** Batch normalisation whose scale and offset depend on the condition. */
import type { Initialiser, Mode, Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { batchNormTraining } from "../../native/kernels.ts";
import { linear, runningStatistics } from "../../networks/layers.ts";

/** A normalisation of feature maps given the condition `[batch, conditionSize]`. */
export type ConditionalLayer = (x: tf.Tensor4D, condition: tf.Tensor2D, mode: Mode) => tf.Tensor4D;

/** Options of `conditionalBatchNorm`. */
export interface ConditionalBatchNormOptions {
  readonly channels: number;
  readonly conditionSize: number;
  /** Of the two maps from condition to scale and offset. */
  readonly init: Initialiser;
  /** Weight of the new batch in the running statistics; 0.1 unless said. */
  readonly momentum?: number;
}

/**
 * normalise(x) · (1 + W_g c) + W_b c, without biases. With one-hot conditions the two maps are the
 * embedding tables of BigGAN's class-conditional form.
 */
export function conditionalBatchNorm(
  scope: Scope,
  { channels, conditionSize, init, momentum = 0.1 }: ConditionalBatchNormOptions,
): ConditionalLayer {
  const shape = { in: conditionSize, out: channels, bias: false, weightInit: init };
  const gain = linear(scope.at("gain"), shape);
  const shift = linear(scope.at("shift"), shape);
  const statistics = runningStatistics(scope, { channels, momentum });
  return (x, condition, mode) => {
    const one = tf.ones<tf.Rank.R1>([channels]);
    const zero = tf.zeros<tf.Rank.R1>([channels]);
    const normalised = mode.training
      ? batchNormTraining(x, one, zero, 1e-5, statistics.update)
      : tf.batchNorm4d(x, statistics.mean, statistics.variance, zero, one, 1e-5);
    const broadcast = [x.shape[0], 1, 1, channels];
    const scale = gain(condition, mode).add(1).reshape(broadcast);
    return normalised.mul(scale).add(shift(condition, mode).reshape(broadcast));
  };
}
