/** b of the bound's b / √n from trainings without distillation: how errors fall with the number of real images. */
import {
  bootstrapGroups,
  type BootstrapOptions,
  type IntervalEstimate,
  positionsBy,
} from "./estimators.ts";

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
