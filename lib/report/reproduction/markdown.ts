/** Pieces of a Markdown page that is made from numbers. */

/** What stands where there is no number. */
export const DASH = "–";

/** With two digits after the point, as the paper prints; a dash where there is none. */
export function number(value: number | undefined): string {
  return value === undefined ? DASH : signed(value).replace("+", "");
}

/** With its sign: "+4.03", "−0.50"; what rounds to zero has none. */
export function signed(value: number | undefined): string {
  if (value === undefined) return DASH;
  const digits = Math.abs(value).toFixed(2);
  return Number(digits) === 0 ? digits : `${value < 0 ? "−" : "+"}${digits}`;
}

/** "± 0.21", or a dash. */
export function plusMinus(halfWidth: number | undefined): string {
  return halfWidth === undefined ? DASH : `± ${halfWidth.toFixed(2)}`;
}

/**
 * A table; numbers stand to the right.
 *
 * @param words Columns at the start that hold words.
 */
export function markdownTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  words = 1,
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = titles.map((_, index) => index < words ? "---" : "---:");
  return [line(titles), line(rule), ...rows.map(line)].join("\n");
}

/** Text that a reader opens. */
export function details(title: string, body: string): string {
  return `<details>\n<summary>${title}</summary>\n\n${body}\n\n</details>`;
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}
