/** What figures along the labels share. */
import type { Dataset, Regression } from "../../base/contracts.ts";

/**
 * What the labels of a data set mean, where they are amounts.
 *
 * @throws {TypeError} They are classes.
 */
export function scalarTaskOf({ train: { task } }: Dataset): Regression {
  if (task.kind === "regression") return task;
  throw new TypeError("Cannot look along a label axis: found classes, want scalar labels");
}

/** The mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
