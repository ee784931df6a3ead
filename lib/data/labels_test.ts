import assert from "node:assert/strict";
import type { Regression } from "../base/contracts.ts";
import { labelsFromUnit, labelsToUnit, oneHotRows } from "./labels.ts";

const DEGREES: Regression = {
  kind: "regression",
  minimum: 0.1,
  maximum: 89.9,
  scale: 90,
  unit: "degrees",
  labels: [1, 2, 3],
};

Deno.test("oneHotRows() puts one 1 in the column of each class", () => {
  assert.deepEqual([...oneHotRows([2, 0], 3)], [0, 0, 1, 1, 0, 0]);
  assert.deepEqual([...oneHotRows([], 3)], []);
});

Deno.test("oneHotRows() refuses labels that are no class", () => {
  for (const label of [-1, 3, 0.5, NaN]) {
    assert.throws(() => oneHotRows([0, label], 3), /Cannot encode label 1: .*from 0 to 2/);
  }
});

Deno.test("labelsToUnit() divides by the scale, and labelsFromUnit() undoes it", () => {
  assert.deepEqual([...labelsToUnit([45, 9], DEGREES)], [0.5, Math.fround(0.1)]);
  const labels = Float32Array.from({ length: 80 }, (_, i) => i + 1);
  const back = labelsFromUnit(labelsToUnit(labels, DEGREES), DEGREES);
  back.forEach((label, i) => assert.ok(Math.abs(label - labels[i]!) < 1e-5));
  assert.deepEqual([...labelsFromUnit([1.5], DEGREES)], [135]);
});

Deno.test("labelsToUnit() refuses labels outside of the task's range", () => {
  for (const label of [0, 90, NaN]) {
    assert.throws(() => labelsToUnit([label], DEGREES), /degrees, want 0\.1 to 89\.9/);
  }
});
