import assert from "node:assert/strict";
import { join } from "./path.ts";
import { readRecords, type RunRecord, writeRecord } from "./records.ts";

const RECORD: RunRecord = {
  experiment: "cifar10",
  preset: "quick",
  cell: { dataset: "CIFAR-10", setting: "C-10K", student: "VGG11", method: "cGAN-KD+BLKD" },
  seed: 1,
  metric: "error_rate_pct",
  unit: "%",
  value: 40.25,
  data: { name: "CIFAR-10 C-10K", checksum: "0123456789abcdef" },
  backend: { name: "native", device: "CPU", version: "2.21.0" },
  versions: { deno: "2.9.6" },
  wallSeconds: 60,
  revision: "0123456789ab",
  stages: { student: "student-1" },
  specification: "fedcba9876543210",
  recipe: "recipe1",
  time: "2026-01-01T00:00:00.000Z",
};

Deno.test("writeRecord() keeps the record of a run that is only looked up again", async () => {
  const folder = await Deno.makeTempDir();
  await writeRecord(folder, RECORD);
  await writeRecord(folder, { ...RECORD, revision: "later", time: "2026-02-01T00:00:00.000Z" });
  assert.deepEqual(await readRecords(folder, "cifar10", "quick"), [RECORD]);
});

Deno.test("writeRecord() replaces the record of a run whose value changed", async () => {
  const folder = await Deno.makeTempDir();
  await writeRecord(folder, RECORD);
  const changed = { ...RECORD, value: 39, time: "2026-02-01T00:00:00.000Z" };
  await writeRecord(folder, changed);
  assert.deepEqual(await readRecords(folder, "cifar10", "quick"), [changed]);
});

Deno.test("readRecords() orders by time and knows one preset from another", async () => {
  const folder = await Deno.makeTempDir();
  const later = { ...RECORD, seed: 2, time: "2026-02-01T00:00:00.000Z" };
  await writeRecord(folder, later);
  await writeRecord(folder, RECORD);
  await writeRecord(folder, { ...RECORD, preset: "desk" });
  assert.deepEqual((await readRecords(folder, "cifar10", "quick")).map(({ seed }) => seed), [1, 2]);
  assert.deepEqual(await readRecords(folder, "cifar10", "paper"), []);
});

Deno.test("readRecords() names a file that is no record", async () => {
  const folder = await Deno.makeTempDir();
  const path = await writeRecord(folder, RECORD);
  await Deno.writeTextFile(join(path, "..", "broken.json"), "{");
  await assert.rejects(readRecords(folder, "cifar10", "quick"), /broken\.json/);
});

Deno.test("writeRecord() gives each specification a record of its own", async () => {
  const folder = await Deno.makeTempDir();
  await writeRecord(folder, RECORD);
  await writeRecord(folder, { ...RECORD, specification: "another" });
  assert.equal((await readRecords(folder, "cifar10", "quick")).length, 2);
});
