import assert from "node:assert/strict";
import { ABLATIONS } from "../ablations/registry.ts";
import type { SweepPoint } from "../ablations/sweep.ts";
import { testDrawing } from "../testing/charts.ts";
import { pointsOf, sweepOf } from "../testing/sweeps.ts";
import { ablationFigure } from "./ablation.ts";

const POINTS: SweepPoint[] = pointsOf(
  { "no fakes": [22, 23], a: [24, 25], b: [20, 21], c: [21, 22], d: [23, 23] },
  (place) => [0, 100, 1000, 100, 1000][place],
  (place) =>
    place === 0 ? undefined : {
      expectation: "unclear",
      greatestGap: 0.3,
      threshold: 0.1,
      change: [0, 0.2, 0.1, -0.1, 0.3][place]!,
      totalVariation: 0.2,
      labelTerm: 0.1,
      seconds: 2,
    },
).map((point, place) => place === 0 ? point : { ...point, row: place < 3 ? 0.5 : 0.9 });

testDrawing("ablationFigure() of a map, with both minimisers", {
  chart: ablationFigure(sweepOf(ABLATIONS["map"]!, POINTS)),
  marks: { "mark-rect": 3, "mark-text": 1 },
  words: ["Full frame: least measured error", "Dashed frame: least bound", "rho"],
});

Deno.test("ablationFigure() of a map says where error and bound are least", () => {
  const { finding } = ablationFigure(sweepOf(ABLATIONS["map"]!, POINTS));
  assert.equal(
    finding,
    "The error is least at M^g = 1,000 and rho = 0.5 (−2 points). " +
      "The bound is least at 100 and 0.9, which costs 1.00 points more.",
  );
});
