/** Scalar labels as messages, pages and pictures say them. */
import type { Regression } from "./contracts.ts";

/** A label in six digits: float32 keeps 89.9 as 89.90000153. */
export function shortLabel(label: number): number {
  return Number(label.toPrecision(6));
}

/**
 * A label with as many digits behind the point as tell some hundreds of labels of its range apart: one of 90 degrees or 60
 * years, three of shares from 0 to 1, none of thousands.
 */
export function labelText(label: number, { minimum, maximum }: Regression): string {
  const digits = Math.ceil(2.5 - Math.log10(maximum - minimum));
  return String(Number(label.toFixed(Math.min(20, Math.max(0, digits)))));
}
