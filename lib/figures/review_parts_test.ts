import assert from "node:assert/strict";
import type { StudentResult } from "../chain/run.ts";
import { studentChoices } from "../chain/stages/student_choice.ts";
import { distillers } from "../experiments/distillers.ts";
import { rc49 } from "../experiments/rc49.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { publishedReviewParts } from "../report/paper/review_parts.ts";
import { reviewPartsChoices, type ReviewPartsRun, reviewPartsTable } from "./review_parts.ts";

const specification = resolve(distillers, "desk");
const run = {
  experiment: distillers,
  specification,
  dataset: { train: { origin: "real" } },
} as unknown as ReviewPartsRun;

const student = (method: string, seed: number, test: number) =>
  ({ cell: { student: "VGG11", method }, seed, network: { test } }) as unknown as StudentResult;

Deno.test("reviewPartsChoices() has six forms a seed, of which two are students of the table", () => {
  const choices = reviewPartsChoices(run);
  assert.equal(choices.length, 6 * specification.seeds.length);
  const table = studentChoices(specification, { trainOn: ["real"] });
  const [first] = specification.seeds;
  for (const name of ["nokd", "review_kd"]) {
    const own = choices.find(({ distiller, seed }) => distiller === name && seed === first)!;
    const same = table.find(({ distiller, seed }) => distiller === name && seed === first)!;
    // What is left out and what is undefined name the same student.
    assert.deepEqual({ teacher: undefined, ...own }, same);
  }
  const { students, teachers } = resolve(rc49, "desk");
  const scalar = reviewPartsChoices({ specification: resolve(rc49, "desk") });
  assert.deepEqual(scalar[1]!.student, students[0]);
  assert.deepEqual(scalar[1]!.teacher, teachers[0]);
});

Deno.test("reviewPartsTable() takes gains seed by seed, beside those of the study, and leaves others out", () => {
  const table = reviewPartsTable(run, [
    student("NOKD", 1, 30),
    student("NOKD", 2, 20),
    student("ReviewKD (review separate, context false)", 1, 29),
    student("ReviewKD", 1, 27),
    student("ReviewKD", 2, 18),
    student("BLKD", 1, 10),
  ]);
  const rows = table.objects() as Record<string, unknown>[];
  assert.deepEqual(
    rows.map(({ review, residual, fusion, context }) => [review, residual, fusion, context]),
    [["–", "–", "–", "–"], ["yes", "–", "–", "–"], ["yes", "yes", "yes", "yes"]],
  );
  assert.deepEqual(rows.map(({ error }) => error), [25, 29, 22.5]);
  assert.deepEqual(rows.map(({ gain }) => gain), [undefined, 1, 2.5]);
  assert.deepEqual(rows.map(({ seeds }) => seeds), [2, 1, 2]);
  const reported = rows.map(({ reported }) => reported as number | undefined);
  assert.equal(reported[0], undefined);
  assert.ok(Math.abs(reported[1]! - 0.03) < 1e-9 && Math.abs(reported[2]! - 2.29) < 1e-9);
});

Deno.test("publishedReviewParts() refuses parts that the study does not have", () => {
  assert.throws(() => publishedReviewParts("fusion" as "none"), /no row of parts "fusion"/);
});
