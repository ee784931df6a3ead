import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { errorAgainst } from "./error_against.ts";

testDrawing("errorAgainst", {
  chart: errorAgainst([
    { x: 0, value: 20, low: 19, high: 21, series: "VGG11", source: "ours" },
    { x: 1000, value: 18, low: 17, high: 19, series: "VGG11", source: "ours" },
    { x: 0, value: 18.57, series: "VGG11", source: "paper" },
  ], { markers: [{ x: 500, label: "bound" }] }),
  marks: { "mark-line": 2, "mark-rule": 2 },
  words: ["ours", "paper, read off figure", "VGG11", "bound", "processed fake images"],
});

testDrawing("errorAgainst without the paper", {
  chart: errorAgainst([{ x: 0, value: 20, series: "VGG11", source: "ours" }]),
  marks: { "mark-symbol": 1 },
  words: ["ours"],
});

testDrawing("errorAgainst with a level that has no place on the axis", {
  chart: errorAgainst([
    { x: 0.5, value: 20, series: "VGG11", source: "ours" },
    { x: 1, value: 21, series: "VGG11", source: "ours" },
  ], { levels: [{ series: "VGG11", value: 22, label: "no fakes" }], xScale: "sqrt" }),
  marks: { "mark-rule": 1, "mark-text": 1, "mark-line": 1 },
  words: ["no fakes"],
});

Deno.test("errorAgainst() refuses to be empty", () => {
  assert.throws(() => errorAgainst([]), RangeError);
});

testDrawing("errorAgainst on the roots of numbers of fakes, with room for the small ones", {
  chart: errorAgainst(
    [0, 1000, 150_000].map((x) => ({ x, value: 20, series: "VGG11", source: "ours" })),
    { xScale: "sqrt" },
  ),
  marks: { "mark-line": 1 },
  words: ["5,000", "10,000", "20,000", "100,000"].map((label) => `>${label}<`),
});
