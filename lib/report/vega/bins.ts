/** Values counted in bins. */

/** A named set of numbers. */
export interface ValueGroup {
  /** For instance "real", "fake" or "accepted". */
  readonly name: string;
  /** In the unit of the axis. */
  readonly values: ArrayLike<number>;
}

/** One bin of a histogram: values in [low, high), and how many of the group's values they are. */
export interface Bin {
  /** Included. */
  readonly low: number;
  /** Excluded, but for the last bin. */
  readonly high: number;
  /** Values in the bin. */
  readonly count: number;
  /** Percent of all values of the group. */
  readonly percent: number;
}

/**
 * Counts values in equal bins from `low` to `high`; what lies outside goes to the outermost bins, and
 * values that are not numbers are left out.
 *
 * @throws RangeError if `high` is not above `low` or there are no bins.
 */
export function countBins(
  values: ArrayLike<number>,
  { low, high, bins }: { low: number; high: number; bins: number },
): Bin[] {
  if (!(high > low) || !(bins >= 1)) {
    throw new RangeError(
      `Cannot count values: found ${bins} bins from ${low} to ${high}, want at least one bin ` +
        "and an upper end above the lower",
    );
  }
  const counts = new Array<number>(bins).fill(0);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    // An infinite value lies outside as well; clamping the index takes care of it.
    const index = Math.floor((value - low) / (high - low) * bins);
    counts[Math.min(bins - 1, Math.max(0, index))]! += 1;
    total += 1;
  }
  const width = (high - low) / bins;
  return counts.map((count, index) => ({
    low: low + index * width,
    high: index === bins - 1 ? high : low + (index + 1) * width,
    count,
    percent: total === 0 ? 0 : 100 * count / total,
  }));
}
