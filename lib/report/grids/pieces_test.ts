import assert from "node:assert/strict";
import { evenlyOf, spreadLabels } from "./pieces.ts";

Deno.test("evenlyOf() takes entries from the whole list, in order and each once", () => {
  const entries = Array.from({ length: 100 }, (_, i) => i);
  assert.deepEqual(evenlyOf(entries, 4), [0, 25, 50, 75]);
  assert.deepEqual(evenlyOf([5, 6], 4), [5, 6]);
  assert.deepEqual(evenlyOf([5, 6, 7], 2), [5, 6]);
  assert.deepEqual(evenlyOf([], 3), []);
});

Deno.test("spreadLabels() takes labels that there are, both ends included", () => {
  const ages = Array.from({ length: 60 }, (_, i) => i + 1);
  assert.deepEqual(spreadLabels(ages, 6), [1, 13, 25, 36, 48, 60]);
  assert.deepEqual(spreadLabels([1, 2], 6), [1, 2]);
});
