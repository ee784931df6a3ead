import assert from "node:assert/strict";
import { checkpointStep, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { constant, ParameterSet, Scope } from "../module.ts";
import { join } from "./path.ts";
import { rngOf } from "../rng.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

const CHECKPOINT = {
  step: 150,
  history: [{ step: 100, loss: 0.5 }],
  row: [{ loss: 0.25 }],
  seconds: 12.5,
};

function model(value = 1): ParameterSet {
  const parameters = new ParameterSet();
  new Scope(parameters, rngOf(1)).weight("w", [3], constant(value));
  return parameters;
}

async function withCheckpoint(work: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "checkpoint.safetensors");
    await writeCheckpoint(path, CHECKPOINT, { model: model() });
    await work(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readCheckpoint() gives back what was written, and nothing where there is no file", () =>
  withCheckpoint(async (path) => {
    const restored = model(0);
    assert.deepEqual(await readCheckpoint(path, { model: restored }), CHECKPOINT);
    assert.deepEqual((await restored.read()).w!.values, Float32Array.of(1, 1, 1));
    assert.equal(await checkpointStep(path), 150);
    assert.equal(await readCheckpoint(`${path}.other`, { model: restored }), undefined);
  }));

Deno.test("readCheckpoint() refuses any bit of a weight and any digit of the step that changed", () =>
  withCheckpoint(async (path) => {
    const bytes = await Deno.readFile(path);
    const text = new TextDecoder("latin1").decode(bytes);
    const digit = text.indexOf("150");
    assert.ok(digit > 0);
    for (
      const [place, bit] of [[bytes.length - 2, 4], [bytes.length - 9, 1], [digit, 1]] as const
    ) {
      const damaged = bytes.slice();
      damaged[place]! ^= bit;
      await Deno.writeFile(path, damaged);
      for (
        const read of [() => readCheckpoint(path, { model: model() }), () => checkpointStep(path)]
      ) {
        await assert.rejects(
          read,
          (error: Error) =>
            error instanceof SyntaxError && error.message.includes(path) &&
            /found checksum \w+, want \w+; delete it/.test(error.message),
        );
      }
    }
  }));

Deno.test("readCheckpoint() refuses values of another shape and names the file", () =>
  withCheckpoint(async (path) => {
    const { arrays } = await readSafetensors(path);
    const texts = [undefined, "null", "[]", "{}", JSON.stringify({ ...CHECKPOINT, step: "3" })];
    for (const checkpoint of [...texts, JSON.stringify({ ...CHECKPOINT, history: [null] })]) {
      await writeSafetensors(path, {
        arrays,
        metadata: checkpoint === undefined ? {} : { checkpoint },
      });
      await assert.rejects(checkpointStep(path), (error: Error) =>
        error instanceof SyntaxError &&
        error.message.startsWith(`Cannot read checkpoint "${path}": found `));
    }
  }));

Deno.test("readCheckpoint() takes a file of an older version, and says that it lacks a checksum", () =>
  withCheckpoint(async (path) => {
    const bytes = await Deno.readFile(path);
    const text = new TextDecoder("latin1").decode(bytes);
    // The same file without the entry, which older versions did not write.
    const [entry] = /,"crc32":"[0-9a-f]{8}"/.exec(text)!;
    const old = text.replace(entry, "").replace("}}  ", "}}").replace(/^[^]{8}/, "");
    const header = old.slice(0, old.lastIndexOf("}}") + 2).replace(/ +$/, "");
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
    const parts = [length, new TextEncoder().encode(header), bytes.subarray(start)];
    await Deno.writeFile(path, new Uint8Array(await new Blob(parts).arrayBuffer()));
    assert.deepEqual(await readCheckpoint(path, { model: model() }), {
      ...CHECKPOINT,
      lacksChecksum: true,
    });
  }));

Deno.test("writeCheckpoint() refuses numbers that are not finite and keeps the file that was there", () =>
  withCheckpoint(async (path) => {
    const before = await Deno.readFile(path);
    const cases: [() => Promise<void>, RegExp][] = [
      [() => writeCheckpoint(path, CHECKPOINT, { model: model(NaN) }), /model:w\[0\] is NaN/],
      [
        () =>
          writeCheckpoint(path, { ...CHECKPOINT, history: [{ step: 2, loss: Infinity }] }, {
            model: model(),
          }),
        /history\[0\]\.loss is Infinity/,
      ],
    ];
    for (const [write, message] of cases) {
      await assert.rejects(write, { name: "RangeError", message });
      assert.deepEqual(await Deno.readFile(path), before);
    }
  }));
