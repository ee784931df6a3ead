import assert from "node:assert/strict";
import { stretchesOf } from "./stretches.ts";

Deno.test("stretchesOf() gives few labels a stretch each, ascending", () => {
  assert.deepEqual(stretchesOf([3, 1, 3, NaN], 2), [
    { label: 1, positions: [1] },
    { label: 3, positions: [0, 2] },
  ]);
  assert.deepEqual(stretchesOf([], 5), []);
  assert.deepEqual(stretchesOf([7, 7], 1), [{ label: 7, positions: [0, 1] }]);
});

Deno.test("stretchesOf() cuts the range of many labels into equal parts and leaves out empty ones", () => {
  // Parts [0, 4), [4, 8), [8, 12]; nothing lies in the second.
  assert.deepEqual(stretchesOf([0, 1, 2, 11, 12], 3), [
    { label: 1, positions: [0, 1, 2] },
    { label: 11.5, positions: [3, 4] },
  ]);
});

Deno.test("stretchesOf() keeps every finite label", () => {
  const labels = Array.from({ length: 899 }, (_, i) => Math.fround((i + 1) / 10));
  const stretches = stretchesOf(labels, 45);
  assert.equal(stretches.length, 45);
  assert.equal(stretches.flatMap(({ positions }) => positions).length, 899);
});
