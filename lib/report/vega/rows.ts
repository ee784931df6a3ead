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

/**
 * Throws when a chart would be empty.
 *
 * @param all What the rows were chosen from, where some were left out.
 * @throws RangeError There is no row.
 */
export function checkRows(
  rows: { readonly length: number },
  chart: string,
  all: { readonly length: number } = rows,
): void {
  if (rows.length > 0) return;
  const found = all.length === 0 ? "0 rows" : `0 rows that the axes can hold among ${all.length}`;
  throw new RangeError(`Cannot draw ${chart}: found ${found}, want at least 1`);
}
