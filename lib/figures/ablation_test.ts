import assert from "node:assert/strict";
import { ABLATIONS } from "../ablations/registry.ts";
import type { Sweep, SweepPoint } from "../ablations/sweep.ts";
import { testDrawing } from "../testing/charts.ts";
import { pointsOf, sweepOf } from "../testing/sweeps.ts";
import { ablationFigure } from "./ablation.ts";

const FAKES = pointsOf(
  { "no fakes": [22, 23, 24], few: [23, 24, 24], many: [20, 21, 22.5] },
  (place) => 1000 * place,
);
const NAMES = ["no fakes", "unprocessed", "filtering", "adjustment", "subsampling"];
const COMPONENTS = pointsOf(
  Object.fromEntries(NAMES.map((name, place) => [name, [22 - place, 23 - place]])),
  () => undefined,
);

testDrawing("ablationFigure() of M^g on CIFAR-10", {
  chart: ablationFigure(sweepOf(ABLATIONS["fakes"]!, FAKES)),
  marks: { "mark-line": 2, "mark-rule": 1, "mark-symbol": 2 },
  words: ["paper, read off figure", "processed fake images M^g", "Compare shapes"],
});

testDrawing("ablationFigure() of components on CIFAR-10", {
  chart: ablationFigure(sweepOf(ABLATIONS["components"]!, COMPONENTS)),
  marks: { "mark-rule": 1, "mark-symbol": 2 },
  words: ["paper, read off figure", "unprocessed", "VGG11"],
});

testDrawing("ablationFigure() of rho, one seed", {
  chart: ablationFigure(sweepOf(
    ABLATIONS["rho"]!,
    pointsOf(
      { "no fakes": [22], "rho = 0.1": [23], "rho = 0.2": [undefined], "rho = 0.3": [21] },
      (place) => place === 0 ? undefined : place / 10,
    ),
  )),
  marks: { "mark-line": 1, "mark-rule": 1, "mark-symbol": 1 },
  words: ["no fakes", "rho, share of the fakes"],
});

const BOUNDED = pointsOf(
  { "no fakes": [22], "rho = 0.2": [23], "rho = 0.6": [21] },
  (place) => [undefined, 0.2, 0.6][place],
  (place) =>
    place === 0 ? undefined : {
      expectation: "unclear",
      greatestGap: 0.3,
      threshold: 0.1,
      change: [0, 0.1, 0.2][place]!,
      totalVariation: 0.2,
      labelTerm: 0.1,
      seconds: 1,
    },
);

testDrawing("ablationFigure() of rho with the minimiser of the bound", {
  chart: ablationFigure(sweepOf(ABLATIONS["rho"]!, BOUNDED)),
  marks: { "mark-line": 1, "mark-rule": 2, "mark-symbol": 1 },
  words: ["least bound"],
});

Deno.test("ablationFigure() has the paper's figure on CIFAR-10 only", () => {
  const sweep = (changes: Partial<Sweep>) =>
    ablationFigure(sweepOf(ABLATIONS["fakes"]!, FAKES, changes)).toText();
  assert.match(sweep({}), /VGG11 \(paper\): least 14/);
  for (const changes of [{ dataset: "RC-49 (rendered by us)" }, { setting: "C-10K, validation" }]) {
    assert.doesNotMatch(sweep(changes), /paper/);
  }
});

Deno.test("ablationFigure() says where the error is lowest and whether seeds can tell", () => {
  const finding = (points: readonly SweepPoint[]) =>
    ablationFigure(sweepOf(ABLATIONS["fakes"]!, points)).finding;
  assert.equal(
    finding(FAKES),
    'VGG11: lowest test error 21.17 %, at "many", 1.83 points below no fakes (± 0.717 over 3 seeds; ' +
      "it is the best of 3).",
  );
  const single = pointsOf({ "no fakes": [22], few: [21] }, (place) => place);
  assert.match(finding(single)!, /1\.00 points below no fakes \(1 seed; this may be chance\)\./);
  const worse = pointsOf({ "no fakes": [22], few: [24] }, (place) => place);
  assert.match(finding(worse)!, /at "no fakes": no point is below it\./);
});
