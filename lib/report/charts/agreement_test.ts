import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { agreementByClass, confusionMatrix } from "./agreement.ts";

Deno.test("agreementByClass() draws the classes that agree least when there are many", () => {
  const rows = ["a", "b", "c"].map((className, i) => ({ className, agreement: 0.9 - 0.3 * i }));
  const chart = agreementByClass(rows, { limit: 2 });
  const layers = chart.spec["layer"] as { data: { values: Record<string, unknown>[] } }[];
  assert.deepEqual(layers[0]!.data.values.map((row) => row["label"]), ["c", "b"]);
  assert.deepEqual(layers[1]!.data.values, [{ group: "images", mean: 60 }]);
});

testDrawing("agreementByClass", {
  chart: agreementByClass([
    { className: "cat", agreement: 0.2, group: "all" },
    { className: "cat", agreement: 0.8, group: "processed" },
  ]),
  marks: { "mark-rule": 1 },
  words: ["cat", "processed"],
});

testDrawing("confusionMatrix", {
  chart: confusionMatrix([[3, 1], [0, 4]], ["cat", "dog"]),
  marks: { "mark-rect": 1 },
  words: ["75", "100"],
});

Deno.test("confusionMatrix() refuses a matrix that is not square", () => {
  assert.throws(() => confusionMatrix([[1, 2]], ["a", "b"]), /want a square matrix/);
});
