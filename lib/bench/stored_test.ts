import assert from "node:assert/strict";
import { join } from "../base/path.ts";
import { type RunRecord, writeRecord } from "../base/records.ts";
import { stageTable, stageTimes } from "./stored.ts";

const RECORD: RunRecord = {
  experiment: "e",
  preset: "quick",
  cell: { dataset: "d", setting: "s", student: "VGG11", method: "BLKD" },
  seed: 1,
  metric: "error_rate_pct",
  unit: "%",
  value: 1,
  data: { name: "d", checksum: "c" },
  backend: { name: "native", device: "CPU", version: "1" },
  versions: {},
  wallSeconds: 12,
  revision: "r",
  stages: { student: "student-1", teacher: "teacher-1", cgan: "cgan-1", fakes: "fakes-1" },
  specification: "x",
  recipe: "recipe1",
  time: "2026-01-01T00:00:00.000Z",
};

Deno.test("stageTimes() adds the parts that records name, and theirs, to the students, slowest first", async () => {
  const results = await Deno.makeTempDir();
  const part = async (folder: string, id: string, notes: unknown, key: unknown = undefined) => {
    await Deno.mkdir(join(results, folder, id), { recursive: true });
    await Deno.writeTextFile(
      join(results, folder, id, "artifact.json"),
      JSON.stringify({ id, key, notes }),
    );
  };
  await writeRecord(results, RECORD);
  await part("parts", "teacher-1", { seconds: 300 });
  await part(".work", "cgan-1", { seconds: 900 });
  const inputs = { ratio: "ratio-1", real: "366ca2bebc985d68" };
  await part(".work", "fakes-1", {}, { stage: "fakes", inputs });
  // Named by no record: what the fakes were made with.
  const key = { stage: "ratio", specification: { network: "mlp5" }, inputs: { gan: "cgan-1" } };
  await part("parts", "ratio-1", { seconds: 20 }, key);
  assert.deepEqual(await stageTimes(results, "e", "quick"), [
    { stage: "cgan", seconds: 900 },
    { stage: "teacher", seconds: 300 },
    { stage: "ratio, mlp5", seconds: 20 },
    { stage: "student VGG11, BLKD, seed 1", seconds: 12 },
    { stage: "fakes", seconds: undefined },
  ]);
  assert.deepEqual(await stageTimes(results, "e", "desk"), []);
  await Deno.remove(results, { recursive: true });
});

Deno.test("stageTable() is nothing where nothing is stored", () => {
  assert.equal(stageTable("t", []), undefined);
  assert.match(stageTable("t", [{ stage: "cgan", seconds: 9 }])!.toText(), /cgan\s+9\.0/);
  const text = stageTable("t", [{ stage: "fakes", seconds: undefined }])!.toText();
  assert.match(text, /fakes\s+–/);
});
