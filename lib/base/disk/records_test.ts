import assert from "node:assert/strict";
import { join } from "./path.ts";
import { evaluate, libFile } from "../../testing/processes.ts";
import { codeRevision, readRecords, type RunRecord, writeRecord } from "./records.ts";

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

Deno.test("writeRecord() keeps both dates of a run that was trained again with an equal value", async () => {
  const folder = await Deno.makeTempDir();
  await writeRecord(folder, RECORD);
  const confirmed = {
    revision: "later",
    time: "2026-02-01T00:00:00.000Z",
    wallSeconds: 61.5,
    speed: { imagesPerSecond: 812.5, where: "CPU (fast, threads: 2), batches of 64" },
  };
  await writeRecord(folder, { ...RECORD, ...confirmed });
  // Looked up once more: nothing new.
  await writeRecord(folder, { ...RECORD, ...confirmed, time: "2026-03-01T00:00:00.000Z" });
  assert.deepEqual(await readRecords(folder, "cifar10", "quick"), [{ ...RECORD, confirmed }]);
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

Deno.test("writeRecord() refuses numbers that are not finite, naming run, stage and seed", async () => {
  const folder = await Deno.makeTempDir();
  for (const change of [{ value: NaN }, { value: Infinity }, { wallSeconds: NaN }]) {
    await assert.rejects(writeRecord(folder, { ...RECORD, ...change }), {
      name: "RangeError",
      message:
        /record of VGG11, cGAN-KD\+BLKD, on C-10K with seed 1 \(stage student-1\): found \w+ = /,
    });
  }
  const { value: _value, ...without } = RECORD;
  await assert.rejects(writeRecord(folder, without), /found neither, want a value or the reason/);
  assert.deepEqual(await readRecords(folder, "cifar10", "quick"), []);
});

Deno.test("writeRecord() keeps a failed run until the same run has a result", async () => {
  const folder = await Deno.makeTempDir();
  const { value: _value, ...rest } = RECORD;
  const failed = { ...rest, failure: "test is NaN at step 4" };
  await writeRecord(folder, failed);
  assert.deepEqual(await readRecords(folder, "cifar10", "quick"), [failed]);
  await writeRecord(folder, RECORD);
  assert.deepEqual(await readRecords(folder, "cifar10", "quick"), [RECORD]);
});

/** Writes the one record of a folder, has its JSON changed, and reads it again. */
async function readChanged(change: (record: Record<string, unknown>) => unknown) {
  const folder = await Deno.makeTempDir();
  const path = await writeRecord(folder, RECORD);
  const record = JSON.parse(await Deno.readTextFile(path));
  const changed = change(record);
  await Deno.writeTextFile(path, JSON.stringify(changed === undefined ? record : changed));
  return await readRecords(folder, "cifar10", "quick");
}

Deno.test("readRecords() refuses what changed or has another shape, and names the file", async () => {
  const cases: [(record: Record<string, unknown>) => unknown, RegExp][] = [
    [(it) => void (it.value = 35.25), /found checksum \w+, want \w+; delete it and run again/],
    [(it) => void (it.seed = 2), /found the record of another run than its name says/],
    [(it) => void (it.value = "40"), /found "40" at "value", want/],
    [(it) => void delete it.cell, /found no "cell"/],
    [() => null, /found null, want Object/],
    [() => [], /found a list, want an object/],
    [() => ({}), /found no "experiment"/],
  ];
  for (const [change, finding] of cases) {
    await assert.rejects(
      readChanged(change),
      (error: Error) =>
        error instanceof SyntaxError && finding.test(error.message) &&
        /Cannot read record ".*C-10K_VGG11.*\.json": /.test(error.message),
    );
  }
});

Deno.test("readRecords() reads null, which older versions wrote for NaN, as a failed run", async () => {
  const [record] = await readChanged((it) => {
    it.value = null;
    delete it.checksum;
  });
  assert.deepEqual([record!.value, record!.failure], [undefined, "its result is not a number"]);
});

Deno.test("writeRecord() confirms a record without a right to write", async () => {
  const folder = await Deno.makeTempDir();
  await writeRecord(folder, RECORD);
  const look = (record: RunRecord) => `
    import { writeRecord } from ${libFile("base/disk/records.ts")};
    console.log(await writeRecord(${JSON.stringify(folder)}, ${JSON.stringify(record)}));`;
  assert.match(await evaluate(look(RECORD), { denyWrite: folder }), /C-10K_VGG11/);
  const other = look({ ...RECORD, value: 1 });
  await assert.rejects(evaluate(other, { denyWrite: folder }), /Cannot write ".*quick": /);
});

Deno.test("codeRevision() leaves the index of the user's repository alone", async () => {
  const folder = await Deno.makeTempDir();
  const git = async (...args: string[]) => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
    const { success } = await new Deno.Command("git", {
      args: ["-C", folder, ...identity, ...args],
      stdout: "null",
      stderr: "null",
    }).output();
    assert.ok(success, args.join(" "));
  };
  await Deno.writeTextFile(join(folder, "deno.json"), "{}");
  await git("init");
  await git("add", ".");
  await git("commit", "-m", "one");
  // `git status` would note the new time of the file in the index.
  await Deno.utime(join(folder, "deno.json"), 1, 1);
  const index = join(folder, ".git", "index");
  const before = await Deno.readFile(index);
  assert.match(await codeRevision(folder), /^[0-9a-f]{12}$/);
  assert.deepEqual(await Deno.readFile(index), before);
  await Deno.writeTextFile(join(folder, "deno.json"), "[]");
  assert.match(await codeRevision(folder), /^[0-9a-f]{12}\+changes$/);
});

Deno.test("readRecords() tells of a damaged file and reads the others, where somebody listens", async () => {
  const folder = await Deno.makeTempDir();
  const path = await writeRecord(folder, RECORD);
  const torn = join(path, "..", "torn.json");
  await Deno.writeTextFile(torn, '{ "experiment": "cifar10" }');
  const told: [string, string][] = [];
  const records = await readRecords(folder, "cifar10", "quick", (path, { name, message }) => {
    told.push([path, name]);
    assert.ok(message.includes("torn.json"), message);
  });
  assert.deepEqual(records, [RECORD]);
  assert.deepEqual(told, [[torn, "SyntaxError"]]);
});
