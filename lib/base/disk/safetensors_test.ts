import assert from "node:assert/strict";
import { join } from "./path.ts";
import { writeAtomically } from "./files.ts";
import { decodeSafetensors, readSafetensors, writeSafetensors } from "./safetensors.ts";

async function inFolder(work: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const FILE = {
  arrays: {
    "stage1/weight": { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, NaN, -Infinity, 1e-40) },
    "ünit": { shape: [3], values: Uint8Array.of(0, 127, 255) },
    labels: { shape: [1, 2], values: Int32Array.of(-7, 2 ** 31 - 1) },
    empty: { shape: [0, 4], values: new Float32Array(0) },
  },
  metadata: { note: 'é "quoted"' },
};

Deno.test("readSafetensors() returns what writeSafetensors() was given, bit by bit", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    await writeSafetensors(path, FILE);
    assert.deepEqual(await readSafetensors(path), FILE);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.safetensors"]);
  });
});

Deno.test("writeSafetensors() stores only the viewed part of a view", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    const values = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    await writeSafetensors(path, { arrays: { view: { shape: [2], values } }, metadata: {} });
    const { arrays } = await readSafetensors(path);
    assert.deepEqual(arrays.view!.values, Float32Array.of(1, 2));
  });
});

// Laid out by hand from the format's description.
Deno.test("writeSafetensors() lays out length, header and data as the format says", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    await writeSafetensors(path, {
      arrays: { w: { shape: [1], values: Float32Array.of(1) } },
      metadata: {},
    });
    const bytes = await Deno.readFile(path);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assert.equal(length % 8, 0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    assert.deepEqual(header.w, { dtype: "F32", shape: [1], data_offsets: [0, 4] });
    assert.deepEqual([...bytes.subarray(8 + length)], [0, 0, 0x80, 0x3f]);
  });
});

Deno.test("readSafetensors() refuses a file that is cut off at any place", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    await writeSafetensors(path, FILE);
    const bytes = await Deno.readFile(path);
    const cut = join(folder, "cut.safetensors");
    for (const length of [0, 7, 8, 20, 200, bytes.length - 9, bytes.length - 1]) {
      await Deno.writeFile(cut, bytes.subarray(0, length));
      await assert.rejects(
        readSafetensors(cut),
        (error: Error) => error instanceof SyntaxError && error.message.includes(cut),
      );
    }
  });
});

Deno.test("readSafetensors() refuses bytes of another format", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    const bytes = new Uint8Array(64).fill(65);
    new DataView(bytes.buffer).setBigUint64(0, 16n, true);
    await Deno.writeFile(path, bytes);
    await assert.rejects(readSafetensors(path), /a\.safetensors" as safetensors: found no JSON/);
  });
});

Deno.test("writeSafetensors() says what to do when it cannot write, and leaves the old file", async () => {
  await inFolder(async (folder) => {
    // A file where the folder should be: a missing folder would be made.
    await Deno.writeTextFile(join(folder, "file"), "");
    await assert.rejects(
      writeSafetensors(join(folder, "file", "a.safetensors"), FILE),
      /Cannot write ".*a\.safetensors": .*; free disk space or check the folder's permissions/,
    );
    await Deno.remove(join(folder, "file"));
    // A rename onto a folder fails after the bytes were written, as late as anything can.
    const taken = join(folder, "taken");
    await Deno.mkdir(join(taken, "inside"), { recursive: true });
    await assert.rejects(writeSafetensors(taken, FILE), /Cannot write/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["taken"]);
  });
});

Deno.test("writeAtomically() reports a disk that is full and removes what it had begun", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.bin");
    await Deno.writeTextFile(path, "old");
    const { open } = Deno;
    // A real device that is always full stands in for the temporary file.
    Deno.open = (temporary, options) => {
      assert.ok(String(temporary).startsWith(path));
      return open("/dev/full", { write: options!.write });
    };
    try {
      await assert.rejects(
        writeAtomically(path, [new Uint8Array(10)]),
        /Cannot write ".*a\.bin": No space left on device .*; free disk space/,
      );
    } finally {
      Deno.open = open;
    }
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.bin"]);
  });
});

/** A file whose header is this text and which has eight bytes of data. */
async function writeHeader(path: string, header: string) {
  const bytes = new Uint8Array(8 + header.length + 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  await Deno.writeFile(path, bytes);
}

Deno.test("readSafetensors() refuses entries without offsets, and offsets that do not fit", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
    await writeHeader(path, JSON.stringify({ w: entry }));
    assert.deepEqual((await readSafetensors(path)).arrays.w!.shape, [2]);
    const cases: [unknown, RegExp][] = [
      [null, /found null, want/],
      [[], /found a list, want an object/],
      [{ w: null }, /found null at "w"/],
      [{ w: [] }, /found no "w\.dtype"/],
      [{ w: { dtype: "F32", shape: [2] } }, /found no "w\.data_offsets"/],
      [
        { w: { ...entry, dtype: "F8_E5M2" } },
        /found "F8_E5M2" at "w\.dtype", want \("F32" \| "U8" \| "I32" \| "F64" \| "BF16" \| "F16" \| "I64"\)/,
      ],
      [{ w: { ...entry, shape: [3] } }, /array "w" of shape \[3\] has 8 bytes, want 12/],
      [{ w: { ...entry, data_offsets: [8, 0] } }, /array "w" of shape \[2\] has -8 bytes, want 8/],
      [{ w: { ...entry, data_offsets: [0, 8.5] } }, /found 8\.5 at "w\.data_offsets\.1"/],
      [
        { w: { ...entry, data_offsets: [4, 12] } },
        /array "w" is cut off: found 8 bytes of data, want 12/,
      ],
      [{ w: { ...entry, data_offsets: [0, 7] } }, /array "w" of shape \[2\] has 7 bytes, want 8/],
      [
        { w: { ...entry, shape: [1], data_offsets: [4, 8] } },
        /array "w" follows a hole: found its data at byte 4, want byte 0/,
      ],
      [
        { w: entry, late: { ...entry, shape: [1], data_offsets: [4, 8] } },
        /array "late" overlaps another: found its data at byte 4, want byte 8/,
      ],
      [
        { w: entry, same: entry },
        /array "same" overlaps another: found its data at byte 0, want byte 8/,
      ],
      [
        { w: { ...entry, shape: [1], data_offsets: [0, 4] } },
        /found 4 bytes after the last array, want none/,
      ],
      [{}, /found 8 bytes after the last array, want none/],
      [{ w: entry, __metadata__: { note: 1 } }, /found 1 at "__metadata__\.note"/],
    ];
    for (const [header, finding] of cases) {
      await writeHeader(path, JSON.stringify(header));
      await assert.rejects(
        readSafetensors(path),
        (error: Error) =>
          error instanceof SyntaxError && error.message.includes(path) &&
          finding.test(error.message),
        String(finding),
      );
    }
  });
});

Deno.test("readSafetensors() refuses any bit of header or data that changed", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    await writeSafetensors(path, { ...FILE, arrays: { w: FILE.arrays.labels } });
    const bytes = await Deno.readFile(path);
    const harmless: string[] = [];
    for (let place = 8; place < bytes.length; place++) {
      const damaged = bytes.slice();
      damaged[place]! ^= 2;
      await Deno.writeFile(path, damaged);
      const found = await readSafetensors(path).catch((error) => {
        assert.ok(error instanceof SyntaxError, String(error));
      });
      if (found !== undefined) harmless.push(String.fromCharCode(bytes[place]!));
    }
    // Without its name the checksum is taken for a note, and all else is as it was.
    assert.equal(harmless.join(""), "crc32");
  });
});

/** Bytes of a file with one array. */
function fileOf(dtype: string, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const entry = { dtype, shape, data_offsets: [0, data.byteLength] };
  const header = new TextEncoder().encode(JSON.stringify({ w: entry }));
  const bytes = new Uint8Array(8 + header.length + data.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8 + header.length);
  return bytes;
}

Deno.test("decodeSafetensors() reads every type exactly", () => {
  const read = (dtype: string, shape: readonly number[], data: ArrayBufferView) =>
    decodeSafetensors(fileOf(dtype, shape, data), "a").arrays.w!.values;
  // Bits from the definitions: 1, -2.5, the least positive one, the greatest, infinity, not a number.
  const half = Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7bff, 0xfc00, 0x7e00, 0x8000);
  assert.deepEqual(
    read("F16", [7], half),
    Float32Array.of(1, -2.5, 2 ** -24, 65504, -Infinity, NaN, -0),
  );
  const brain = Uint16Array.of(0x3f80, 0xc020, 0x7f80, 0x0001);
  assert.deepEqual(
    read("BF16", [2, 2], brain),
    Float32Array.of(1, -2.5, Infinity, 2 ** -133),
  );
  assert.deepEqual(read("F64", [2], Float64Array.of(0.1, 1e300)), Float64Array.of(0.1, 1e300));
  assert.deepEqual(
    read("I64", [3], BigInt64Array.of(-(2n ** 53n), 7n, 2n ** 53n)),
    Float64Array.of(-(2 ** 53), 7, 2 ** 53),
  );
  for (const value of [2n ** 53n + 1n, -(2n ** 53n) - 1n]) {
    assert.throws(
      () => read("I64", [1], BigInt64Array.of(value)),
      (error: Error) =>
        error instanceof SyntaxError && error.message.includes(`"a" as safetensors: array "w"`) &&
        error.message.includes(`of type I64: found ${value}, want integers from -2^53 to 2^53`),
    );
  }
});

const PYTHON = "import sys, json, safetensors.numpy as s\n" +
  "print(json.dumps({k: [str(v.dtype), list(v.shape), v.ravel().tolist()] " +
  "for k, v in s.load_file(sys.argv[1]).items()}) if len(sys.argv) > 1 else '')";

function python(...args: string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command("python3", { args: ["-c", PYTHON, ...args] })
      .outputSync();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test({
  name: "the Python library loads what writeSafetensors() wrote",
  ignore: python() === undefined,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.safetensors");
      const { labels, empty, ünit } = FILE.arrays;
      const doubles = { shape: [2, 1], values: Float64Array.of(0.1, -3) };
      const arrays = { labels, empty, ünit, doubles };
      await writeSafetensors(path, { arrays, metadata: FILE.metadata });
      assert.deepEqual(JSON.parse(python(path)!), {
        labels: ["int32", [1, 2], [-7, 2 ** 31 - 1]],
        empty: ["float32", [0, 4], []],
        ünit: ["uint8", [3], [0, 127, 255]],
        doubles: ["float64", [2, 1], [0.1, -3]],
      });
    }),
});
