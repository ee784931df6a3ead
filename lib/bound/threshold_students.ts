/**
 * Students of one number whose training is exact, so that complexity and optimisation error are known: f(x) = s where
 * x > t, else −s. What estimates those terms for networks is held against them.
 */
import type { Rng } from "../base/rng.ts";

/** f(x) = sign where x > threshold, else −sign. */
export interface ThresholdStudent {
  readonly threshold: number;
  readonly sign: 1 | -1;
}

/** Numbers with labels 1 and −1. */
export interface ThresholdSample {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** The student with the fewest errors on a sample, found by sorting: the infimum of the empirical risk. */
export function bestThreshold({ x, y }: ThresholdSample): ThresholdStudent {
  const order = Array.from(x, (_, i) => i).sort((a, b) => x[a]! - x[b]!);
  // Errors of "+1 above the threshold", the threshold below everything at first.
  let errors = order.reduce((sum, i) => sum + Number(y[i]! < 0), 0);
  let best: ThresholdStudent & { errors: number } = { threshold: -Infinity, sign: 1, errors };
  if (x.length - errors < errors) best = { ...best, sign: -1, errors: x.length - errors };
  for (const [k, i] of order.entries()) {
    errors += y[i]! > 0 ? 1 : -1;
    const next = order[k + 1];
    const threshold = next === undefined ? Infinity : (x[i]! + x[next]!) / 2;
    for (const sign of [1, -1] as const) {
      const found = sign === 1 ? errors : x.length - errors;
      if (found < best.errors) best = { threshold, sign, errors: found };
    }
  }
  return { threshold: best.threshold, sign: best.sign };
}

/** The best of some students whose thresholds are points of the sample: training that stops early. */
export function searchedThreshold(
  sample: ThresholdSample,
  { tries, rng }: { readonly tries: number; readonly rng: Rng },
): ThresholdStudent {
  let best: ThresholdStudent | undefined;
  let least = Infinity;
  for (let k = 0; k < tries; k++) {
    const threshold = sample.x[rng.integer(sample.x.length)]!;
    for (const sign of [1, -1] as const) {
      const error = thresholdError({ threshold, sign }, sample);
      if (error < least) [best, least] = [{ threshold, sign }, error];
    }
  }
  return best!;
}

/** 0-1 loss on each point. */
export function thresholdLosses(
  { threshold, sign }: ThresholdStudent,
  { x, y }: ThresholdSample,
): Float64Array {
  return Float64Array.from(x, (value, i) => Number((value > threshold ? sign : -sign) !== y[i]));
}

/** Share of a sample that a student gets wrong. */
export function thresholdError(student: ThresholdStudent, sample: ThresholdSample): number {
  const losses = thresholdLosses(student, sample);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/**
 * 𝓡_n of these students under 0-1 loss. The supremum over them of mean σ ℓ is exact, a greatest partial sum of signs; it
 * is averaged over draws. σ ℓ = σ (1 − y f) / 2: the part without f has mean 0, and σ y is as random as σ.
 */
export function thresholdComplexity(n: number, rng: Rng, draws = 200): number {
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    const signs = Int8Array.from({ length: n }, () => rng.uniform() < 0.5 ? 1 : -1);
    let total = signs.reduce((a, b) => a + b, 0);
    let most = Math.abs(total);
    for (const sign of signs) {
      total -= 2 * sign;
      most = Math.max(most, Math.abs(total));
    }
    sum += most / (2 * n);
  }
  return sum / draws;
}
