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
  /** Resamples; default: 1,000. */
  readonly replicates?: number;
  /** Level of the interval; default: 0.95. */
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
  options: BootstrapOptions,
): IntervalEstimate {
  checkInteger(count, "count");
  return bootstrapGroups([Uint32Array.from({ length: count }, (_, i) => i)], statistic, options);
}

/**
 * Percentile bootstrap within groups: each keeps its size in every replicate.
 *
 * @param groups Positions of each group; together they are 0 to count − 1.
 * @param statistic Of one position for each, group by group; must not keep the array.
 */
export function bootstrapGroups(
  groups: readonly ArrayLike<number>[],
  statistic: (positions: Uint32Array) => number,
  { rng, replicates = 1000, level = 0.95 }: BootstrapOptions,
): IntervalEstimate {
  checkFraction(level, "level");
  const positions = Uint32Array.from(groups.flatMap((group) => Array.from(group)));
  const value = statistic(positions);
  const values = new Float64Array(replicates);
  for (let r = 0; r < replicates; r++) {
    let i = 0;
    for (const group of groups) {
      for (let k = 0; k < group.length; k++) positions[i++] = group[rng.integer(group.length)]!;
    }
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

/** Ratios of held-out images of both sets. */
export interface RatiosOfBoth {
  /** r̂ of real images. */
  readonly real: ArrayLike<number>;
  /** r̂ of fakes. */
  readonly fake: ArrayLike<number>;
  /** How much each real image counts, so that labels are as frequent as among the fakes; default: all the same. */
  readonly realWeights?: ArrayLike<number>;
}

/**
 * ½ (E_r |2η − 1| + E_g |2η − 1|) with η = r̂ / (1 + r̂): TV = ½ ∫ |p_r − p_g| as a plug-in, the integral taken over both sets.
 *
 * Noise in r̂ biases it upward: report the same number for real against real as the floor.
 *
 * Each image counts at most 1, so that no single ratio decides; a mean of |r̂ − 1| over fakes alone passed 1 by one ratio
 * of a hundred where the truth was 0.17.
 */
export function totalVariationOfBoth(
  { real, fake, realWeights }: RatiosOfBoth,
  options: BootstrapOptions,
): IntervalEstimate {
  const distances = Float64Array.from(
    [...Array.from(real), ...Array.from(fake)],
    (ratio) => ratio === Infinity ? 1 : Math.abs(ratio - 1) / (ratio + 1),
  );
  const weightOf = (i: number) => i < real.length ? realWeights?.[i] ?? 1 : 1;
  const groups = [
    Uint32Array.from(real, (_, i) => i),
    Uint32Array.from(fake, (_, i) => real.length + i),
  ];
  return bootstrapGroups(groups, (positions) => {
    const meanOf = (from: number, to: number) => {
      let sum = 0;
      let total = 0;
      for (let k = from; k < to; k++) {
        const i = positions[k]!;
        sum += weightOf(i) * distances[i]!;
        total += weightOf(i);
      }
      return total === 0 ? 0 : sum / total;
    };
    return (meanOf(0, real.length) + meanOf(real.length, positions.length)) / 2;
  }, options);
}

/** Positions of equal values, in order of first appearance. */
export function positionsBy(values: readonly number[]): number[][] {
  const groups = new Map<number, number[]>();
  for (const [i, value] of values.entries()) {
    const group = groups.get(value);
    if (group) group.push(i);
    else groups.set(value, [i]);
  }
  return [...groups.values()];
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
 * @param delta δ; default: 0.05.
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
 * How often two labellings differ (classes), or the mean of min(1, |a − b| / range) (real labels), in [0, 1]. Of the
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
      `Cannot compare labels: found ${first.length} and ${second.length}, want equal counts`,
    );
  }
  const gaps = Float64Array.from(first, (value, i) => {
    const other = second[i]!;
    if (range === undefined) return Number(value !== other);
    // A network may answer far outside the range; the loss of the theorem is at most 1.
    return Math.min(1, Math.abs(value - other) / range);
  });
  return meanEstimate(gaps, options);
}
