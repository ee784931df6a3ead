/** Updates of all weights of a network in one call, and of running statistics. */
import * as tf from "@tensorflow/tfjs";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";
import { wantVectors } from "../tensorflow/shapes.ts";

/** Whether `updateBySgd` and `updateByAdam` can be called. */
export const hasUpdateKernels: boolean = hasOwnKernels;

/** The weights and their gradients, in the same order. */
export interface Updated {
  readonly weights: readonly tf.Variable[];
  /** `[0]` for one that is all zeros. */
  readonly gradients: readonly tf.Tensor[];
}

/** Settings of `updateBySgd`. */
export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** One step of stochastic gradient descent, as `sgd` in lib/base/training/optimisers.ts defines it; in a tidy. */
export function updateBySgd(
  { weights, gradients }: Updated,
  velocity: tf.Variable<tf.Rank.R1>,
  { learningRate, momentum, weightDecay }: SgdSettings,
): void {
  const settings = tf.tensor1d([learningRate, momentum, weightDecay]);
  const results = rawOp(
    "CganKdSgd",
    [...weights, ...gradients, velocity, settings],
    { N: { int: weights.length } },
    weights.length + 1,
  );
  assign([...weights, velocity], results);
}

/** Settings of `updateByAdam`. */
export interface AdamSettings {
  /** Learning rate / (1 − β1ᵗ). */
  readonly scale: number;
  /** 1 / √(1 − β2ᵗ). */
  readonly correction: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** One step of Adam, as `adam` in lib/base/training/optimisers.ts defines it; in a tidy. */
export function updateByAdam(
  { weights, gradients }: Updated,
  /** No first moment when β1 is 0. */
  { first, second }: { first?: tf.Variable<tf.Rank.R1>; second: tf.Variable<tf.Rank.R1> },
  { scale, correction, beta1, beta2, epsilon, weightDecay }: AdamSettings,
): void {
  const settings = tf.tensor1d([scale, correction, beta1, beta2, epsilon, weightDecay]);
  const results = rawOp(
    "CganKdAdam",
    [...weights, ...gradients, first ?? tf.tensor1d([]), second, settings],
    { N: { int: weights.length } },
    weights.length + 2,
  );
  const nextSecond = results.pop()!;
  const nextFirst = results.pop()!;
  assign(weights, results);
  first?.assign(nextFirst as tf.Tensor1D);
  second.assign(nextSecond as tf.Tensor1D);
}

/**
 * running ← (1 − momentum) · running + momentum · batch, for mean and variance; in a tidy.
 *
 * @throws {TypeError} One has not as many channels as the others.
 */
export function blendStatistics(
  running: { mean: tf.Variable<tf.Rank.R1>; variance: tf.Variable<tf.Rank.R1> },
  batch: { mean: tf.Tensor1D; variance: tf.Tensor1D },
  momentum: number,
): void {
  const { mean, variance } = running;
  const moments = {
    variance,
    "the batch's mean": batch.mean,
    "the batch's variance": batch.variance,
  };
  wantVectors("blendStatistics()", mean.size, moments);
  const results = hasOwnKernels
    ? rawOp("CganKdBlend", [mean, variance, batch.mean, batch.variance], {
      momentum: { float: momentum },
    }, 2)
    : [
      mean.mul(1 - momentum).add(batch.mean.mul(momentum)),
      variance.mul(1 - momentum).add(batch.variance.mul(momentum)),
    ];
  assign([mean, variance], results);
}

function assign(variables: readonly tf.Variable[], values: readonly tf.Tensor[]): void {
  for (const [i, variable] of variables.entries()) variable.assign(values[i]!);
}
