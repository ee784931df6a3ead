import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { openImageFile, writeFileInPieces, writeImageFile } from "./disk_images.ts";

const SHAPE = { height: 2, width: 3, channels: 3 };
const SIZE = 18;

async function withFolder(work: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("writeImageFile() gives back every appended image, in any order of reading", () =>
  withFolder((folder) => {
    const bytes = Uint8Array.from({ length: 7 * SIZE }, (_, i) => (i * 37) & 255);
    const writer = writeImageFile(join(folder, "images.u8"), SHAPE);
    writer.append(bytes.subarray(0, 3 * SIZE));
    writer.append(bytes.subarray(3 * SIZE));
    assert.equal(writer.count, 7);
    using images = writer.finish();
    assert.equal(images.count, 7);
    const target = new Uint8Array(SIZE + 4).fill(9);
    for (const index of [6, 0, 3]) {
      images.read(index, target, 2);
      const wanted = bytes.subarray(index * SIZE, (index + 1) * SIZE);
      assert.deepEqual(target.subarray(2, 2 + SIZE), wanted);
      assert.deepEqual([target[1], target[SIZE + 2]], [9, 9]);
    }
    assert.throws(() => images.read(7, target, 0), /holds 7 images/);
    images.close();
    assert.throws(() => images.read(0, target, 0), /is closed/);
  }));

Deno.test("writeImageFile() shows no file before it is finished, and none when it is discarded", () =>
  withFolder((folder) => {
    const path = join(folder, "images.u8");
    const writer = writeImageFile(path, SHAPE);
    writer.append(new Uint8Array(SIZE));
    assert.ok(!names(folder).includes("images.u8"));
    assert.throws(() => writer.append(new Uint8Array(5)), /found 5 bytes, want a multiple of 18/);
    writer.discard();
    assert.deepEqual(names(folder), []);
  }));

Deno.test("writeFileInPieces() leaves an old file as it was until the new one is complete", () =>
  withFolder((folder) => {
    const path = join(folder, "file");
    Deno.writeTextFileSync(path, "old");
    const writer = writeFileInPieces(path);
    writer.append(new TextEncoder().encode("new"));
    assert.equal(Deno.readTextFileSync(path), "old");
    writer.finish();
    writer.discard();
    assert.equal(Deno.readTextFileSync(path), "new");
    assert.deepEqual(names(folder), ["file"]);
  }));

Deno.test("writeFileInPieces() names file and remedy when the folder cannot be written", () =>
  withFolder((folder) => {
    const path = join(folder, "missing", "file");
    assert.throws(() => writeFileInPieces(path), /Cannot write ".*file": .*; free disk space or/);
  }));

Deno.test({
  name: "writeFileInPieces() on a full disk names file and remedy",
  ignore: !await Deno.stat("/dev/full").then(() => true, () => false),
  fn: () =>
    withFolder((folder) => {
      // Stands in for a full disk: every write to it fails with "no space left".
      const path = join(folder, "file");
      using openSync = replaceOpenSync("/dev/full");
      const writer = writeFileInPieces(path);
      assert.ok(openSync.used);
      assert.throws(
        () => writer.append(new Uint8Array(10)),
        /Cannot write ".*file": .*[Nn]o space left.*; free disk space/,
      );
    }),
});

Deno.test("openImageFile() refuses a file that is too short, and skips what lies before `start`", () =>
  withFolder((folder) => {
    const path = join(folder, "images.u8");
    Deno.writeFileSync(path, Uint8Array.from({ length: 2 * SIZE + 1 }, (_, i) => i));
    assert.throws(() => openImageFile(path, SHAPE, 3), /found 37 bytes, want 54 for 3 images/);
    using images = openImageFile(path, SHAPE, 2, 1);
    const target = new Uint8Array(SIZE);
    images.read(1, target, 0);
    assert.deepEqual([target[0], target[SIZE - 1]], [19, 36]);
  }));

function replaceOpenSync(path: string): Disposable & { readonly used: boolean } {
  const original = Deno.openSync;
  let used = false;
  Deno.openSync = (_path, _options) => {
    used = true;
    return original(path, { write: true });
  };
  return {
    get used() {
      return used;
    },
    [Symbol.dispose]: () => void (Deno.openSync = original),
  };
}
