import assert from "node:assert/strict";
import type { Regression } from "./contracts.ts";
import { labelText, shortLabel } from "./short_label.ts";

const task = (minimum: number, maximum: number): Regression => ({
  kind: "regression",
  minimum,
  maximum,
  scale: maximum,
  unit: "units",
  labels: [minimum, maximum],
});

Deno.test("shortLabel() says a label as it was written, not as float32 keeps it", () => {
  for (const label of [0.1, 89.9, 60, 1234.5]) assert.equal(shortLabel(Math.fround(label)), label);
});

Deno.test("labelText() tells labels of its range apart, whatever the range", () => {
  assert.equal(labelText(Math.fround(35.1), task(0.1, 89.9)), "35.1");
  assert.equal(labelText(23.449, task(1, 60)), "23.4");
  assert.equal(labelText(0.3118, task(0, 1)), "0.312");
  assert.equal(labelText(0.00123, task(0, 0.01)), "0.00123");
  assert.equal(labelText(31_415.9, task(0, 100_000)), "31416");
  assert.equal(labelText(1e-24, task(0, 1e-22)), "0");
});
