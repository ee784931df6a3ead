import { ABLATIONS } from "../ablations/registry.ts";
import { testDrawing } from "../testing/charts.ts";
import { pointsOf, sweepOf } from "../testing/sweeps.ts";
import { foretellingFigure } from "./foretelling.ts";

const POINTS = pointsOf(
  {
    "no fakes": [22, 23],
    "biggan, 1,000 steps": [24, 25],
    "biggan, 2,000 steps": [23, 24],
    "diffusion, 1,000 steps": [22, 22],
  },
  () => undefined,
).map((point, place) =>
  place === 0 ? point : {
    ...point,
    measures: {
      coverage: place / 10,
      recall: place / 20,
      precision: 1 / place,
      frechet: 10 - place,
      labels: 0.9,
      accuracyScore: 60 - place,
    },
  }
);

testDrawing("foretellingFigure", {
  chart: foretellingFigure(sweepOf(ABLATIONS["generator"]!, POINTS)),
  marks: { "mark-symbol": 5 },
  words: ["coverage", "Fréchet distance", "biggan", "diffusion", "tau-b 1.00"],
});
