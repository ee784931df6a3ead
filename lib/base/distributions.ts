/** Distributions that intervals and tests need, from jstat, typed. */
import jstat from "jstat";

/** What is used of a package without types. */
interface Jstat {
  readonly studentt: {
    inv(probability: number, degreesOfFreedom: number): number;
    cdf(value: number, degreesOfFreedom: number): number;
  };
  erfc(x: number): number;
}

const { studentt, erfc } = jstat as unknown as Jstat;

/**
 * The value below which Student's t lies with a probability.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(studentQuantile(0.975, 2).toFixed(4), "4.3027");
 * ```
 */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  return studentt.inv(probability, degreesOfFreedom);
}

/**
 * Probability that Student's t is at least this far from 0, on both sides.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(studentTails(4.302653, 2).toFixed(6), "0.050000");
 * ```
 */
export function studentTails(distance: number, degreesOfFreedom: number): number {
  // jstat gives a little more than one half at 0.
  return Math.min(1, 2 * studentt.cdf(-Math.abs(distance), degreesOfFreedom));
}

/**
 * Probability that a standard normal variable is at least this far from 0, on both sides.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(normalTails(1.959964).toFixed(6), "0.050000");
 * ```
 */
export function normalTails(distance: number): number {
  return erfc(Math.abs(distance) / Math.SQRT2);
}
