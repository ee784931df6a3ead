/** 𝓡_n by random signs: how well a student's loss can be made to follow them. */
import type { Task } from "../base/contracts.ts";
import type { Rng } from "../base/rng.ts";
import { type BootstrapOptions, type IntervalEstimate, meanEstimate } from "./estimators.ts";

/** Labels that make a student's loss follow signs. */
export interface SignedLabels {
  /** σ_i, each 1 or −1 with probability ½. */
  readonly signs: Int8Array;
  /** To train on: the true label where σ is −1 and loss is unwanted, another one where σ is 1 and loss is wanted. */
  readonly labels: Float32Array;
}

/**
 * Draws signs and the labels that ordinary training has to learn for (1/n) Σ σ_i ℓ_i to be greatest: few losses where
 * σ = −1, many where σ = 1. Of scalar labels the wrong one is the farther end of the range.
 */
export function signedLabels(labels: Float32Array, task: Task, rng: Rng): SignedLabels {
  const signs = Int8Array.from(labels, () => rng.uniform() < 0.5 ? 1 : -1);
  return {
    signs,
    labels: labels.map((label, i) => {
      if (signs[i] === -1) return label;
      if (task.kind === "classification") {
        return (label + 1 + rng.integer(task.classes - 1)) % task.classes;
      }
      return 2 * label > task.minimum + task.maximum ? task.minimum : task.maximum;
    }),
  };
}

/** A student trained to make its loss follow random signs. */
export interface SignFit {
  /** σ_i, each 1 or −1 with probability ½. */
  readonly signs: ArrayLike<number>;
  /** ℓ(f(x_i), y_i) of the student that was trained on them, for the true labels y. */
  readonly losses: ArrayLike<number>;
}

/**
 * Mean over sign draws of (1/n) Σ σ_i ℓ_i: a lower estimate of 𝓡_n, since training finds less than the
 * supremum. ½ for students that learn any labels by heart under 0-1 loss.
 */
export function rademacherLowerEstimate(
  fits: readonly SignFit[],
  options: BootstrapOptions,
): IntervalEstimate {
  const correlations = fits.map(({ signs, losses }) => {
    let sum = 0;
    for (let i = 0; i < signs.length; i++) sum += signs[i]! * losses[i]!;
    return sum / signs.length;
  });
  return meanEstimate(correlations, options);
}
