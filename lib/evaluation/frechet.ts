/** Fréchet distance between two Gaussian fits of features: FID, whatever the features are. */
import { EigenvalueDecomposition, type Matrix } from "ml-matrix";
import type { FeatureMoments } from "./moments.ts";

/** How to add up a Fréchet distance. */
export interface FrechetOptions {
  /**
   * Q17. Default: "squared" (the distance as defined); "norm" adds ‖μ_r − μ_g‖ without the square,
   * as a helper of the reference does.
   */
  readonly meanTerm?: "squared" | "norm";
}

/** A Fréchet distance and its two parts, each >= 0. */
export interface FrechetDistance {
  /** mean + trace. */
  readonly distance: number;
  /** ‖μ_r − μ_g‖², how far apart the centres are. */
  readonly mean: number;
  /** Tr(Σ_r + Σ_g − 2 (Σ_r Σ_g)^½), how much the spreads differ. */
  readonly trace: number;
}

/**
 * ‖μ_r − μ_g‖² + Tr(Σ_r + Σ_g − 2 (Σ_r Σ_g)^½) (method specification 7.4).
 *
 * With Σ_r = A Aᵀ, the product has the eigenvalues of the symmetric AᵀΣ_gA besides zeros, so the trace
 * of its root is Σ √λ. Nothing is inverted, and singular covariances need no ridge: the reference adds
 * 1e-6 where its root is not finite, which this root always is. With n <= d images on a side the
 * matrix is n x n.
 *
 * @throws {TypeError} The fits have features of different sizes.
 * @throws {RangeError} A side holds fewer than two images.
 */
export function frechetDistance(
  real: FeatureMoments,
  fake: FeatureMoments,
  options: FrechetOptions = {},
): FrechetDistance {
  if (real.size !== fake.size) {
    throw new TypeError(
      `Cannot compare Gaussians: found ${real.size} and ${fake.size} features, want equal counts`,
    );
  }
  const centre = fake.mean();
  const squared = real.mean().reduce((sum, value, i) => sum + (value - centre[i]!) ** 2, 0);
  // The cheaper side is factored: it decides the size of the eigenvalue problem.
  const [inner, outer] = real.isThin && !(fake.isThin && fake.count < real.count)
    ? [real, fake]
    : [fake, real];
  const factor = inner.factor();
  let middle: Matrix;
  let spreads = sumOfSquares(factor);
  if (outer.isThin) {
    const other = outer.factor();
    const cross = other.transpose().mmul(factor);
    middle = cross.transpose().mmul(cross);
    spreads += sumOfSquares(other);
  } else {
    const covariance = outer.covariance();
    middle = factor.transpose().mmul(covariance).mmul(factor);
    spreads += covariance.trace();
  }
  // Rounding may leave a distance of −1e-12 between equal fits.
  const trace = Math.max(0, spreads - 2 * traceOfRoot(middle));
  const mean = options.meanTerm === "norm" ? Math.sqrt(squared) : squared;
  return { distance: mean + trace, mean, trace };
}

/** Tr(M^½) of a symmetric positive semi-definite matrix. */
function traceOfRoot(matrix: Matrix): number {
  // The product is symmetric up to rounding.
  const symmetric = matrix.clone().add(matrix.transpose()).mul(0.5);
  const { realEigenvalues } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

/** Tr(A Aᵀ). */
function sumOfSquares(factor: Matrix): number {
  let sum = 0;
  for (let i = 0; i < factor.rows; i++) {
    for (let j = 0; j < factor.columns; j++) sum += factor.get(i, j) ** 2;
  }
  return sum;
}
