/** Numbers as sentences and tables say them. */

/**
 * The unit of a difference between two values: of percentages it is percentage points, since "2 %" of an error rate
 * could be a share of it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(unitOfDifferences("%"), "points");
 * assert.equal(unitOfDifferences("degrees"), "degrees");
 * ```
 */
export function unitOfDifferences(unit: string): string {
  return ["%", "percent", "pct"].includes(unit) ? "points" : unit;
}

/** "1 seed", "3 seeds", "1,200 images". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : plural}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
