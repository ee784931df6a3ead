import assert from "node:assert/strict";
import { join } from "./path.ts";
import { writeAtomically } from "./files.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

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
    const path = join(folder, "missing", "a.safetensors");
    await assert.rejects(
      writeSafetensors(path, FILE),
      /Cannot write ".*missing.*": .*; free disk space or check the folder's permissions/,
    );
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
        { w: { ...entry, dtype: "F64" } },
        /found "F64" at "w\.dtype", want \("F32" \| "U8" \| "I32"\)/,
      ],
      [{ w: { ...entry, shape: [3] } }, /array "w" of shape \[3\] has 8 bytes, want 12/],
      [{ w: { ...entry, data_offsets: [8, 0] } }, /array "w" of shape \[2\] has -8 bytes, want 8/],
      [{ w: { ...entry, data_offsets: [0, 8.5] } }, /found 8\.5 at "w\.data_offsets\.1"/],
      [{ w: { ...entry, data_offsets: [4, 12] } }, /array "w" is cut off/],
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
