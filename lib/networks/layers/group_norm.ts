/** Group normalisation of vectors, by itself and with what follows it in a hidden layer. */
import { constant, type Mode, type Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { groupNorm, hiddenTail } from "../../native/vectors/hidden_layer.ts";
import { relu } from "../../native/maps/activation.ts";
import { drawsOf } from "./dropout.ts";
import type { VectorLayer } from "./layer.ts";

/** Never drawn from. */
const STILL = { seed: [0, 0], host: (count: number) => new Float32Array(count) } as const;

/** Options of `groupNormVector`. */
export interface GroupNormOptions {
  readonly features: number;
  readonly groups: number;
  /** Default: 1e-5. */
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
