import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { resultTable } from "../report/tables.ts";
import { openRun } from "./open_run.ts";
import { rc49 } from "../experiments/rc49.ts";

Deno.test("the chain for scalar labels at preset smoke", async () => {
  const results = await Deno.makeTempDir();
  try {
    const run = await openRun(rc49, { preset: "smoke", results });
    const { numTensors } = tf.memory();
    const students = await run.students();
    const { task } = run.dataset.train;
    assert.ok(task.kind === "regression");
    const expected = run.specification.students.length * run.specification.seeds.length *
      run.specification.trainOn.length * run.specification.distillers.length;
    assert.equal(students.length, expected);
    for (const { record } of students) {
      assert.deepEqual([record.metric, record.unit], [rc49.metric.name, rc49.metric.unit]);
      assert.ok(record.value >= 0 && record.value <= task.scale, `${record.value}`);
    }
    assert.equal((await run.records()).numRows(), expected);
    assert.ok(resultTable(await run.records()).toText().includes("cGAN-KD"));

    const { labels } = (await run.processed()).set;
    assert.equal(labels.length, run.specification.synthesis.fakes);
    assert.ok((await run.verdict()).sentence.includes(task.unit));

    // A teacher of two steps may give every fake nearly one label, which no test image has.
    const bound = await run.bound();
    assert.equal(bound.b, run.specification.bound.b);
    for (const { low, value, high } of [bound.totalVariation, bound.floor, bound.labelTerm]) {
      assert.ok(0 <= low && low <= value && value <= high, `${[low, value, high]}`);
    }
    assert.ok(bound.floor.value < 1);
    assert.ok(bound.certified >= 0 && bound.certified <= 1);
    assert.equal(tf.memory().numTensors, numTensors);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
