import assert from "node:assert/strict";
import { type FakesRecord, readFakesRecords, writeFakesRecord } from "./fakes_record.ts";

const RECORD: FakesRecord = {
  experiment: "rc49",
  preset: "desk",
  dataset: "RC-49",
  setting: "R-5, validation",
  stages: { fakes: "processed-1", gan: "cgan-1" },
  evidence: {
    realCount: 2250,
    fakeCount: 5000,
    areAdjusted: true,
    teacherError: 0.01,
    totalVariation: { value: 0.3, low: 0.28, high: 0.33 },
    labelTerm: { value: 0.05, low: 0.04, high: 0.06 },
    judgeError: 0.02,
    b: 1.1,
    labelDistance: 0.05,
    areClasses: false,
  },
  revision: "abc",
  time: "2026-11-29T12:00:00.000Z",
};

Deno.test("writeFakesRecord() keeps one record for each set of fakes, and the first of equal ones", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = await writeFakesRecord(folder, RECORD);
    assert.ok(path.endsWith("rc49/fakes/desk/R-5-validation_processed-1.json"), path);
    assert.deepEqual(await readFakesRecords(folder, "rc49", "desk"), [RECORD]);
    assert.deepEqual(await readFakesRecords(folder, "rc49", "quick"), []);

    const later = { ...RECORD, time: "2026-11-30T12:00:00.000Z" };
    await writeFakesRecord(folder, later);
    assert.deepEqual(await readFakesRecords(folder, "rc49", "desk"), [RECORD]);

    const other = { ...later, evidence: { ...RECORD.evidence, judgeError: 0.03 } };
    await writeFakesRecord(folder, other);
    assert.deepEqual(await readFakesRecords(folder, "rc49", "desk"), [other]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readFakesRecords() names a record that was changed, and a verdict makes it anew", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = await writeFakesRecord(folder, RECORD);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"judgeError": 0.02', '"judgeError": 0.2'));
    await assert.rejects(readFakesRecords(folder, "rc49", "desk"), {
      name: "SyntaxError",
      message: /Cannot read record ".*": found checksum .*; delete it and run again/,
    });
    const named: string[] = [];
    const left = await readFakesRecords(folder, "rc49", "desk", (name) => void named.push(name));
    assert.deepEqual([left, named], [[], [path]]);
    await writeFakesRecord(folder, RECORD);
    assert.deepEqual(await readFakesRecords(folder, "rc49", "desk"), [RECORD]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
