import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { teacherScoreHistogram } from "./teacher_scores.ts";

Deno.test("teacherScoreHistogram() has a bin edge at the cut-off", () => {
  const scores = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const chart = teacherScoreHistogram({ scores, threshold: 4, rho: 0.4, kept: 4 });
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
    const chart = teacherScoreHistogram({ scores: [1, 2, 3], threshold, rho: 1, kept: 3 });
    assert.match(await chart.toSVG(), /rho = 1/);
  }
  const same = teacherScoreHistogram({ scores: [0, 0, 0], threshold: 0, rho: 0.5, kept: 2 });
  assert.match(await same.toSVG(), /2 of 3 fakes kept/);
});

testDrawing("teacherScoreHistogram", {
  chart: teacherScoreHistogram({ scores: [0.1, 0.2, 3], threshold: 1, rho: 0.7, kept: 2 }),
  marks: { "mark-rule": 1, "mark-rect": 1 },
  words: ["rho = 0.7: cut-off 1", "kept", "dropped"],
});
