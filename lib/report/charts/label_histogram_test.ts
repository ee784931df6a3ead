import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { labelHistogram } from "./label_histogram.ts";

Deno.test("labelHistogram() gives whole labels bins of their own", () => {
  const chart = labelHistogram([{ name: "real", values: [1, 1, 2, 5] }], { unit: "years" });
  const { values } = chart.spec["data"] as { values: { label: number; images: number }[] };
  assert.deepEqual(values.map((row) => [row.label, row.images]), [
    [0.5, 2],
    [1.5, 1],
    [2.5, 0],
    [3.5, 0],
    [4.5, 1],
    [5.5, 1],
  ]);
});

testDrawing("labelHistogram", {
  chart: labelHistogram([{ name: "real", values: [0, 0, 1] }], { classNames: ["cat", "dog"] }),
  marks: { "mark-rect": 1 },
  words: ["cat", "dog"],
});

testDrawing("labelHistogram of ages", {
  chart: labelHistogram([
    { name: "real", values: [1, 2] },
    { name: "fake", values: [1.5, 1.6] },
  ], { unit: "years" }),
  marks: { "mark-line": 2 },
  words: ["label (years)", "fake"],
});
