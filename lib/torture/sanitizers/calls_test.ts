import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { kernelSources } from "../../setup/tensorflow/cpu_kernels.ts";

const CALLS = (await Deno.readTextFile(join(import.meta.dirname!, "calls.txt"))).trim().split("\n");

Deno.test("calls.txt has calls of every kernel that lib/native/cpu registers, and of no other", async () => {
  const registered = new Set<string>();
  for (const path of await kernelSources()) {
    for (const [, name] of (await Deno.readTextFile(path)).matchAll(/"(CganKd\w+)"/g)) {
      registered.add(name!);
    }
  }
  assert.ok(registered.size > 60);
  const called = new Set(CALLS.map((line) => line.split(" ")[0]!));
  const advice = "record the calls of its tests: record_calls.ts says how";
  assert.deepEqual([...called].sort(), [...registered].sort(), advice);
});

Deno.test("calls.txt holds what the driver reads: attributes, then inputs with their sides", () => {
  const word = /^(\w+=([-\d.e]+|-?nan|-?inf)|f:(\d+(,\d+)*)?|i:(\d+(,\d+)*)?(=-?\d+(,-?\d+)*)?)$/;
  for (const line of CALLS) {
    const [, ...words] = line.split(" ");
    for (const one of words) assert.match(one, word, line);
    assert.ok(words.some((one) => /^[fi]:/.test(one)), line);
  }
});
