/**
 * 𝓡_n from trainings without distillation: how errors fall with N, and how well a student follows random signs. For the
 * notebooks' ablation cells to come, which train students on several numbers of real images.
 */
import {
  bootstrapGroups,
  type BootstrapOptions,
  type IntervalEstimate,
  meanEstimate,
  positionsBy,
} from "./estimators.ts";

/** A student trained to make its loss follow random signs. */
export interface SignFit {
  /** σ_i, each 1 or −1 with probability 1/2. */
  readonly signs: ArrayLike<number>;
  /** ℓ(f(x_i), y_i) of the student that was trained on them. */
  readonly losses: ArrayLike<number>;
}

/**
 * Mean over sign draws of (1/n) Σ σ_i ℓ_i: a lower estimate of 𝓡_n, since training finds less than the
 * supremum.
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

/** One training of the no-distillation student. */
export interface LearningPoint {
  /** N: real training images. */
  readonly real: number;
  /** Test error in units of the loss (0 … 1, not percent). */
  readonly error: number;
}

/** error ≈ a + b / √N. */
export interface LearningCurve {
  readonly a: number;
  /** With the interval of a bootstrap that redraws seeds within each size. */
  readonly b: IntervalEstimate;
}

/**
 * Least squares of a + b / √N on the test errors of the no-distillation student.
 *
 * @param points At least four sizes, three seeds each.
 * @throws {RangeError} Fewer than four sizes.
 */
export function fitLearningCurve(
  points: readonly LearningPoint[],
  options: BootstrapOptions,
): LearningCurve {
  const groups = positionsBy(points.map(({ real }) => real));
  if (groups.length < 4) {
    throw new RangeError(
      `Cannot fit a learning curve: found ${groups.length} sizes, want at least 4`,
    );
  }
  const fit = (positions: ArrayLike<number>) => {
    const chosen = Array.from(positions, (i) => points[i]!);
    return line(chosen.map(({ real }) => real), chosen.map(({ error }) => error));
  };
  const b = bootstrapGroups(groups, (positions) => fit(positions).b, options);
  return { a: fit(groups.flat()).a, b };
}

/** Least squares of error on 1 / √N. */
function line(sizes: readonly number[], errors: readonly number[]): { a: number; b: number } {
  const x = sizes.map((real) => 1 / Math.sqrt(real));
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(errors)];
  let covariance = 0;
  let variance = 0;
  for (const [i, value] of x.entries()) {
    covariance += (value - meanX) * (errors[i]! - meanY);
    variance += (value - meanX) ** 2;
  }
  const b = covariance / variance;
  return { a: meanY - b * meanX, b };
}
