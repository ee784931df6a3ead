/** Estimators of the error bound's terms, each with an interval. */
import { checkFraction, checkInteger } from "../base/check.ts";
import { quantile } from "../base/metrics.ts";
import type { Rng } from "../base/rng.ts";

/** A number with its interval. */
export interface IntervalEstimate {
  /** The estimate itself. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/** How to resample. */
export interface BootstrapOptions {
  readonly rng: Rng;
  /** 1,000 unless said. */
  readonly replicates?: number;
  /** 0.95 unless said. */
  readonly level?: number;
}

/**
 * Percentile bootstrap: the statistic of `count` positions drawn with replacement, again and again.
 *
 * @param statistic Of the positions it is handed; must not keep the array.
 */
export function bootstrap(
  count: number,
  statistic: (positions: Uint32Array) => number,
  { rng, replicates = 1000, level = 0.95 }: BootstrapOptions,
): IntervalEstimate {
  checkInteger(count, "count");
  checkFraction(level, "level");
  const positions = Uint32Array.from({ length: count }, (_, i) => i);
  const value = statistic(positions);
  const values = new Float64Array(replicates);
  for (let r = 0; r < replicates; r++) {
    for (let i = 0; i < count; i++) positions[i] = rng.integer(count);
    values[r] = statistic(positions);
  }
  const tail = (1 - level) / 2;
  return { value, low: quantile(values, tail), high: quantile(values, 1 - tail) };
}

/** Mean of `values`, with its bootstrap interval. */
export function meanEstimate(
  values: ArrayLike<number>,
  options: BootstrapOptions,
): IntervalEstimate {
  return bootstrap(values.length, (positions) => {
    let sum = 0;
    for (const i of positions) sum += values[i]!;
    return sum / positions.length;
  }, options);
}

/** Options of `totalVariationPlugIn`. */
export interface PlugInOptions extends BootstrapOptions {
  /** Class or label bin of each fake: the mean is taken within each, and each counts the same. */
  readonly groups?: ArrayLike<number>;
}

/**
 * ½ · mean |r̂(x) − 1| over fresh processed fakes, where r̂ = p_r / p_g.
 *
 * Noise in r̂ biases it upward: report the same number for real against real as the floor.
 *
 * @param ratios Of a model fitted to real against *processed* fakes, not the one used for subsampling.
 */
export function totalVariationPlugIn(
  ratios: ArrayLike<number>,
  { groups, ...options }: PlugInOptions,
): IntervalEstimate {
  const distances = Float64Array.from(ratios, (ratio) => Math.abs(ratio - 1) / 2);
  if (groups === undefined) return meanEstimate(distances, options);
  const members = new Map<number, number[]>();
  for (let i = 0; i < distances.length; i++) {
    const group = groups[i]!;
    const list = members.get(group);
    if (list) list.push(distances[i]!);
    else members.set(group, [distances[i]!]);
  }
  // Resampling within groups keeps every group in every replicate.
  const lists = [...members.values()];
  const { rng, replicates = 1000, level = 0.95 } = options;
  const draw = (pick: (list: number[]) => number) => {
    const means = lists.map((list) => pick(list));
    return means.reduce((sum, mean) => sum + mean, 0) / means.length;
  };
  const value = draw((list) => list.reduce((sum, d) => sum + d, 0) / list.length);
  const values = Float64Array.from({ length: replicates }, () =>
    draw((list) => {
      let sum = 0;
      for (let i = 0; i < list.length; i++) sum += list[rng.integer(list.length)]!;
      return sum / list.length;
    }));
  const tail = (1 - level) / 2;
  return { value, low: quantile(values, tail), high: quantile(values, 1 - tail) };
}

/** A lower bound that holds whatever the classifier. */
export interface CertifiedBound {
  /** max(0, acc_real + acc_fake − 1 − width): below TV with probability at least 1 − δ. */
  readonly low: number;
  /** acc_real + acc_fake − 1, without the allowance for chance. */
  readonly advantage: number;
  /** √(ln(1/δ) / 2 · (1/n_real + 1/n_fake)), from Hoeffding's inequality. */
  readonly width: number;
}

/**
 * Two-sample test as a bound: for any fixed classifier TV(p_r, p_g) >= acc_real + acc_fake − 1.
 *
 * @param tellsRight Whether the classifier named each held-out image rightly, real ones and fakes; none
 *   of them took part in fitting it.
 * @param delta δ; 0.05 unless said.
 * @throws {RangeError} One side has no images.
 */
export function totalVariationLowerBound(
  tellsRight: { real: ArrayLike<boolean | number>; fake: ArrayLike<boolean | number> },
  delta = 0.05,
): CertifiedBound {
  checkFraction(delta, "delta");
  const accuracy = (marks: ArrayLike<boolean | number>, kind: string) => {
    if (marks.length === 0) throw new RangeError(`Cannot bound TV: found no ${kind} images`);
    let right = 0;
    for (let i = 0; i < marks.length; i++) right += Number(marks[i]);
    return right / marks.length;
  };
  const advantage = accuracy(tellsRight.real, "real") + accuracy(tellsRight.fake, "fake") - 1;
  const inverse = 1 / tellsRight.real.length + 1 / tellsRight.fake.length;
  const width = Math.sqrt(Math.log(1 / delta) / 2 * inverse);
  return { low: Math.max(0, advantage - width), advantage, width };
}

/**
 * How often two labellings differ (classes), or mean |a − b| / range (real labels), in [0, 1]. Of the
 * teacher against true labels it is err_T; against an independent reference network on processed fakes
 * it is the proxy of Λ, to be called a proxy.
 *
 * @param range Label range of a regression task; classes are compared for equality without it.
 * @throws {RangeError} The numbers of labels differ.
 */
export function disagreement(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  { range, ...options }: BootstrapOptions & { readonly range?: number },
): IntervalEstimate {
  if (first.length !== second.length) {
    throw new RangeError(
      `Cannot compare labels: found ${first.length} and ${second.length}, want as many`,
    );
  }
  const gaps = Float64Array.from(first, (value, i) => {
    const other = second[i]!;
    return range === undefined ? Number(value !== other) : Math.abs(value - other) / range;
  });
  return meanEstimate(gaps, options);
}

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
  const bySize = new Map<number, number[]>();
  for (const { real, error } of points) {
    const errors = bySize.get(real);
    if (errors) errors.push(error);
    else bySize.set(real, [error]);
  }
  if (bySize.size < 4) {
    throw new RangeError(
      `Cannot fit a learning curve: found ${bySize.size} sizes, want at least 4`,
    );
  }
  const sizes = [...bySize].flatMap(([real, errors]) => errors.map(() => real));
  const pools = [...bySize.values()];
  const { rng, replicates = 1000, level = 0.95 } = options;
  const { a, b } = line(sizes, pools.flat());
  const slopes = Float64Array.from(
    { length: replicates },
    () => line(sizes, pools.flatMap((pool) => pool.map(() => pool[rng.integer(pool.length)]!))).b,
  );
  const tail = (1 - level) / 2;
  return { a, b: { value: b, low: quantile(slopes, tail), high: quantile(slopes, 1 - tail) } };
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
