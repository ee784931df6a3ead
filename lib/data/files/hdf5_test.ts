import assert from "node:assert/strict";
import hdf5 from "h5wasm/node";
import { join } from "../../base/disk/path.ts";
import { openHdf5 } from "./hdf5.ts";

/** A file with one array of each kind. */
async function writeSample(path: string): Promise<void> {
  await hdf5.ready;
  const file = new hdf5.File(path, "w");
  const bytes = Uint8Array.from({ length: 60 * 12 }, (_, i) => i % 251);
  file.create_dataset({ name: "images", data: bytes, shape: [60, 3, 2, 2] });
  file.create_dataset({
    name: "packed",
    data: bytes,
    shape: [60, 12],
    chunks: [7, 12],
    compression: 4,
  });
  file.create_dataset({ name: "angles", data: Float64Array.of(0.1, 89.9), shape: [2] });
  file.create_dataset({ name: "short", data: Float32Array.of(0.5, -2), shape: [2] });
  file.create_dataset({ name: "indices", data: BigInt64Array.of(3n, -1n), shape: [2] });
  file.create_dataset({ name: "huge", data: BigInt64Array.of(2n ** 60n), shape: [1] });
  file.create_dataset({ name: "words", data: ["a", "b"], shape: [2] });
  file.create_group("group");
  file.close();
}

async function withSample(work: (path: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "sample.h5");
    await writeSample(path);
    await work(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("arrays, shapes and numbers of any kind come out", () =>
  withSample(async (path) => {
    using file = await openHdf5(path);
    const names = ["angles", "huge", "images", "indices", "packed", "short", "words"];
    assert.deepEqual(file.names, names);
    assert.deepEqual(file.shapeOf("images"), [60, 3, 2, 2]);
    assert.deepEqual([...file.numbers("angles")], [0.1, 89.9]);
    assert.deepEqual([...file.numbers("short")], [0.5, -2]);
    assert.deepEqual([...file.numbers("indices")], [3, -1]);
    assert.equal(file.numbers("images").length, 720);
  }));

Deno.test("rowsAtOnce() unpacks no chunk twice, and keeps within memory", () =>
  withSample(async (path) => {
    await hdf5.ready;
    const large = `${path}.large`;
    const writing = new hdf5.File(large, "w");
    const array = writing.create_dataset({
      name: "tall",
      data: new Uint8Array(12),
      shape: [1, 12],
      maxshape: [null, null],
      chunks: [1024, 12],
    });
    // A row of a MiB, and 1024 of them in a chunk.
    array.resize([1, 2 ** 20]);
    writing.close();
    using file = await openHdf5(path);
    assert.deepEqual([1, 7, 8].map((least) => file.rowsAtOnce("packed", least)), [7, 7, 14]);
    assert.equal(file.rowsAtOnce("images", 5), 5);
    using tall = await openHdf5(large);
    assert.equal(tall.rowsAtOnce("tall", 5), 5);
  }));

// Of h5py 3.16, compressed: "is_old" of True, False, True and "half" of 1.5, -2 in float16.
const BOOLEANS =
  "eNrr9HBx4+WS4mLm4GCAgf9QwA4VMoCK717Mx+Dv4RLExFDBJISsEAa4mBgYGRjYBBmAFFtmcXx+TspmqF42fpA" +
  "gS0ZiTtp+RgZUc0kAGYvuGoKdwMjAyCjCwMDEyMjIDJWD04oMjBFMIOsYGAQ4IDQDAweDm6NPsCtDSFCoK1CMFehUZi4OoDeYGRk4UA1gWMwwFMDl" +
  "T4tnoYcFE1QORjOLMDAKKvBD+QIMXKwMXMCYYED2PjPU+ywwgzcwDDmwLumYMsMoGAWjYBSMAuIBsO5gsGM4AADiXTNa";

Deno.test("booleans are integers, and floats of 16 bits are refused by their name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "booleans.h5");
    const packed = new Blob([Uint8Array.from(atob(BOOLEANS), (letter) => letter.charCodeAt(0))]);
    const unpacked = packed.stream().pipeThrough(new DecompressionStream("deflate"));
    await Deno.writeFile(path, unpacked);
    using file = await openHdf5(path);
    assert.equal(file.isInteger("is_old"), true);
    assert.deepEqual([...file.numbers("is_old")], [1, 0, 1]);
    assert.equal(file.isInteger("half"), false);
    assert.throws(
      () => file.numbers("half"),
      /found floating-point numbers of 16 bits, want integers or floats of 32 or 64 bits/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("single rows are read, from plain and from compressed arrays", () =>
  withSample(async (path) => {
    using file = await openHdf5(path);
    const wanted = Array.from({ length: 24 }, (_, i) => (5 * 12 + i) % 251);
    assert.deepEqual([...file.rows("images", 5, 7)], wanted);
    assert.deepEqual([...file.rows("packed", 5, 7)], wanted);
    assert.throws(() => file.rows("images", 59, 61), /rows 59 to 61 of "images".*has 60 rows/);
    assert.throws(
      () => file.rows("angles", 0, 1),
      /found elements of type "<d", want unsigned byt/,
    );
  }));

Deno.test("a missing array names what is there and what is wanted", () =>
  withSample(async (path) => {
    using file = await openHdf5(path);
    const message = /found arrays "angles", "huge", .*"words", want "labels"/;
    assert.throws(() => file.numbers("labels"), message);
    assert.throws(() => file.rows("labels", 0, 1), message);
    assert.throws(() => file.shapeOf("group"), /want "group"/);
    assert.throws(() => file.numbers("words"), /want integers or floats/);
    assert.throws(() => file.numbers("huge"), /found 1152921504606846976 at 0/);
    file.close();
    assert.throws(() => file.numbers("angles"), /is closed/);
  }));

Deno.test("what is missing, not HDF5 or cut short is refused in one line", () =>
  withSample(async (path) => {
    await assert.rejects(openHdf5(`${path}.none`), Deno.errors.NotFound);
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(`${path}.cut`, bytes.subarray(0, bytes.length / 2));
    await assert.rejects(
      openHdf5(`${path}.cut`),
      /^SyntaxError: Cannot read .*cut short: get the file/,
    );
    await Deno.writeTextFile(`${path}.text`, "not HDF5");
    await assert.rejects(openHdf5(`${path}.text`), /found no HDF5 signature/);
  }));

Deno.test("an array that its file cannot hold is refused before memory is taken for it", async () => {
  await hdf5.ready;
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "large.h5");
    const writing = new hdf5.File(path, "w");
    const array = writing.create_dataset({
      name: "images",
      data: new Uint8Array(12),
      shape: [1, 12],
      maxshape: [null, 12],
      chunks: [1, 12],
    });
    array.resize([2 ** 32, 12]);
    writing.close();
    using file = await openHdf5(path);
    assert.deepEqual(file.names, ["images"]);
    for (const read of [() => file.numbers("images"), () => file.rows("images", 0, 2 ** 31)]) {
      assert.throws(read, {
        name: "SyntaxError",
        message: /"images" of shape \[4294967296, 12\] would have 51539607552 bytes, in a file of/,
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("damage inside a file is told in our words, and the library prints nothing", () =>
  withSample(async (path) => {
    const whole = await Deno.readFile(path);
    const { error, log } = console;
    const printed: unknown[] = [];
    console.error = console.log = (...words: unknown[]) => void printed.push(words);
    let refused = 0;
    try {
      for (let at = 96; at < whole.length; at += 97) {
        const bytes = whole.slice();
        bytes.fill(0xff, at, at + 16);
        await Deno.writeFile(path, bytes);
        try {
          using file = await openHdf5(path);
          for (const name of file.names) file.numbers(name);
        } catch (found) {
          assert.ok(found instanceof SyntaxError || found instanceof RangeError, String(found));
          assert.ok(found.message.includes(path), found.message);
          refused++;
        }
      }
    } finally {
      Object.assign(console, { error, log });
    }
    assert.ok(refused > 5);
    assert.deepEqual(printed, []);
  }));
