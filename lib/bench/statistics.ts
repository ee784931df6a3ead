/** Statistics of repeated timings. */
import { quantile } from "../base/metrics.ts";

/**
 * The middle value, or the mean of the two middle ones.
 *
 * @throws {RangeError} There are no values.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take a median: found no values");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Median over repetitions of ours / theirs. Both were timed side by side in each repetition, so what slows
 * the machine for a while slows both and leaves their ratio.
 *
 * @throws {RangeError} The lengths differ or are 0.
 */
export function medianOfRatios(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length) {
    throw new RangeError(
      `Cannot compare repetitions: found ${ours.length} and ${theirs.length}, want equal counts`,
    );
  }
  return median(ours.map((value, i) => value / theirs[i]!));
}

/** Half the distance between the quartiles, relative to the median: how far repetitions scatter. */
export function relativeSpread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);
}
