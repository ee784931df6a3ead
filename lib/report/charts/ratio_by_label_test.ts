import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { ratioAgainstLabel } from "./ratio_by_label.ts";

const GROUPS = [
  { name: "real", labels: [10, 10, 10, 20], ratios: [1, 2, 6, 1.5] },
  { name: "fake", labels: [10, 20, 20], ratios: [0.5, 0.25, NaN] },
];

Deno.test("ratioAgainstLabel() takes median and middle 80 % of each label", () => {
  const { values } = ratioAgainstLabel(GROUPS).spec["data"] as { values: unknown[] };
  // Of 1, 2, 6: a tenth of the way from 1 to 6 in ranks is 1.2, nine tenths is 5.2.
  assert.deepEqual(values, [
    { group: "real", label: 10, low: 1.2, median: 2, high: 5.2, images: 3, band: "bar", part: 0 },
    {
      group: "real",
      label: 20,
      low: 1.5,
      median: 1.5,
      high: 1.5,
      images: 1,
      band: "point",
      part: 1,
    },
    {
      group: "fake",
      label: 10,
      low: 0.5,
      median: 0.5,
      high: 0.5,
      images: 1,
      band: "point",
      part: 1,
    },
    {
      group: "fake",
      label: 20,
      low: 0.25,
      median: 0.25,
      high: 0.25,
      images: 1,
      band: "point",
      part: 1,
    },
  ]);
});

Deno.test("ratioAgainstLabel() says where the ratio is least and greatest", () => {
  const { facts } = ratioAgainstLabel(GROUPS, { unit: "degrees" });
  assert.deepEqual(facts, [
    "real: median from 1.50 at 20 to 2 at 10 degrees",
    "fake: median from 0.250 at 20 to 0.500 at 10 degrees",
  ]);
  const constant = { name: "fake", labels: [10, 20], ratios: [0.5, 0.5] };
  assert.deepEqual(ratioAgainstLabel([constant]).facts, ["fake: median 0.500 throughout"]);
});

Deno.test("ratioAgainstLabel() refuses ratios of which none is a number", () => {
  assert.throws(() => ratioAgainstLabel([{ name: "a", labels: [1], ratios: [NaN] }]), RangeError);
});

testDrawing("ratioAgainstLabel", {
  chart: ratioAgainstLabel(GROUPS, { unit: "years" }),
  marks: { "mark-line": 2, "mark-symbol": 1, "mark-rule": 2 },
  words: ["label (years)", "density ratio", "r = 1", "real", "fake"],
});

testDrawing("ratioAgainstLabel, several images of each label", {
  chart: ratioAgainstLabel([
    { name: "real", labels: [10, 10, 20, 20, 30], ratios: [1, 2, 1.5, 3, 1] },
    { name: "fake", labels: [10, 10, 20, 20], ratios: [0.5, 0.25, 0.3, 0.2] },
  ]),
  marks: { "mark-line": 2, "mark-area": 2, "mark-symbol": 1 },
  words: ["real", "fake"],
});
