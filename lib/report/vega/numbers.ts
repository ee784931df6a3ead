/** Numbers as charts print and place them. */

/** A plain number for facts and labels: three significant digits, thousands apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return value.toExponential(1);
  // 999.6 has three digits as 1.00e+3 only.
  if (size >= 999.5 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

/** A difference for facts and sentences: like {@link numberText}, with its sign. */
export function signedText(value: number): string {
  const text = numberText(Math.abs(value));
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

/** Six significant digits: enough for a screen, and notebooks stay small. */
export function round(value: number): number {
  return Number(value.toPrecision(6));
}

/** The values that are finite, in their order. */
export function finite(values: ArrayLike<number>): number[] {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i]!)) kept.push(values[i]!);
  return kept;
}

// Loops, since spreading a whole data set into Math.min exceeds the argument limit.
/** The least value; Infinity of none. */
export function minimum(values: readonly number[]): number {
  return values.reduce((least, value) => (value < least ? value : least), Infinity);
}

/** The greatest value; -Infinity of none. */
export function maximum(values: readonly number[]): number {
  return values.reduce((most, value) => (value > most ? value : most), -Infinity);
}

/** The next of 1, 2, 5, 10, ... at or above a positive value. */
export function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 3, 5, 10].find((multiple) => multiple * power >= value) ?? 10;
  return step * power;
}
