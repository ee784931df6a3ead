/** Scalar labels as messages and pages say them. */

/** A label in six digits: float32 keeps 89.9 as 89.90000153. */
export function shortLabel(label: number): number {
  return Number(label.toPrecision(6));
}
