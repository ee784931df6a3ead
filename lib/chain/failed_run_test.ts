import assert from "node:assert/strict";
import { TrainingFailed } from "../base/train_loop.ts";
import { rc49 } from "../experiments/rc49.ts";
import { resultTable } from "../report/tables.ts";
import { openSmallest } from "../testing/smallest_run.ts";
import { openRun } from "./open_run.ts";

async function inFolder(work: (results: string) => Promise<void>) {
  const results = await Deno.makeTempDir();
  try {
    await work(results);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

Deno.test("a student whose test error is not a number is a dash in the table, not its best", () =>
  inFolder(async (results) => {
    const changes = {
      trainOn: '["real"]',
      distillers: '["nokd"]',
      students: '[{"network":"shufflenet_v2","width":0.125}]',
      "studentTraining.learningRate": "5",
    };
    const run = await openRun(rc49, { preset: "smoke", results, changes });
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
    const changes = { trainOn: '["real"]', distillers: '["nokd"]', seeds: "[1,2]" };
    const broken = { ...changes, "studentTraining.learningRate": "1e30" };
    const { run } = openSmallest({ results, changes: broken });
    await assert.rejects(run.students(), (error: Error) =>
      error instanceof TrainingFailed &&
      /^Cannot train 2 of 2 students:\nCannot go on with .* seed 1; .*\n.* seed 2; /.test(
        error.message,
      ));
    const { run: sound } = openSmallest({ results, changes });
    await sound.students();
    const table = resultTable(await sound.records(), { paperTable: "1" });
    assert.deepEqual(table.rows.map(({ seeds, failed }) => [seeds, failed]), [
      [undefined, 2],
      [2, undefined],
    ]);
  }));
