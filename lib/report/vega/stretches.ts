/** The label axis in stretches, each long enough to average over. */
import { maximum, minimum } from "./numbers.ts";

/** Some neighbouring labels. */
export interface Stretch {
  /** Mean of the labels in it. */
  readonly label: number;
  /** Positions of the values in it. */
  readonly positions: readonly number[];
}

/**
 * Positions of values in stretches of the label axis, ascending, none empty: a stretch for each label
 * where there are at most `most`, else equal parts of the range. Labels that are not finite are left
 * out.
 */
export function stretchesOf(labels: ArrayLike<number>, most: number): Stretch[] {
  const places = Array.from(labels, (_, i) => i).filter((i) => Number.isFinite(labels[i]!));
  const own = places.map((i) => labels[i]!);
  const distinct = [...new Set(own)].sort((a, b) => a - b);
  const low = minimum(own);
  const width = (maximum(own) - low) / most;
  const rank = new Map(distinct.map((label, k) => [label, k]));
  const groups: number[][] = Array.from({ length: Math.min(most, distinct.length) }, () => []);
  for (const i of places) {
    const index = distinct.length <= most
      ? rank.get(labels[i]!)!
      : Math.min(most - 1, Math.floor((labels[i]! - low) / width));
    groups[index]!.push(i);
  }
  return groups.filter((positions) => positions.length > 0).map((positions) => ({
    label: positions.reduce((sum, i) => sum + labels[i]!, 0) / positions.length,
    positions,
  }));
}
