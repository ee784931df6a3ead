import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { loadUtkface } from "./utkface.ts";
import { AUTHORS_FILE } from "./find.ts";
import { drawFace, faceName, withFaces } from "../../testing/faces.ts";

/** Byte of image n at channel, row and column. */
const byteAt = (n: number, c: number, y: number, x: number) => (n * 31 + c * 85 + y * 3 + x) & 255;

const COUNT = 12;
const ARRAYS = {
  labels: Float64Array.from([1, 1, 1, 2, 2, 2, 2, 60, 60, 61, 0, 2]),
  indx_train: BigInt64Array.from([6n, 0n, 1n, 3n, 7n, 9n]),
  indx_test: BigInt64Array.from([2n, 4n, 8n, 10n, 11n]),
  indx_subtrain: BigInt64Array.from([1n, 3n, 7n, 9n]),
  indx_subvalid: BigInt64Array.from([0n, 6n]),
};
type Arrays = Record<string, Float64Array | BigInt64Array | undefined>;

/** Writes the authors' file; image 11 has the pixels of image 6. */
async function writeAuthorsFile(
  folder: string,
  changes: Arrays = {},
  shape = [COUNT, 3, 64, 64],
): Promise<void> {
  const { default: hdf5 } = await import("h5wasm/node");
  await hdf5.ready;
  const data = new Uint8Array(shape.reduce((product, side) => product * side));
  for (let n = 0, out = 0; n < COUNT && out < data.length; n++) {
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < 64; y++) {
        for (let x = 0; x < 64; x++) data[out++] = byteAt(n === 11 ? 6 : n, c, y, x);
      }
    }
  }
  const file = new hdf5.File(join(folder, AUTHORS_FILE), "w");
  file.create_dataset({ name: "images", data, shape });
  for (const [name, values] of Object.entries({ ...ARRAYS, ...changes } as Arrays)) {
    if (values !== undefined) file.create_dataset({ name, data: values });
  }
  file.close();
}

Deno.test("loadUtkface() takes images, ages and parts of the authors' file as they are stored", () =>
  withFaces(async ({ folder }) => {
    await writeAuthorsFile(folder);
    const set = await loadUtkface({ folder, replicate: 2 });
    assert.deepEqual([...set.train.labels], [2, 1, 1, 2, 60, 60]);
    assert.deepEqual([...set.test.labels], [1, 2, 60, 2]);
    assert.deepEqual([set.originals, set.subtrainOriginals], [5, 3]);
    assert.deepEqual([...set.subtrain], [2, 3, 4, 2, 3, 4]);
    assert.deepEqual([...set.subvalid], [1, 0]);
    assert.deepEqual(
      set.train.task.kind === "regression" && set.train.task.labels,
      [1, 2, 60],
    );
    const pixels = new Uint8Array(64 * 64 * 3);
    for (const [part, index, n] of [["train", 0, 6], ["train", 5, 7], ["test", 2, 8]] as const) {
      set[part].images.read(index, pixels, 0);
      for (const [y, x, c] of [[0, 0, 0], [0, 1, 2], [5, 9, 1], [63, 63, 2]] as const) {
        assert.equal(pixels[(y * 64 + x) * 3 + c], byteAt(n, c, y, x));
      }
    }
    assert.equal((await loadUtkface({ folder, replicate: 2 })).checksum, set.checksum);
  }));

Deno.test("loadUtkface() reports old and young images and copies of the authors' file", () =>
  withFaces(async ({ folder }) => {
    await writeAuthorsFile(folder);
    const { inspection, source } = await loadUtkface({ folder });
    const broken = inspection.skipped.filter(({ files }) => files.length > 0);
    assert.deepEqual(broken.map(({ rule, files }) => [rule, files]), [[
      "outside ages",
      [{ name: "image 9", detail: "61 years" }, { name: "image 10", detail: "0 years" }],
    ]]);
    assert.deepEqual([inspection.found, inspection.kept], [12, 9]);
    assert.deepEqual(inspection.remarks, [{
      what: "near copies",
      images: 2,
      remark:
        "1 photographs saved several times, 0 of them under different ages; 1 test images are in " +
        "training as well",
    }]);
    assert.match(source, /12 images in the authors' file, 9 used; skipped: 2 outside ages/);
  }));

Deno.test("loadUtkface() prefers the authors' file, and takes the folder on request", () =>
  withFaces(async ({ folder, faces, cache }) => {
    for (let i = 0; i < 4; i++) {
      await Deno.writeFile(join(faces, faceName(5, i)), await drawFace(i));
    }
    await assert.rejects(
      loadUtkface({ folder, cache, from: "authors" }),
      /found no file ".*proptrain_0\.8_propsubtrain_0\.8\.h5"; get the/,
    );
    await writeAuthorsFile(folder);
    const countedFrom = async (from?: "authors" | "folder") =>
      (await loadUtkface({ folder, cache, ...(from && { from }) })).inspection.counted;
    assert.equal(await countedFrom(), "images in the authors' file");
    assert.equal(await countedFrom("authors"), "images in the authors' file");
    assert.equal(await countedFrom("folder"), "files");
    await assert.rejects(
      loadUtkface({ folder, cache, copies: "first" }),
      /Cannot use copies = "first" on ".*\.h5": its split is used as it is stored, .* want from = "folder"/,
    );
    const first = await loadUtkface({ folder, cache, copies: "first", from: "folder" });
    assert.equal(first.inspection.counted, "files");
  }));

Deno.test("loadUtkface() names what is wrong with the authors' file", () =>
  withFaces(async ({ folder }) => {
    const expect = async (message: RegExp, changes: Arrays, shape?: number[]) => {
      await writeAuthorsFile(folder, changes, shape);
      await assert.rejects(loadUtkface({ folder }), (error: Error) => {
        assert.ok(error instanceof RangeError, `${error.stack}`);
        assert.match(error.message, message);
        assert.match(error.message, /propsubtrain_0\.8\.h5"/);
        return true;
      });
    };
    await expect(/found arrays .*"indx_train".*, want "indx_test"/, { indx_test: undefined });
    await expect(/found 3 labels, want 12/, { labels: Float64Array.of(1, 2, 3) });
    await expect(/images of shape \[12, 64, 64, 3\], want \[N, 3, 64, 64\]; get the file/, {}, [
      12,
      64,
      64,
      3,
    ]);
    await expect(/found 12 in indx_train, want integers from 0 to 11/, {
      indx_train: BigInt64Array.of(12n),
    });
    await expect(/image 6 in indx_train and indx_test/, { indx_test: BigInt64Array.of(2n, 6n) });
    await expect(/2 in indx_subvalid, want positions/, { indx_subvalid: BigInt64Array.of(2n) });
    await expect(/1 in indx_subtrain and indx_subvalid/, { indx_subvalid: BigInt64Array.of(1n) });
    await expect(/position 1 twice in indx_train, want each once/, {
      indx_train: BigInt64Array.of(6n, 1n, 1n),
    });
    await expect(/position 4 twice in indx_test/, { indx_test: BigInt64Array.of(4n, 4n) });
    const scaled = ARRAYS.labels.map((age) => Math.min(1, age / 60));
    await expect(/labels from 0 to 1, which look divided by their scale, want years: multiply /, {
      labels: scaled,
    });
    await expect(/5 training and 0 test images/, { indx_test: BigInt64Array.of(9n) });

    const path = join(folder, AUTHORS_FILE);
    await Deno.writeTextFile(path, "<html>not found</html>");
    await assert.rejects(loadUtkface({ folder }), /no HDF5 signature/);
    await writeAuthorsFile(folder);
    await Deno.truncate(path, 3000);
    await assert.rejects(loadUtkface({ folder }), /propsubtrain_0\.8\.h5": .*cut short/);
  }));
