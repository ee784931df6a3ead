import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { type RunRecord, writeRecord } from "../../base/disk/records.ts";
import { stageTable, stageTimes } from "./stage_times.ts";

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
  const part = async (
    folder: string,
    id: string,
    notes: unknown,
    { key, peakBytes }: { key?: unknown; peakBytes?: number } = {},
  ) => {
    await Deno.mkdir(join(results, folder, id), { recursive: true });
    await Deno.writeTextFile(
      join(results, folder, id, "artifact.json"),
      JSON.stringify({ id, key, notes, peakBytes }),
    );
  };
  await writeRecord(results, RECORD);
  await part("parts", "teacher-1", { seconds: 300 });
  await part(".work", "cgan-1", { seconds: 900 }, { peakBytes: 2e9 });
  await part(".work", "student-1", { seconds: 12 }, { peakBytes: 1e9 });
  const inputs = { ratio: "ratio-1", real: "366ca2bebc985d68" };
  await part(".work", "fakes-1", {}, { key: { stage: "fakes", inputs } });
  // Named by no record: what the fakes were made with.
  const key = { stage: "ratio", specification: { network: "mlp5" }, inputs: { gan: "cgan-1" } };
  await part("parts", "ratio-1", { seconds: 20 }, { key });
  assert.deepEqual(await stageTimes(results, "e", "quick"), [
    { stage: "cgan", seconds: 900, peakBytes: 2e9 },
    { stage: "teacher", seconds: 300, peakBytes: undefined },
    { stage: "ratio, mlp5", seconds: 20, peakBytes: undefined },
    { stage: "student VGG11, BLKD, seed 1", seconds: 12, peakBytes: 1e9 },
    { stage: "fakes", seconds: undefined, peakBytes: undefined },
  ]);
  assert.deepEqual(await stageTimes(results, "e", "desk"), []);
  await Deno.remove(results, { recursive: true });
});

Deno.test("stageTable() is nothing where nothing is stored", () => {
  assert.equal(stageTable("t", []), undefined);
  assert.match(
    stageTable("t", [{ stage: "cgan", seconds: 9, peakBytes: 2e9 }])!.toText(),
    /cgan\s+9\.0\s+2,?000/,
  );
  const text = stageTable("t", [{ stage: "fakes", seconds: undefined, peakBytes: undefined }])!
    .toText();
  assert.match(text, /fakes\s+–\s+–/);
});
