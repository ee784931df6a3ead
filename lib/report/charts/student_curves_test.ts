import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { bandOverSeeds, studentCurves } from "./student_curves.ts";

Deno.test("bandOverSeeds() gives mean, least and greatest of each epoch", () => {
  const rows = [
    { series: "a", seed: 1, epoch: 1, value: 10 },
    { series: "a", seed: 2, epoch: 1, value: 14 },
    { series: "a", seed: 1, epoch: 2, value: 8 },
    { series: "a", seed: 2, epoch: 2, value: NaN },
  ];
  assert.deepEqual(bandOverSeeds(rows), [
    { series: "a", epoch: 1, mean: 12, low: 10, high: 14, seeds: 2 },
    { series: "a", epoch: 2, mean: 8, low: 8, high: 8, seeds: 1 },
  ]);
});

testDrawing("studentCurves", {
  chart: studentCurves([
    { series: "NOKD", seed: 1, epoch: 1, value: 30 },
    { series: "NOKD", seed: 1, epoch: 2, value: 20 },
  ]),
  marks: { "mark-line": 1, "mark-area": 1 },
  words: ["test error (%)", "epoch"],
});

testDrawing("studentCurves, measured once", {
  chart: studentCurves([
    { series: "NOKD", seed: 1, epoch: 20, value: 3 },
    { series: "NOKD", seed: 2, epoch: 20, value: 4 },
    { series: "cGAN-KD", seed: 1, epoch: 20, value: 2 },
    { series: "cGAN-KD", seed: 2, epoch: 20, value: 2.5 },
  ], { yTitle: "test MAE (degrees)" }),
  marks: { "mark-rule": 1, "mark-symbol": 1 },
  words: ["test MAE (degrees)", "epoch", "20"],
});
