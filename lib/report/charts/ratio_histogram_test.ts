import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { ratioHistogram } from "./ratio_histogram.ts";

testDrawing("ratioHistogram", {
  chart: ratioHistogram([
    { name: "real", values: [1, 2, 3] },
    { name: "fake", values: [0.1, 0.5] },
    { name: "accepted", values: [0.5] },
  ]),
  marks: { "mark-line": 3, "mark-area": 3 },
  words: ["equally likely", "accepted"],
});

Deno.test("ratioHistogram() refuses ratios of which none is a number", () => {
  assert.throws(() => ratioHistogram([{ name: "real", values: [NaN] }]), RangeError);
});
