import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import type { Chart } from "../vega/chart.ts";
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
  marks: { "mark-line": 1, "mark-symbol": 2 },
  words: ["test error (%)", "epoch"],
});

/** Rows of a student with this many seeds at each epoch. */
const withSeeds = (series: string, counts: readonly number[]) =>
  counts.flatMap((count, i) =>
    Array.from({ length: count }, (_, seed) => ({ series, seed, epoch: i + 1, value: 10 + seed }))
  );

/** Classes of marks in the drawing of a chart, each with how many there are. */
async function marksOf(chart: Chart): Promise<Record<string, number>> {
  const svg = await chart.toSVG();
  assert.ok(!svg.includes("NaN"));
  const groups = svg.split(/class="mark-(?=(?:area|rule|symbol|line) role-mark)/).slice(1);
  const found: Record<string, number> = {};
  for (const group of groups) {
    const kind = group.match(/^\w+/)![0];
    const own = group.slice(0, group.indexOf("</g>"));
    found[kind] = (found[kind] ?? 0) + own.split(/<(?:path|line)/).length - 1;
  }
  return found;
}

Deno.test("studentCurves() draws one seed as points, and only several as a band", async () => {
  const one = await marksOf(studentCurves(withSeeds("a", [1, 1, 1])));
  assert.deepEqual(one, { line: 1, symbol: 3 });
  for (const seeds of [2, 3]) {
    const several = await marksOf(studentCurves(withSeeds("a", [seeds, seeds, seeds])));
    assert.deepEqual(several, { area: 1, line: 1, symbol: 3 });
  }
});

Deno.test("studentCurves() parts its band where an epoch has one seed", async () => {
  // More epochs than are marked each by a point.
  const whole = Array.from({ length: 12 }, () => 3);
  assert.deepEqual(await marksOf(studentCurves(withSeeds("a", whole))), { area: 1, line: 1 });
  const chart = studentCurves(withSeeds("a", whole.with(5, 1)));
  assert.deepEqual(await marksOf(chart), { area: 2, symbol: 1, line: 1 });
  // An interval alone is a bar, an epoch that nobody measured tears nothing.
  assert.deepEqual(
    await marksOf(studentCurves(withSeeds("a", [...whole.with(10, 1).with(4, 0)]))),
    { area: 1, rule: 1, symbol: 2, line: 1 },
  );
  // A series that was measured once beside one of many epochs.
  assert.deepEqual(
    await marksOf(studentCurves([...withSeeds("a", whole), ...withSeeds("b", [1])])),
    { area: 1, symbol: 1, line: 2 },
  );
});

Deno.test("studentCurves() keeps an epoch on a logarithmic axis where one seed of it is 0", () => {
  const rows = [
    { series: "a", seed: 1, epoch: 1, value: 4 },
    { series: "a", seed: 2, epoch: 1, value: 2 },
    { series: "a", seed: 1, epoch: 2, value: 3 },
    { series: "a", seed: 2, epoch: 2, value: 1 },
    { series: "a", seed: 3, epoch: 2, value: 0 },
    { series: "a", seed: 1, epoch: 3, value: 0 },
    { series: "a", seed: 1, epoch: 4, value: 9 },
    { series: "a", seed: 2, epoch: 4, value: 0 },
    { series: "a", seed: 3, epoch: 4, value: 0 },
  ];
  const chart = studentCurves(rows, { log: true, subtitle: "toy" });
  const { values } = chart.spec["data"] as { values: Record<string, number>[] };
  assert.deepEqual(
    values.map(({ epoch, mean, low, from, high, seeds }) => [epoch, mean, low, from, high, seeds]),
    [[1, 3, 2, 2, 4, 2], [2, 1.33333, 0, 1, 3, 3], [4, 3, 0, 3, 9, 3]],
  );
  const lines = ["toy", "4 values of 0 or less are not drawn: the axis is logarithmic"];
  assert.deepEqual((chart.spec["title"] as { subtitle: string[] }).subtitle, lines);
  assert.equal(chart.facts.at(-1), lines[1]);
  const plain = studentCurves(rows).spec;
  assert.equal((plain["data"] as { values: unknown[] }).values.length, 4);
  assert.equal("subtitle" in (plain["title"] as object), false);
  assert.throws(
    () => studentCurves(rows.slice(5, 6), { log: true }),
    /Cannot draw student curves: found 0 rows that the axes can hold among 1, want at least 1/,
  );
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
