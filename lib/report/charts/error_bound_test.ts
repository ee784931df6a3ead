import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { errorBoundChart } from "./error_bound.ts";

const CHANGES = [
  { term: "more images", change: -2 },
  { term: "unlike images", change: 4 },
  { term: "wrong labels", change: 0.5 },
];

testDrawing("errorBoundChart", {
  chart: errorBoundChart(CHANGES, [
    { cell: "VGG11, equal steps", value: 3, low: 2, high: 4 },
    { cell: "VGG11, equal epochs", value: -1 },
  ], { unit: "points" }),
  marks: { "mark-rect": 1, "mark-symbol": 1, "mark-rule": 3 },
  words: ["bound on the excess error", "together", "VGG11, equal steps", "promises a gain"],
});

testDrawing("errorBoundChart before students", {
  chart: errorBoundChart(CHANGES, []),
  marks: { "mark-rect": 1 },
  words: ["unlike images", "in units of the loss"],
});

Deno.test("errorBoundChart() adds the terms up and tells gains from losses", () => {
  const chart = errorBoundChart(CHANGES, [{ cell: "A", value: -1 }], { unit: "points" });
  assert.deepEqual(chart.facts, [
    "bound, more images: −2 points",
    "bound, unlike images: +4 points",
    "bound, wrong labels: +0.500 points",
    "bound, together: +2.50 points",
    "test error, A: −1 points",
  ]);
  assert.throws(() => errorBoundChart([], []), RangeError);
});
