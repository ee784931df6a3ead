import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { predictedAgainstTrue, predictionPanels } from "./predictions.ts";

testDrawing("predictedAgainstTrue", {
  chart: predictedAgainstTrue([{ truth: 1, predicted: 2 }, { truth: 4, predicted: 4 }], {
    unit: "years",
  }),
  marks: { "mark-line": 1 },
  words: ["MAE 0.500 years over 2 images"],
});

const PANELS = [
  { name: "before", rows: [{ truth: 1, predicted: 3 }, { truth: 5, predicted: 9 }] },
  { name: "after", rows: [{ truth: 2, predicted: 3 }, { truth: 8, predicted: NaN }] },
];

testDrawing("predictionPanels", {
  chart: predictionPanels(PANELS, { unit: "years", xTitle: "label of the fake" }),
  marks: { "mark-line": 2, "mark-symbol": 2 },
  words: ["before", "after", "MAE 3 years over 2 images", "label of the fake (years)"],
});

Deno.test("predictionPanels() draws all panels over one range and leaves out what is no number", () => {
  const chart = predictionPanels(PANELS);
  const panels = chart.spec["hconcat"] as { layer: { encoding: { x: { scale: unknown } } }[] }[];
  const scales = panels.map(({ layer }) => layer[0]!.encoding.x.scale);
  assert.deepEqual(scales, [{ domain: [1, 9], nice: true }, { domain: [1, 9], nice: true }]);
  assert.deepEqual(chart.facts, [
    "before: MAE 3 label units over 2 images",
    "after: MAE 1 label units over 1 images",
  ]);
});

Deno.test("predictionPanels() refuses no panels and an empty one, by its name", () => {
  assert.throws(() => predictionPanels([]), RangeError);
  assert.throws(
    () => predictionPanels([...PANELS, { name: "later", rows: [] }]),
    /Cannot draw predictions "later": found 0 rows/,
  );
});
