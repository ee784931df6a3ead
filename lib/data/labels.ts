/** Labels as networks see them: one-hot rows for classes, numbers in [0, 1] for degrees and years. */
import { checkInteger } from "../base/check.ts";
import type { Regression } from "../base/contracts.ts";

/**
 * One row a label, 1 at its class and 0 elsewhere: labels 2, 0 of 3 classes are 0, 0, 1, 1, 0, 0.
 *
 * @returns [labels, classes].
 * @throws {RangeError} A label is not an integer from 0 to classes − 1.
 */
export function oneHotRows(labels: ArrayLike<number>, classes: number): Float32Array {
  checkInteger(classes, "classes");
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(
        `Cannot encode label ${i}: found ${label}, want an integer from 0 to ${classes - 1}`,
      );
    }
    rows[i * classes + label] = 1;
  }
  return rows;
}

/**
 * Labels in dataset units to [0, 1]: y / scale (90 for RC-49's degrees, 60 for UTKFace's years).
 *
 * @throws {RangeError} A label lies outside of the task's range.
 */
export function labelsToUnit(labels: ArrayLike<number>, task: Regression): Float32Array {
  return Float32Array.from(labels, (label, i) => {
    if (!(label >= task.minimum && label <= task.maximum)) {
      throw new RangeError(
        `Cannot scale label ${i}: found ${label} ${task.unit}, want ${task.minimum} to ` +
          `${task.maximum}`,
      );
    }
    return label / task.scale;
  });
}

/** Network outputs back to dataset units; predictions may lie outside of the task's range. */
export function labelsFromUnit(values: ArrayLike<number>, task: Regression): Float32Array {
  return Float32Array.from(values, (value) => value * task.scale);
}
