import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { positionsByLabel, splitPerLabel, splitStratified } from "./split.ts";

/** Label l occurs l + 3 times, mixed. */
const LABELS = [0, 1, 2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 1, 2, 3, 2, 3, 3];

const sorted = (...parts: Uint32Array[]) =>
  parts.flatMap((part) => [...part]).sort((a, b) => a - b);
const all = LABELS.map((_, i) => i);
const labelsOf = (positions: Uint32Array) => [...positions].map((i) => LABELS[i]!).sort();

Deno.test("positionsByLabel() lists labels and positions in ascending order", () => {
  const groups = [...positionsByLabel([2, 0.5, 2])].map(([label, at]) => [label, [...at]]);
  assert.deepEqual(groups, [[0.5, [1]], [2, [0, 2]]]);
});

Deno.test("splitPerLabel() takes the same number of each label and loses no image", () => {
  const { chosen, rest } = splitPerLabel(LABELS, 2, rngOf(1));
  assert.deepEqual(labelsOf(chosen), [0, 0, 1, 1, 2, 2, 3, 3]);
  assert.deepEqual(sorted(chosen, rest), all);
  assert.deepEqual([...chosen], sorted(chosen));
});

Deno.test("splitPerLabel() draws every image equally often", () => {
  const counts = new Array<number>(6).fill(0);
  const draws = 600;
  for (let seed = 0; seed < draws; seed++) {
    for (const i of splitPerLabel(new Array(6).fill(4), 3, rngOf(seed)).chosen) counts[i]!++;
  }
  const deviation = Math.sqrt(draws / 4);
  assert.ok(counts.every((count) => Math.abs(count - draws / 2) < 4 * deviation), `${counts}`);
});

Deno.test("splitPerLabel() is decided by the stream, and refuses labels with too few images", () => {
  assert.deepEqual(splitPerLabel(LABELS, 1, rngOf(1)), splitPerLabel(LABELS, 1, rngOf(1)));
  assert.notDeepEqual(splitPerLabel(LABELS, 1, rngOf(1)), splitPerLabel(LABELS, 1, rngOf(2)));
  assert.throws(() => splitPerLabel(LABELS, 4, rngOf(1)), /label 0 has 3 images/);
});

Deno.test("splitStratified() takes the fraction of each label, but at least one image", () => {
  const { chosen, rest } = splitStratified(LABELS, 0.5, rngOf(1));
  // Halves of 3, 4, 5 and 6 images.
  assert.deepEqual(labelsOf(chosen), [0, 0, 1, 1, 2, 2, 2, 3, 3, 3]);
  assert.deepEqual(sorted(chosen, rest), all);
  assert.deepEqual(labelsOf(splitStratified(LABELS, 0.01, rngOf(1)).chosen), [0, 1, 2, 3]);
});

Deno.test("splitStratified() refuses shares that leave a part empty", () => {
  for (const fraction of [0, 1, -1, NaN]) {
    assert.throws(() => splitStratified(LABELS, fraction, rngOf(1)), /want a number in \(0, 1\)/);
  }
});
