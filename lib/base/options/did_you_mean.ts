/** The name that somebody meant who misspelt it. */

/**
 * "; did you mean "epochs"?", to end an error with; empty where no known name is near.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(didYouMean("weigthDecay", ["epochs", "weightDecay"]), '; did you mean "weightDecay"?');
 * assert.equal(didYouMean("colour", ["epochs", "weightDecay"]), "");
 * ```
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = closest(word, known);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/**
 * The known name that a third of its letters at most tell from `word`; undefined where there is none. Another number
 * is no misspelling: "C-30K" and "C-50K" are two settings, "vgg12" and "vgg11" two networks.
 */
function closest(word: string, known: readonly string[]): string | undefined {
  // Longer words are no misspelt names, and comparing them takes time.
  if (word.length > 60) return undefined;
  const numbersOf = (name: string) => (name.match(/\d+/g) ?? []).join();
  const [best] = known
    .filter((name) => numbersOf(name) === numbersOf(word))
    .map((name) => ({ name, edits: editsBetween(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return best?.name;
}

/** Letters to insert, drop, replace or swap with the next one (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(
        replaced,
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        isSwap ? rows[i - 2]![j - 2]! + 1 : Infinity,
      ));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
