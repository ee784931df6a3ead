/** Rows of charts and tables: in groups, fewer, and at least one. */

/** Groups rows by a key, groups and rows in order of appearance. */
export function groupRows<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** At most `limit` of the rows, evenly spaced, the first and the last among them. */
export function thinRows<T>(rows: readonly T[], limit: number): T[] {
  if (rows.length <= limit) return [...rows];
  const step = (rows.length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, index) => rows[Math.round(index * step)]!);
}

/** @throws RangeError when a chart would be empty. */
export function checkRows(rows: { readonly length: number }, chart: string): void {
  if (rows.length === 0) {
    throw new RangeError(`Cannot draw ${chart}: found 0 rows, want at least 1`);
  }
}
