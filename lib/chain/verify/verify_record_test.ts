import assert from "node:assert/strict";
import { readRecords } from "../../base/disk/records.ts";
import { openSmallest } from "../../testing/smallest_run.ts";
import { walkthrough } from "../../experiments/walkthrough.ts";
import { recordOf } from "../../testing/records.ts";
import { openRecorded, verifyRecord } from "./verify_record.ts";

Deno.test("verifyRecord() trains a recorded student again: same digits, or what differs", async () => {
  const [results, elsewhere] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    const filter = { cells: "VGG11, BLKD", trainOn: ["real"] } as const;
    await openSmallest({ results }).run.students(filter);
    const [record] = await readRecords(results, "cifar10", "smoke");
    const { run } = openSmallest({ results: elsewhere });
    const same = await verifyRecord(run, record!);
    assert.deepEqual([same.agrees, same.differences], [true, []], same.text);
    assert.equal((await readRecords(elsewhere, "cifar10", "smoke")).length, 1);

    const value = record!.value! + 2.5;
    const other = await verifyRecord(run, {
      ...record!,
      value,
      circumstances: { ...record!.circumstances!, threads: "64" },
    });
    assert.equal(other.agrees, false);
    assert.deepEqual(other.differences, [
      { what: "threads", recorded: "64", here: record!.circumstances!.threads },
    ]);
  } finally {
    await Deno.remove(results, { recursive: true });
    await Deno.remove(elsewhere, { recursive: true });
  }
});

Deno.test("openRecorded() opens the run that a record tells of, held-out images and changes with it", async () => {
  const results = await Deno.makeTempDir();
  try {
    const record = recordOf({
      preset: "smoke",
      cell: { dataset: "Toy shapes", setting: "toy, validation", student: "VGG11", method: "NOKD" },
      changes: { split: "validation", "synthesis.fakes": "30" },
    });
    const run = await openRecorded(walkthrough, record, { results });
    assert.equal(run.context.setting, "toy");
    assert.equal(run.specification.split, "validation");
    assert.equal(run.specification.synthesis.fakes, 30);
    assert.deepEqual([run.preset, run.changes], ["smoke", record.changes]);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
