import assert from "node:assert/strict";
import { TrainingFailed } from "../base/training/failures.ts";
import { rc49 } from "../experiments/rc49.ts";
import { resultTable } from "../report/tables.ts";
import { openRun } from "./open_run.ts";
import type { Session } from "./session.ts";

async function inFolder(work: (results: string) => Promise<void>) {
  const results = await Deno.makeTempDir();
  try {
    await work(results);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

const CHANGES = {
  trainOn: '["real"]',
  distillers: '["nokd"]',
  students: '[{"network":"shufflenet_v2","width":0.125}]',
};
/** Large enough that statistics of inference overflow, while the loss of four steps is still a number. */
const BROKEN = { ...CHANGES, "studentTraining.learningRate": "5" };

Deno.test("a student whose test error is not a number is a dash in the table, not its best", () =>
  inFolder(async (results) => {
    const run = await openRun(rc49, { preset: "smoke", results, changes: BROKEN });
    await assert.rejects(run.students(), (error: Error) =>
      error instanceof TrainingFailed &&
      /^Cannot go on with student ShuffleNetV2 .*: .* is \S+ at step \d+ with seed 1;/.test(
        error.message,
      ));
    const [record, ...others] = await run.recordList();
    assert.deepEqual(others, []);
    assert.equal(record!.value, undefined);
    assert.match(record!.failure!, / is (?:-?Infinity|NaN) at step \d+$/);
    const table = resultTable(await run.records());
    assert.deepEqual(table.rows.map(({ ours, seeds, failed }) => [ours, seeds, failed]), [
      [undefined, undefined, 1],
    ]);
  }));

Deno.test("run.students() finishes the others when trainings fail, and tells of all that did", () =>
  inFolder(async (results) => {
    const options = { preset: "smoke", results, seeds: 2 };
    const run = await openRun(rc49, { ...options, changes: BROKEN });
    await assert.rejects(run.students(), (error: Error) =>
      error instanceof TrainingFailed &&
      /^Cannot train 2 of 2 students:\nCannot go on with .* seed 1; .*\n.* seed 2; /.test(
        error.message,
      ));
    const sound = await openRun(rc49, { ...options, changes: CHANGES });
    await sound.students();
    const table = resultTable(await sound.records());
    assert.deepEqual(table.rows.map(({ seeds, failed }) => [seeds, failed]), [
      [undefined, 2],
      [2, undefined],
    ]);
  }));

Deno.test("a regressor that dies is not trained to its last epoch, five times over", () =>
  inFolder(async (results) => {
    const changes = {
      ...CHANGES,
      "studentTraining.learningRate": "0.3",
      "studentTraining.epochs": "200",
    };
    let furthest = 0;
    const session: Session = {
      progress: ({ step, total, state }) => {
        if (state === "training") furthest = Math.max(furthest, step / total);
      },
      signal: new AbortController().signal,
      live: (work) => work,
    };
    const run = await openRun(rc49, { preset: "smoke", results, changes, session });
    await assert.rejects(run.students(), {
      message: /^Cannot train the student .*: found 0 for every image after 5 starts; lower/,
    });
    assert.ok(furthest < 0.2, `${100 * furthest} % of a training`);
  }));
