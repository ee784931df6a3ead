import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderSVG, thinRows } from "./chart.ts";
import {
  agreementByClass,
  bandOverSeeds,
  boundOrdering,
  Chart,
  componentsChart,
  confusionMatrix,
  countBins,
  errorAgainst,
  errorBoundChart,
  ganCurves,
  labelHistogram,
  maePerLabel,
  predictedAgainstTrue,
  ratioHistogram,
  resultDots,
  saveChart,
  smooth,
  studentCurves,
  teacherScoreHistogram,
  trainingCurves,
} from "./charts.ts";

const TWO_CURVES = [
  { series: "NOKD", step: 1, value: 2 },
  { series: "NOKD", step: 2, value: 1 },
  { series: "cGAN-KD", step: 1, value: 3 },
  { series: "cGAN-KD", step: 2, value: 0.5 },
];

Deno.test("trainingCurves() is plain Vega-Lite 5 JSON made from the rows", () => {
  const chart = trainingCurves(TWO_CURVES, { title: "Loss", yTitle: "loss (nats)", log: true });
  const { config: _, ...spec } = chart.spec;
  assert.deepEqual(spec, {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { text: "Loss" },
    width: 520,
    height: 260,
    data: { values: TWO_CURVES.map((row) => ({ ...row, smooth: row.value })) },
    layer: [{
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
});

Deno.test("smooth() keeps the first value and a constant, and weighs the past as stated", () => {
  const smoothed = (values: number[], weight: number) =>
    smooth(values.map((value) => ({ value })), weight).map((row) => row.smooth);
  assert.deepEqual(smoothed([5, 5, 5], 0.9), [5, 5, 5]);
  // By hand: (0.5 * 0 + 0.5 * 3) / 0.75 = 2.
  assert.deepEqual(smoothed([0, 3], 0.5), [0, 2]);
  assert.throws(() => smoothed([1], 1), /found weight 1, want a number in \[0, 1\)/);
});

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

Deno.test("countBins() puts what lies outside into the outermost bins", () => {
  const bins = countBins([-1, 0, 0.5, 1, 1.9, 7, NaN, Infinity], { low: 0, high: 2, bins: 2 });
  assert.deepEqual(bins.map((bin) => [bin.low, bin.high, bin.count]), [[0, 1, 3], [1, 2, 4]]);
  assert.ok(Math.abs(bins[0]!.percent - 300 / 7) < 1e-12);
  assert.throws(() => countBins([1], { low: 1, high: 1, bins: 3 }), RangeError);
});

Deno.test("thinRows() keeps the first and the last row", () => {
  const rows = Array.from({ length: 1001 }, (_, index) => index);
  assert.deepEqual(thinRows(rows, 5), [0, 250, 500, 750, 1000]);
  assert.deepEqual(thinRows([1, 2], 5), [1, 2]);
});

Deno.test("teacherScoreHistogram() has a bin edge at the cut-off and counts strictly below", () => {
  const scores = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const chart = teacherScoreHistogram({ scores, threshold: 4, rho: 0.4 });
  const layers = chart.spec["layer"] as { data: { values: Record<string, unknown>[] } }[];
  const bars = layers[0]!.data.values as {
    low: number;
    high: number;
    images: number;
    verdict: string;
  }[];
  assert.ok(bars.some((bar) => bar.high === 4 && bar.verdict === "kept"));
  assert.ok(bars.every((bar) => (bar.verdict === "kept") === (bar.high <= 4)));
  const kept = bars.filter((bar) => bar.verdict === "kept");
  assert.equal(kept.reduce((sum, bar) => sum + bar.images, 0), 4);
  assert.equal(bars.reduce((sum, bar) => sum + bar.images, 0), 10);
  assert.deepEqual((chart.spec["title"] as { subtitle: string }).subtitle, "4 of 10 fakes kept");
  assert.deepEqual(chart.facts, ["rho = 0.4: cut-off 4", "kept 4 of 10 fakes"]);
});

Deno.test("teacherScoreHistogram() draws a filter that keeps all and one that keeps none", async () => {
  for (const threshold of [0, 100]) {
    const chart = teacherScoreHistogram({ scores: [1, 2, 3], threshold, rho: 1 });
    assert.match(await chart.toSVG(), /rho = 1/);
  }
  const same = teacherScoreHistogram({ scores: [0, 0, 0], threshold: 0, rho: 0.5 });
  assert.match(await same.toSVG(), /0 of 3 fakes kept/);
});

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

Deno.test("agreementByClass() draws the classes that agree least when there are many", () => {
  const rows = ["a", "b", "c"].map((className, i) => ({ className, agreement: 0.9 - 0.3 * i }));
  const chart = agreementByClass(rows, { limit: 2 });
  const layers = chart.spec["layer"] as { data: { values: Record<string, unknown>[] } }[];
  assert.deepEqual(layers[0]!.data.values.map((row) => row["label"]), ["c", "b"]);
  assert.deepEqual(layers[1]!.data.values, [{ group: "images", mean: 60 }]);
});

Deno.test("charts refuse to be empty, and matrices that are not square", () => {
  assert.throws(() => trainingCurves([]), /Cannot draw training curves: found 0 rows/);
  assert.throws(() => ratioHistogram([{ name: "real", values: [NaN] }]), RangeError);
  assert.throws(() => errorAgainst([]), RangeError);
  assert.throws(() => confusionMatrix([[1, 2]], ["a", "b"]), /want a square matrix/);
});

/** Every chart with the marks its SVG must contain: how many of which class. */
const ALL: Record<string, { chart: Chart; marks: Record<string, number>; words: string[] }> = {
  trainingCurves: {
    chart: trainingCurves(TWO_CURVES, { smoothing: 0.5 }),
    marks: { "mark-line": 4 },
    words: ["NOKD", "cGAN-KD", "loss"],
  },
  ganCurves: {
    chart: ganCurves([
      { step: 1, discriminatorLoss: 2, generatorLoss: 0 },
      { step: 2, discriminatorLoss: 1, generatorLoss: 0.5, agreement: 0.2 },
      { step: 3, discriminatorLoss: 1, generatorLoss: 0.7, agreement: 0.4 },
    ], { classes: 10 }),
    marks: { "mark-line": 5, "mark-rule": 1 },
    words: ["discriminator", "generator", "labels confirmed (%)", "chance"],
  },
  ratioHistogram: {
    chart: ratioHistogram([
      { name: "real", values: [1, 2, 3] },
      { name: "fake", values: [0.1, 0.5] },
      { name: "accepted", values: [0.5] },
    ]),
    marks: { "mark-line": 3, "mark-area": 3 },
    words: ["equally likely", "accepted"],
  },
  teacherScoreHistogram: {
    chart: teacherScoreHistogram({ scores: [0.1, 0.2, 3], threshold: 1, rho: 0.7 }),
    marks: { "mark-rule": 1, "mark-rect": 1 },
    words: ["rho = 0.7: cut-off 1", "kept", "dropped"],
  },
  studentCurves: {
    chart: studentCurves([
      { series: "NOKD", seed: 1, epoch: 1, value: 30 },
      { series: "NOKD", seed: 1, epoch: 2, value: 20 },
    ]),
    marks: { "mark-line": 1, "mark-area": 1 },
    words: ["test error (%)", "epoch"],
  },
  errorAgainst: {
    chart: errorAgainst([
      { x: 0, value: 20, low: 19, high: 21, series: "VGG11", source: "ours" },
      { x: 1000, value: 18, low: 17, high: 19, series: "VGG11", source: "ours" },
      { x: 0, value: 18.57, series: "VGG11", source: "paper" },
    ], { markers: [{ x: 500, label: "bound" }] }),
    marks: { "mark-line": 2, "mark-rule": 2 },
    words: ["ours", "paper", "VGG11", "bound", "processed fake images"],
  },
  errorAgainstWithoutPaper: {
    chart: errorAgainst([{ x: 0, value: 20, series: "VGG11", source: "ours" }]),
    marks: { "mark-symbol": 1 },
    words: ["ours"],
  },
  resultDots: {
    chart: resultDots([
      { cell: "VGG11", ours: 20, low: 19, high: 21, paper: 18 },
      { cell: "Other", paper: 17 },
    ]),
    marks: { "mark-rule": 1 },
    words: ["VGG11", "Other", "ours", "paper"],
  },
  componentsChart: {
    chart: componentsChart([
      { processing: "NOKD", student: "VGG11", value: 20, low: 19, high: 21, source: "ours" },
      { processing: "a+b", student: "VGG11", value: 18, source: "paper" },
    ]),
    marks: { "mark-rect": 1 },
    words: ["VGG11", "+ b"],
  },
  errorBoundChart: {
    chart: errorBoundChart(
      [{ cell: "NOKD", term: "TV", value: 0.5 }, { cell: "NOKD", term: "label", value: 0.7 }],
      [{ cell: "NOKD", value: 0.1, low: 0.05, high: 0.2 }],
      { vacuousAbove: 1 },
    ),
    marks: { "mark-rect": 1, "mark-symbol": 1 },
    words: ["TV", "label", "vacuous beyond", "measured excess"],
  },
  boundOrdering: {
    chart: boundOrdering([{ cell: "NOKD", value: 0.1, bound: 0.6 }], { tau: 0.8, pValue: 0.04 }),
    marks: { "mark-symbol": 1 },
    words: ["NOKD", "tau-b 0.80, p = 0.0400"],
  },
  labelHistogram: {
    chart: labelHistogram([{ name: "real", values: [0, 0, 1] }], { classNames: ["cat", "dog"] }),
    marks: { "mark-rect": 1 },
    words: ["cat", "dog"],
  },
  ages: {
    chart: labelHistogram([
      { name: "real", values: [1, 2] },
      { name: "fake", values: [1.5, 1.6] },
    ], { unit: "years" }),
    marks: { "mark-line": 2 },
    words: ["label (years)", "fake"],
  },
  agreementByClass: {
    chart: agreementByClass([
      { className: "cat", agreement: 0.2, group: "all" },
      { className: "cat", agreement: 0.8, group: "processed" },
    ]),
    marks: { "mark-rule": 1 },
    words: ["cat", "processed"],
  },
  confusionMatrix: {
    chart: confusionMatrix([[3, 1], [0, 4]], ["cat", "dog"]),
    marks: { "mark-rect": 1 },
    words: ["75", "100"],
  },
  predictedAgainstTrue: {
    chart: predictedAgainstTrue([{ truth: 1, predicted: 2 }, { truth: 4, predicted: 4 }], {
      unit: "years",
    }),
    marks: { "mark-line": 1 },
    words: ["MAE 0.500 years over 2 images"],
  },
  maePerLabel: {
    chart: maePerLabel([
      { series: "NOKD", label: 2, mae: 1 },
      { series: "NOKD", label: 1, mae: 2 },
    ], { unit: "degrees" }),
    marks: { "mark-line": 1 },
    words: ["MAE (degrees)"],
  },
};

for (const [name, { chart, marks, words }] of Object.entries(ALL)) {
  Deno.test(`${name}: the SVG holds its marks and words, and nothing complains`, async () => {
    const complaints: string[] = [];
    const svg = await renderSVG(chart.spec, (text) => complaints.push(text));
    assert.deepEqual(complaints, []);
    for (const [mark, least] of Object.entries(marks)) {
      const found = svg.split(`class="${mark} `).length - 1;
      assert.ok(found >= least, `found ${found} of ${mark}, want ${least}`);
    }
    const text = svg.replaceAll("&amp;", "&");
    for (const word of words) assert.ok(text.includes(word), `the SVG lacks "${word}"`);
    assert.ok(!svg.includes("NaN") && !svg.includes("undefined"));
  });
}

Deno.test("a chart's bundle carries Vega-Lite 5, SVG and text", async () => {
  const chart = ALL["studentCurves"]!.chart;
  const bundle = await chart.bundle();
  assert.deepEqual(Object.keys(bundle), [
    "application/vnd.vegalite.v5+json",
    "image/svg+xml",
    "text/plain",
  ]);
  assert.equal(bundle["application/vnd.vegalite.v5+json"], chart.spec);
  const shownByItself = (chart as unknown as Record<symbol, () => Promise<unknown>>)[
    Symbol.for("Jupyter.display")
  ]!.call(chart);
  assert.deepEqual(await shownByItself, bundle);
});

Deno.test("saveChart() writes the SVG and makes the folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chart-"));
  try {
    const chart = ALL["maePerLabel"]!.chart;
    await saveChart(chart, join(folder, "figures", "mae.svg"));
    const svg = await readFile(join(folder, "figures", "mae.svg"), "utf8");
    assert.ok(svg.startsWith("<svg"));
    assert.equal(svg, await chart.toSVG());
  } finally {
    await rm(folder, { recursive: true });
  }
});
