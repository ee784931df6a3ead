import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { writeRecord } from "../base/disk/records.ts";
import { Store } from "../base/disk/store.ts";
import { recordOf } from "../testing/records.ts";
import { LeftOut } from "./left_out.ts";
import { studentsHere } from "./students_here.ts";

Deno.test("LeftOut names each damaged file once, and makes the exit code 1", () => {
  const said: unknown[] = [];
  const { error } = console;
  console.error = (text) => said.push(text);
  try {
    const damaged = new LeftOut();
    assert.equal(damaged.tell(), 0);
    for (const name of ["a", "b", "a"]) damaged.add(name, new SyntaxError(`Cannot read ${name}`));
    assert.deepEqual([damaged.count, damaged.tell()], [2, 1]);
  } finally {
    console.error = error;
  }
  assert.deepEqual(said, ["Left out: Cannot read a", "Left out: Cannot read b"]);
});

Deno.test("studentsHere() lists the others where a record is damaged, and tells of it", async () => {
  const results = await Deno.makeTempDir();
  try {
    const store = new Store(join(results, ".work"));
    const paths: string[] = [];
    for (const seed of [1, 2]) {
      const key = { stage: "student", codeVersion: 1, specification: { seed }, inputs: {} };
      const { artifact } = await store.stage(key, () => Promise.resolve({ arrays: {}, notes: {} }));
      const record = recordOf({ seed, value: 20 + seed, stages: { student: artifact.id } });
      paths.push(await writeRecord(results, record));
    }
    const names = async (damaged = new LeftOut()) => {
      const text = (await studentsHere({ results, store }, damaged)).toText();
      return [text.includes("seed 1"), text.includes("seed 2"), damaged.count];
    };
    assert.deepEqual(await names(), [true, true, 0]);
    const text = await Deno.readTextFile(paths[0]!);
    for (const torn of [text.slice(0, 40), "", "\0".repeat(99), text.replace("21", "11")]) {
      await Deno.writeTextFile(paths[0]!, torn);
      assert.deepEqual(await names(), [false, true, 1]);
    }
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
