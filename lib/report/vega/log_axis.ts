/** What a logarithmic axis cannot hold: values of 0 or less are left out, and a line below the title counts them. */
import type { ChartTitles } from "./chart.ts";

/** Whether an axis can hold a value. */
export function fitsAxis(value: number, log: boolean): boolean {
  return Number.isFinite(value) && (!log || value > 0);
}

/** How many values are left out because an axis is logarithmic; what is not finite is on no axis and not counted. */
export function countLeftOut(values: readonly number[], log: boolean): number {
  return values.filter((value) => Number.isFinite(value) && !fitsAxis(value, log)).length;
}

/** In words, none where nothing is left out. */
export function leftOutText(count: number): string[] {
  if (count === 0) return [];
  const values = count === 1 ? "1 value of 0 or less is" : `${count} values of 0 or less are`;
  return [`${values} not drawn: the axis is logarithmic`];
}

/** Titles with lines added below them. */
export function withSubtitle<T extends ChartTitles>(titles: T, lines: readonly string[]): T {
  if (lines.length === 0) return titles;
  const { subtitle = [] } = titles;
  const own = typeof subtitle === "string" ? [subtitle] : subtitle;
  return { ...titles, subtitle: [...own, ...lines] };
}
