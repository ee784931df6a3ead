/** Figures of merit, quantiles, and the spread over seeds. */
import { studentQuantile } from "./distributions.ts";

/** Index of the largest entry of each row of a `[count, classes]` array. */
export function argMaxRows(values: Float32Array, classes: number): Int32Array {
  const winners = new Int32Array(values.length / classes);
  for (let row = 0; row < winners.length; row++) {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if (values[row * classes + k]! > values[row * classes + best]!) best = k;
    }
    winners[row] = best;
  }
  return winners;
}

/** Share of images whose predicted class is not their label, in percent. */
export function errorRate(predicted: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkLengths(predicted, labels);
  let wrong = 0;
  for (let i = 0; i < labels.length; i++) if (predicted[i] !== labels[i]) wrong++;
  return 100 * wrong / labels.length;
}

/** An estimate's interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's 95 % interval for an error rate: which rates on all images of the kind are compatible with that on `count`
 * test images. (Wilson, J. Am. Stat. Assoc. 22, 1927.)
 *
 * @param rate In percent, as the ends of the interval.
 * @throws {RangeError} The rate is not in [0, 100], or there are no images.
 */
export function errorRateInterval(rate: number, count: number): Interval {
  if (!(rate >= 0 && rate <= 100 && count > 0)) {
    throw new RangeError(
      `Cannot give an interval: found a rate of ${rate} % of ${count} images, want 0 to 100 % of at least one`,
    );
  }
  const share = rate / 100;
  const centre = (share + Z * Z / (2 * count)) / (1 + Z * Z / count);
  const half = Z / (1 + Z * Z / count) *
    Math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count));
  return { low: 100 * (centre - half), high: 100 * (centre + half) };
}

/**
 * The normal 95 % interval for a mean of many values, such as absolute errors of test images.
 *
 * @throws {RangeError} There are less than two.
 */
export function meanInterval(values: ArrayLike<number>): Interval {
  const { mean, deviation } = spreadOf(Array.from(values));
  if (deviation === undefined) {
    throw new RangeError("Cannot give an interval of a mean: found one value, want at least two");
  }
  const half = Z * deviation / Math.sqrt(values.length);
  return { low: mean - half, high: mean + half };
}

/** Mean of |prediction − label|, in the unit of the labels. */
export function meanAbsoluteError(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
): number {
  checkLengths(predicted, labels);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += Math.abs(predicted[i]! - labels[i]!);
  return sum / labels.length;
}

/** −ln softmax(z)_y of each row of a `[count, classes]` array of logits, in nats. */
export function crossEntropyRows(
  logits: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
): Float32Array {
  const losses = new Float32Array(labels.length);
  for (let row = 0; row < losses.length; row++) {
    const z = logits.subarray(row * classes, (row + 1) * classes);
    const top = z.reduce((a, b) => Math.max(a, b), -Infinity);
    let sum = 0;
    for (const value of z) sum += Math.exp(value - top);
    losses[row] = top + Math.log(sum) - z[labels[row]!]!;
  }
  return losses;
}

/**
 * Quantile with linear interpolation between order statistics (NumPy's default).
 *
 * @throws {RangeError} There are no values, one is no number, or the probability is not in [0, 1].
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a quantile: found no values");
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`Cannot take quantile ${probability}: want a number in [0, 1]`);
  }
  const sorted = Float64Array.from(values).sort();
  // Sorting moves them to the end.
  if (Number.isNaN(sorted.at(-1))) {
    throw new RangeError("Cannot take a quantile: found values that are not numbers");
  }
  const position = probability * (sorted.length - 1);
  const low = Math.floor(position);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (position - low) * (sorted[high]! - sorted[low]!);
}

/** Mean over seeds with Student's 95 % confidence interval. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation; undefined for one value. */
  readonly deviation?: number;
  /** Half the width of Student's 95 % interval for the mean; undefined for one value. */
  readonly halfWidth?: number;
}

/**
 * Mean, deviation and interval of repeated runs.
 *
 * @throws {RangeError} There are no values, or one is not finite: a run that failed is left out and counted.
 */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  if (count === 0) throw new RangeError("Cannot average: found no values");
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new RangeError(`Cannot average: found ${odd}, want finite numbers`);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { count, mean };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  const t = studentQuantile(0.975, count - 1);
  return { count, mean, deviation, halfWidth: t * deviation / Math.sqrt(count) };
}

function checkLengths(predicted: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (predicted.length !== labels.length || labels.length === 0) {
    throw new RangeError(
      `Cannot compare: found ${predicted.length} predictions for ${labels.length} labels, want as ` +
        `many, and at least one`,
    );
  }
}
