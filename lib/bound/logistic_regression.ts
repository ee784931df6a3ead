/** Logistic regression with a ridge penalty, by Newton's method: convex, so no seed and no rate decide what it finds. */
import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** Rows of regressors beside what they belong to. */
export interface LogisticData {
  /** `[count, size]`, row by row. */
  readonly rows: Float64Array;
  /** Entries of a row. */
  readonly size: number;
  /** 1 or 0, one for each row. */
  readonly marks: ArrayLike<number>;
  /** How much each row counts. */
  readonly weights: ArrayLike<number>;
}

/** Steps at the most; ten are many for a convex problem that begins at a solution nearby. */
const MOST_STEPS = 30;
/** Of the greatest change of a coefficient. */
const TOLERANCE = 1e-6;

/**
 * Minimises Σ w_i ln(1 + exp(−s_i β·x_i)) + λ/2 · |β|² without its first entry, s_i = ±1.
 *
 * The first regressor is the intercept, which is not penalised.
 *
 * @param penalty λ, above 0: without it, sets that a plane parts would have no solution.
 * @param start Where to begin; default: 0.
 * @returns β, `[size]`.
 */
export function fitLogistic(
  data: LogisticData,
  penalty: number,
  start: Float64Array = new Float64Array(data.size),
): Float64Array {
  let beta = start.slice();
  let loss = penalisedLoss(data, beta, penalty);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, hessian } = derivatives(data, beta, penalty);
    const direction = new CholeskyDecomposition(hessian).solve(Matrix.columnVector(gradient))
      .to1DArray();
    // Newton's whole step may overshoot where the curve is flat.
    let length = 1;
    let next = beta;
    let nextLoss = Infinity;
    for (; length > 1e-4; length /= 2) {
      next = beta.map((value, k) => value - length * direction[k]!);
      nextLoss = penalisedLoss(data, next, penalty);
      if (nextLoss <= loss) break;
    }
    if (!(nextLoss <= loss)) return beta;
    const change = direction.reduce((most, value) => Math.max(most, Math.abs(length * value)), 0);
    [beta, loss] = [next, nextLoss];
    if (change < TOLERANCE) return beta;
  }
  return beta;
}

/** β·x of each row. */
export function logitsOf(rows: Float64Array, beta: Float64Array): Float64Array {
  const { length: size } = beta;
  return Float64Array.from({ length: rows.length / size }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += rows[i * size + k]! * beta[k]!;
    return sum;
  });
}

/** w · −ln p(mark) of each row, in nats. */
export function logLosses(data: LogisticData, beta: Float64Array): Float64Array {
  return logitsOf(data.rows, beta).map((logit, i) =>
    data.weights[i]! * softplus(data.marks[i] ? -logit : logit)
  );
}

function penalisedLoss(data: LogisticData, beta: Float64Array, penalty: number): number {
  const loss = logLosses(data, beta).reduce((sum, value) => sum + value, 0);
  let squares = 0;
  for (let k = 1; k < beta.length; k++) squares += beta[k]! ** 2;
  return loss + penalty / 2 * squares;
}

function derivatives(
  { rows, size, marks, weights }: LogisticData,
  beta: Float64Array,
  penalty: number,
): { readonly gradient: Float64Array; readonly hessian: Matrix } {
  const gradient = beta.map((value, k) => k === 0 ? 0 : penalty * value);
  const flat = new Float64Array(size * size);
  for (const [i, logit] of logitsOf(rows, beta).entries()) {
    const p = 1 / (1 + Math.exp(-logit));
    const slope = weights[i]! * (p - Number(marks[i]));
    const curvature = weights[i]! * p * (1 - p);
    const at = i * size;
    for (let k = 0; k < size; k++) {
      const x = rows[at + k]!;
      if (x === 0) continue;
      gradient[k]! += slope * x;
      const scaled = curvature * x;
      for (let j = 0; j <= k; j++) flat[k * size + j]! += scaled * rows[at + j]!;
    }
  }
  const hessian = Matrix.zeros(size, size);
  for (let k = 0; k < size; k++) {
    for (let j = 0; j <= k; j++) {
      const value = flat[k * size + j]! + (k === j ? (k === 0 ? 1e-9 : penalty) : 0);
      hessian.set(k, j, value);
      hessian.set(j, k, value);
    }
  }
  return { gradient, hessian };
}

/** ln(1 + exp(x)). */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
