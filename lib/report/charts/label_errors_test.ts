import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { maePerLabel } from "./label_errors.ts";

testDrawing("maePerLabel", {
  chart: maePerLabel([
    { series: "NOKD", label: 2, mae: 1 },
    { series: "NOKD", label: 1, mae: 2 },
  ], { unit: "degrees" }),
  marks: { "mark-line": 1 },
  words: ["MAE (degrees)"],
});

Deno.test("maePerLabel() averages stretches of many labels and draws few one by one", () => {
  const rows = [1, 2, 3, 4].map((label) => ({ series: "a", label, mae: label ** 2 }));
  const valuesOf = (stretches: number) => {
    const { spec } = maePerLabel(rows, { stretches });
    return (spec["data"] as { values: { label: number; mae: number }[] }).values
      .map(({ label, mae }) => [label, mae]);
  };
  assert.deepEqual(valuesOf(4), [[1, 1], [2, 4], [3, 9], [4, 16]]);
  assert.deepEqual(valuesOf(2), [[1.5, 2.5], [3.5, 12.5]]);
  assert.deepEqual(maePerLabel(rows, { stretches: 2 }).facts, ["a: worst 16 label units at 4"]);
});

testDrawing("maePerLabel of many angles", {
  chart: maePerLabel(
    Array.from({ length: 200 }, (_, i) => ({ series: "NOKD", label: i / 10, mae: 1 + i % 3 })),
    { unit: "degrees" },
  ),
  marks: { "mark-line": 1, "mark-area": 1 },
  words: ["label (degrees), about 3 labels per point"],
});

testDrawing("maePerLabel, one label alone in its stretch", {
  chart: maePerLabel(
    [0, 1, 2, 30, 60, 61, 62, 90, 91].map((label) => ({ series: "a", label, mae: 1 + label % 3 })),
    { stretches: 4 },
  ),
  marks: { "mark-line": 1, "mark-symbol": 1, "mark-rule": 1, "mark-area": 1 },
  words: ["MAE"],
});
