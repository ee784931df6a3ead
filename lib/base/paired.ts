/** Paired differences over seeds, and what many of them at once prove. */
import { studentTails } from "./distributions.ts";
import { type Spread, spreadOf } from "./metrics.ts";

/** Differences of pairs: their mean with Student's 95 % interval, and how likely chance alone gives as much. */
export interface PairedDifference extends Spread {
  /** Of the two-sided t-test that the mean difference is 0; undefined below two pairs. */
  readonly pValue?: number;
}

/**
 * Mean of paired differences, with interval and p-value. Equal differences have no spread to judge by: their p-value is 0,
 * or 1 where they are 0.
 *
 * @throws {RangeError} There are no pairs, or a difference is not finite.
 */
export function pairedDifference(differences: readonly number[]): PairedDifference {
  const spread = spreadOf(differences);
  const { count, mean, deviation } = spread;
  if (deviation === undefined) return spread;
  if (deviation === 0) return { ...spread, pValue: mean === 0 ? 1 : 0 };
  const t = mean / (deviation / Math.sqrt(count));
  return { ...spread, pValue: studentTails(t, count - 1) };
}

/**
 * Holm's correction: p-values of several tests, so that the chance of any false finding among them stays below the level.
 * The k-th smallest of m is multiplied by m − k + 1, and none is below a smaller one's.
 *
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979.
 *
 * @returns In the order of the input, at most 1.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
 * ```
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = new Array<number>(pValues.length);
  let most = 0;
  for (const [rank, i] of order.entries()) {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * pValues[i]!));
    corrected[i] = most;
  }
  return corrected;
}
