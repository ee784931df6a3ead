/** What the labels of a user's own images are: classes by name, or amounts of something. */
import type { Classification, Regression } from "../../base/contracts.ts";

/** Labels 0 … n − 1 of classes that have names. */
export interface ClassLabels {
  readonly kind: "classes";
  readonly classNames: readonly string[];
}

/** Labels that are amounts. */
export interface ScalarLabels {
  readonly kind: "scalar";
  /** Smallest and largest that there can be; default: those there are. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** In the plural. */
  readonly unit: string;
  /** Labels that fakes are drawn for, at most. */
  readonly targets: number;
}

/** What labels are. */
export type LabelKind = ClassLabels | ScalarLabels;

/** Names of classes in order: of numbers by size, else of the alphabet. */
export function sortedClasses(names: Iterable<string>): string[] {
  const all = [...new Set(names)];
  const areNumbers = all.every((name) => /^-?\d+$/.test(name));
  // The names decide where two are one number: "1" and "01".
  return all.sort((a, b) => (areNumbers && Number(a) - Number(b)) || (a < b ? -1 : 1));
}

/**
 * What is wrong with scalar labels, or undefined. Networks see label / largest label in [0, 1].
 *
 * @param place Says where a label stands, such as "in line 3".
 */
export function scalarFault(
  labels: ArrayLike<number>,
  { minimum = 0, maximum = Infinity, unit }: ScalarLabels,
  place: (index: number) => string,
): { readonly found: string; readonly want: string } | undefined {
  const [least, most] = [Math.fround(minimum), Math.fround(maximum)];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const found = `label ${label} ${place(i)}`;
    if (!Number.isFinite(label)) return { found, want: "a finite number" };
    if (label < 0) {
      return { found, want: "0 or more, since networks see shares of the largest: add to all" };
    }
    if (label < least || label > most) {
      const range = maximum === Infinity ? `${minimum} or more` : `${minimum} to ${maximum}`;
      return { found, want: `${range} ${unit}, as minimum and maximum say` };
    }
  }
  const first = labels[0];
  if (labels.length > 0 && Array.from(labels).every((label) => label === first)) {
    return { found: `label ${first} only`, want: "two different ones at least" };
  }
  return undefined;
}

/** Classes as the chain knows them. */
export function classTask({ classNames }: ClassLabels): Classification {
  return { kind: "classification", classes: classNames.length, classNames };
}

/**
 * Amounts as the chain knows them.
 *
 * @param all Labels of all images, as float32 keeps them.
 * @param train Labels of the training images.
 */
export function scalarTask(
  { unit, targets, ...given }: ScalarLabels,
  all: ArrayLike<number>,
  train: ArrayLike<number>,
): Regression {
  const sorted = Array.from(all).sort((a, b) => a - b);
  // As labels are kept: 0.1 is larger in float32 than as it was written.
  const minimum = Math.fround(given.minimum ?? sorted[0]!);
  const maximum = Math.fround(given.maximum ?? sorted.at(-1)!);
  const distinct = [...new Set(Array.from(train))].sort((a, b) => a - b);
  const count = Math.min(targets, distinct.length);
  const step = (distinct.length - 1) / Math.max(1, count - 1);
  const labels = Array.from({ length: count }, (_, i) => distinct[Math.round(i * step)]!);
  return { kind: "regression", minimum, maximum, scale: maximum, unit, labels };
}
