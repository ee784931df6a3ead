/** ε_opt from training errors: how far a student stays above the least error that its class has on its training set. */

/** Between what ε_opt lies, in units of the loss. */
export interface OptimisationError {
  /** Training error less the least that any student of the class reached on the same set. */
  readonly low: number;
  /** Training error itself, since no loss is below 0. */
  readonly high: number;
}

/**
 * R̂(f̂) − inf R̂ is at most R̂(f̂), and at least R̂(f̂) − R̂(f) for whatever f of the class was trained longer or from
 * another seed.
 *
 * @param training R̂(f̂): error on the training set, fakes and their labels included.
 * @param others R̂ of other students of the same class on the same set; none leave a lower end of 0.
 * @throws {RangeError} An error is negative or no number.
 */
export function optimisationError(
  training: number,
  others: readonly number[] = [],
): OptimisationError {
  for (const error of [training, ...others]) {
    if (!(error >= 0)) {
      throw new RangeError(
        `Cannot bound the optimisation error: found a loss of ${error}, want at least 0`,
      );
    }
  }
  return { low: training - Math.min(training, ...others), high: training };
}
