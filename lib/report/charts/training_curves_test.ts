import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { onlySeen } from "../vega/interaction.ts";
import { smooth, trainingCurves } from "./training_curves.ts";

const TWO_CURVES = [
  { series: "NOKD", step: 1, value: 2 },
  { series: "NOKD", step: 2, value: 1 },
  { series: "cGAN-KD", step: 1, value: 3 },
  { series: "cGAN-KD", step: 2, value: 0.5 },
];

Deno.test("trainingCurves() is plain Vega-Lite 5 JSON made from the rows", () => {
  const chart = trainingCurves(TWO_CURVES, { title: "Loss", yTitle: "loss (nats)", log: true });
  const { config: _, ...spec } = onlySeen(chart.spec);
  assert.deepEqual(spec, {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { text: "Loss" },
    width: 520,
    height: 260,
    data: { values: TWO_CURVES.map((row) => ({ ...row, smooth: row.value })) },
    description: "Loss. NOKD: loss (nats) 1 at step 2. cGAN-KD: loss (nats) 0.500 at step 2.",
    layer: [{
      params: [{
        name: "shown",
        select: { type: "point", fields: ["series"], toggle: "true" },
        value: [{ series: "NOKD" }, { series: "cGAN-KD" }],
        bind: "legend",
      }],
      mark: "line",
      encoding: {
        x: {
          field: "step",
          type: "quantitative",
          title: "step",
          axis: { grid: false, tickCount: 8, tickMinStep: 1 },
          scale: { nice: false, zero: false },
        },
        y: { field: "smooth", type: "quantitative", scale: { type: "log" }, title: "loss (nats)" },
        color: {
          field: "series",
          type: "nominal",
          scale: { domain: ["NOKD", "cGAN-KD"], range: ["#0072b2", "#d55e00"] },
        },
        strokeDash: {
          field: "series",
          type: "nominal",
          scale: { domain: ["NOKD", "cGAN-KD"], range: [[1, 0], [7, 3]] },
        },
        opacity: { condition: { param: "shown", value: 1 }, value: 0 },
      },
    }],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(chart.spec)), chart.spec);
  assert.equal(
    chart.toText(),
    "[chart] Loss\n  NOKD: loss (nats) 1 at step 2\n  cGAN-KD: loss (nats) 0.500 at step 2",
  );
});

Deno.test("trainingCurves() leaves out what a logarithmic axis cannot hold", () => {
  const rows = [...TWO_CURVES, { series: "NOKD", step: 3, value: 0 }];
  const values = (log: boolean) =>
    (trainingCurves(rows, { log }).spec["data"] as { values: unknown[] }).values.length;
  assert.equal(values(true), 4);
  assert.equal(values(false), 5);
  const chart = trainingCurves(rows, { log: true });
  const line = "1 value of 0 or less is not drawn: the axis is logarithmic";
  assert.deepEqual((chart.spec["title"] as { subtitle: string[] }).subtitle, [line]);
  assert.equal(chart.facts.at(-1), line);
});

Deno.test("trainingCurves() refuses rows of which its axis can hold none", () => {
  const zero = [{ series: "a", step: 1, value: 0 }, { series: "a", step: 2, value: -1 }];
  assert.throws(
    () => trainingCurves(zero, { log: true }),
    /Cannot draw training curves: found 0 rows that the axes can hold among 2, want at least 1/,
  );
  assert.throws(() => trainingCurves([{ series: "a", step: 1, value: NaN }]), RangeError);
});

Deno.test("smooth() keeps the first value and a constant, and weighs the past as stated", () => {
  const smoothed = (values: number[], weight: number) =>
    smooth(values.map((value) => ({ value })), weight).map((row) => row.smooth);
  assert.deepEqual(smoothed([5, 5, 5], 0.9), [5, 5, 5]);
  // By hand: (0.5 * 0 + 0.5 * 3) / 0.75 = 2.
  assert.deepEqual(smoothed([0, 3], 0.5), [0, 2]);
  assert.throws(() => smoothed([1], 1), /found weight 1, want a number in \[0, 1\)/);
});

testDrawing("trainingCurves", {
  chart: trainingCurves(TWO_CURVES, { smoothing: 0.5 }),
  marks: { "mark-line": 4 },
  words: ["NOKD", "cGAN-KD", "loss"],
});

Deno.test("trainingCurves() refuses to be empty", () => {
  assert.throws(() => trainingCurves([]), /Cannot draw training curves: found 0 rows/);
});
