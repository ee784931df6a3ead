import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { flawOfError, fuzzSubject } from "./fuzz.ts";
import { mutate, MUTATIONS } from "./mutate.ts";
import { bytesOf, type Subject } from "./subject.ts";
import { SUBJECTS } from "./subjects.ts";

/** Inputs of each reader; the long run has hundreds. */
const INPUTS = 16;

for (const subject of SUBJECTS) {
  Deno.test(`${subject.name}: damaged files are refused by name, or read as far as they tell`, async () => {
    const inputs = Math.ceil(INPUTS * (subject.share ?? 1));
    const report = await fuzzSubject(subject, { seed: 7, from: 0, to: inputs });
    assert.deepEqual(report.faults, []);
    assert.equal(report.refused + report.read, inputs);
  });
}

Deno.test("mutate() gives the same damage for a seed, other damage for another, and spares what it is given", () => {
  const whole = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
  const before = whole.slice();
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const { bytes, how } = mutate(whole, rngOf(seed));
    assert.deepEqual(mutate(whole, rngOf(seed)), { bytes, how });
    for (const name of how.split(", ")) seen.add(name);
  }
  assert.deepEqual(whole, before);
  assert.deepEqual([...seen].sort(), Object.keys(MUTATIONS).sort());
});

Deno.test("every mutation takes a file of one byte and changes a longer one", () => {
  for (const [name, mutation] of Object.entries(MUTATIONS)) {
    mutation(Uint8Array.of(49), rngOf(1));
    const whole = bytesOf('{"count": 12, "side": 34, "rest": "abcdefghijklmnopqrstuvwxyz"}');
    const results = [1, 2, 3, 4, 5].map((seed) => mutation(new Uint8Array(whole), rngOf(seed)));
    const isChanged = results.some((bytes) => `${bytes}` !== `${whole}`);
    assert.ok(isChanged, name);
  }
});

Deno.test("flawOfError() wants words of ours that name the file", () => {
  const names = ["set.h5"];
  assert.equal(
    flawOfError(new SyntaxError('Cannot read "/tmp/set.h5": cut short'), names),
    undefined,
  );
  assert.match(flawOfError(new RangeError("Cannot split class a"), names)!, /names no file/);
  const stray = new TypeError("Cannot read properties of undefined (reading 'length')");
  assert.match(flawOfError(stray, names)!, /names no file/);
  assert.match(flawOfError(new RangeError("Invalid typed array length: -1"), names)!, /not worded/);
  assert.match(flawOfError("a string", names)!, /it threw a string/);
});

/** A reader of one file, which does as told. */
function subjectOf(read: Subject["read"], value: "equal" | "part" | "any" = "equal"): Subject {
  const files = { "a.txt": bytesOf("one,two,three") };
  return { name: "told", samples: () => Promise.resolve([{ name: "s", files, value }]), read };
}

const textOf = async (folder: string) => await Deno.readTextFile(`${folder}/a.txt`);

Deno.test("fuzzSubject() sees values that a checksum should have refused", async () => {
  const options = { seed: 1, from: 0, to: 20 };
  const reader: Subject["read"] = async (folder) => (await textOf(folder)).split(",");
  const equal = await fuzzSubject(subjectOf(reader), options);
  assert.ok(equal.faults.length > 10);
  assert.match(equal.faults[0]!.what, /another value, though a checksum could tell/);
  const any = await fuzzSubject(subjectOf(reader, "any"), options);
  assert.deepEqual([any.faults, any.read], [[], 20]);
  const left: Subject["read"] = async (folder) =>
    (await textOf(folder)).includes("one") ? ["one"] : [];
  assert.deepEqual((await fuzzSubject(subjectOf(left, "part"), options)).faults, []);
});

Deno.test("fuzzSubject() sees time, memory and stray errors, and draws an input from its number only", async () => {
  let reads = 0;
  const slow: Subject["read"] = () => {
    if (reads++ === 0) return Promise.resolve([]);
    throw new RangeError("Invalid array length");
  };
  const all = await fuzzSubject(subjectOf(slow), { seed: 1, from: 0, to: 6 });
  assert.equal(all.faults.length, 6);
  reads = 0;
  const last = await fuzzSubject(subjectOf(slow), { seed: 1, from: 5, to: 6 });
  assert.deepEqual(last.faults, all.faults.slice(5));
  const any = subjectOf(() => Promise.resolve([]), "any");
  const timed = await fuzzSubject(any, { seed: 1, from: 0, to: 1, seconds: -1 });
  assert.match(timed.faults[0]!.what, /^it took \d+\.\d s$/);
  const grown = await fuzzSubject(any, { seed: 1, from: 0, to: 1, bytes: -1 });
  assert.match(grown.faults[0]!.what, /^it took \d+ MiB$/);
});
