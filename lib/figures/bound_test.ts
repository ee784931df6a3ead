import assert from "node:assert/strict";
import { boundTerms } from "../bound/error_bound.ts";
import type { Task } from "../base/contracts.ts";
import { ANGLES } from "../testing/tasks.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import type { MeasuredBound } from "../chain/stages/bound_stage.ts";
import { boundFigure, boundTable } from "./bound.ts";

const INPUTS = { real: 100, fakes: 300, rademacher: (n: number) => 1 / Math.sqrt(n) };
const AT_POINT = { value: 0.3, low: 0.3, high: 0.3 };
const BOUND: MeasuredBound = {
  seconds: 1,
  real: 100,
  fakes: 300,
  b: 4,
  totalVariation: { value: 0.3, low: 0.25, high: 0.35 },
  floor: AT_POINT,
  certified: 0,
  labelTerm: { value: 0.1, low: 0.1001, high: 0.1004 },
  terms: boundTerms({ ...INPUTS, totalVariation: 0.3, labelTerm: 0.1 }),
  without: boundTerms({ ...INPUTS, fakes: 0, totalVariation: 0, labelTerm: 0 }),
};

/** A run that has measured a bound, and one student of each method. */
function measured(
  task: Task,
  unit: string,
  split: "test" | "validation" = "test",
): ExperimentRun {
  return {
    experiment: { metric: { unit } },
    specification: { studentEpochs: "all images", split },
    dataset: { name: "RC-49 (rendered by us)", train: { task, origin: "rendered" } },
    bound: () => Promise.resolve(BOUND),
  } as unknown as ExperimentRun;
}

const student = (method: string, seed: number, value: number, name = "A") =>
  ({ cell: { student: name, method }, seed, record: { value } }) as unknown as StudentResult;

Deno.test("boundFigure() draws changes in the unit of the labels, and says what is bounded", async () => {
  const students = [student("NOKD", 1, 45), student("cGAN-KD", 1, 9)];
  const chart = await boundFigure(measured(ANGLES, "degrees"), students);
  // b / √400 − b / √100 = −0.2, 2 · 0.75 · 0.3 and 2 · 0.75 · 0.1, times 90 degrees.
  assert.deepEqual(chart.facts, [
    "bound, more images, b/√n: −18 degrees",
    "bound, images unlike real ones, 2 θ TV: +40.5 degrees",
    "bound, wrong labels, 2 θ Λ: +13.5 degrees",
    "bound, together: +36.0 degrees",
    "test error, A, equal epochs: −36 degrees",
  ]);
  const svg = await chart.toSVG();
  for (
    const words of ["excess over the best student", "fitted to errors of students", "(degrees)"]
  ) {
    assert.ok(svg.includes(words), words);
  }
  assert.match(svg, /RC-49 \(rendered by us\)/);
});

Deno.test("boundFigure() draws changes of error rates in points, and every comparison there is", async () => {
  const classes: Task = { kind: "classification", classes: 2, classNames: ["a", "b"] };
  const students = [
    student("NOKD", 1, 20),
    student("cGAN-KD", 1, 15),
    student("NOKD (equal steps)", 1, 12),
  ];
  const { facts, finding } = await boundFigure(measured(classes, "%"), students);
  assert.deepEqual(facts.slice(-3), [
    "bound, together: +40.0 points",
    "test error, A, equal epochs: −5 points",
    "test error, A, equal steps: +3 points",
  ]);
  assert.match(
    finding!,
    /^The bound rises by 40\.0 points: .* below 0\.133, and 0\.400 was measured\./,
  );
});

Deno.test("boundTable() prints no interval that is as narrow as its digits", async () => {
  const { rows } = await boundTable(measured(ANGLES, "degrees"));
  assert.deepEqual(rows.slice(0, 4).map(({ low, high }) => [low, high]), [
    [0.25, 0.35],
    [undefined, undefined],
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

Deno.test("boundFigure() says where training images were held out", async () => {
  const students = [student("NOKD", 1, 45), student("cGAN-KD", 1, 9)];
  const held = await boundFigure(measured(ANGLES, "degrees", "validation"), students);
  assert.match(held.title, /^What fakes change: bound and validation error/);
  assert.ok(held.facts.some((fact) => fact.startsWith("validation error, A")));
  assert.match(held.finding ?? "", /Changes of the validation error: /);
  assert.ok(!JSON.stringify([held.title, held.facts, held.finding]).includes("est error"));
});

Deno.test("boundFigure() says what share of each batch is fake, where it is not that of the set", async () => {
  const run = measured(ANGLES, "degrees");
  const shared = { ...run, bound: () => Promise.resolve({ ...BOUND, share: 0.25 }) };
  const words = async (one: ExperimentRun) => JSON.stringify((await boundFigure(one, [])).spec);
  assert.match(await words(shared as unknown as ExperimentRun), /M\^g = 300, 25 % of each batch;/);
  assert.match(await words(run), /M\^g = 300;/);
});
