import assert from "node:assert/strict";
import hdf5 from "h5wasm/node";
import type { LabelledImages } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { checkDataset } from "../parts/check.ts";
import { validationSet } from "../parts/validation.ts";
import { imageArrays, type ImageArraysOptions } from "./image_arrays.ts";

const SIZE = 8;
const COUNT = 20;

/** Images of 8 rows and 12 columns: the red of image n is n, its green the row, its blue the column. */
const byteAt = (n: number, y: number, x: number, c: number) => [n, y, x][c]!;

/** [N, 8, 12, 3], or [N, 3, 8, 12]. */
function imagesOf(isPlanes: boolean): { data: Uint8Array; shape: number[] } {
  const shape = isPlanes ? [COUNT, 3, 8, 12] : [COUNT, 8, 12, 3];
  const data = new Uint8Array(COUNT * 8 * 12 * 3);
  for (let n = 0, out = 0; n < COUNT; n++) {
    for (let i = 0; i < 8 * 12 * 3; i++) {
      const pixel = isPlanes ? i % 96 : Math.floor(i / 3);
      const c = isPlanes ? Math.floor(i / 96) : i % 3;
      data[out++] = byteAt(n, Math.floor(pixel / 12), pixel % 12, c);
    }
  }
  return { data, shape };
}

type Values = Uint8Array | Int8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;
type Arrays = Readonly<Record<string, Values | { data: Values; shape: number[] }>>;

/** Labels 7 and 3 by turns. */
const CLASSES = BigInt64Array.from({ length: COUNT }, (_, i) => i % 2 ? 7n : 3n);
const AMOUNTS = Float64Array.from({ length: COUNT }, (_, i) => i / 10);

type Load = (
  arrays: Arrays,
  options?: Partial<ImageArraysOptions>,
) => ReturnType<typeof imageArrays>;

/** Runs `work` with a loader that first writes "set.h5" with these arrays. */
async function withFolder(work: (load: Load, path: string) => Promise<void>): Promise<void> {
  await hdf5.ready;
  const folder = await Deno.makeTempDir();
  const path = join(folder, "set.h5");
  let writes = 0;
  try {
    await work(async (arrays, options) => {
      const file = new hdf5.File(path, "w");
      for (const [name, values] of Object.entries(arrays)) {
        file.create_dataset({ name, ...("shape" in values ? values : { data: values }) });
      }
      file.close();
      // Files of one size within a millisecond would look the same.
      await Deno.utime(path, 1000, 1000 + writes++);
      return await imageArrays({ path, size: SIZE, cache: join(folder, "prepared"), ...options });
    }, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function pixelsOf({ images }: LabelledImages, index: number): Uint8Array {
  const pixels = new Uint8Array(SIZE * SIZE * 3);
  images.read(index, pixels, 0);
  return pixels;
}

Deno.test("imageArrays() takes integers as classes, in either order of the channels", () =>
  withFolder(async (load) => {
    using set = await load({ images: imagesOf(false), labels: CLASSES });
    checkDataset(set);
    const { task } = set.train;
    assert.ok(task.kind === "classification");
    assert.deepEqual([set.name, task.classNames], ["set", ["3", "7"]]);
    assert.deepEqual([...set.test.labels].sort(), [0, 0, 1, 1]);
    for (const part of [set.train, set.test]) {
      part.labels.forEach((label, i) => {
        const pixels = pixelsOf(part, i);
        assert.equal(pixels[0]! % 2, label);
        // The middle 8 of 12 columns.
        assert.deepEqual([...pixels.slice(0, 6)], [pixels[0], 0, 2, pixels[0], 0, 3]);
        assert.deepEqual([...pixels.slice(-3)], [pixels[0], 7, 9]);
      });
    }
    using planes = await load({ images: imagesOf(true), labels: CLASSES });
    assert.equal(planes.checksum, set.checksum);
    using wide = await load({ images: imagesOf(true), labels: CLASSES }, { fit: "stretch" });
    assert.notEqual(wide.checksum, set.checksum);
    using ages = await load({ images: imagesOf(true), labels: CLASSES }, { task: "scalar" });
    assert.ok(ages.train.task.kind === "regression");
    assert.deepEqual(ages.train.task.labels, [3, 7]);
  }));

Deno.test("imageArrays() takes floating-point numbers as amounts, and keeps the parts of the file", () =>
  withFolder(async (load) => {
    const arrays = { images: imagesOf(false), labels: AMOUNTS };
    using set = await load(arrays, { unit: "metres", targets: 4 });
    checkDataset(set);
    const { task } = set.train;
    assert.ok(task.kind === "regression");
    assert.deepEqual([task.maximum, task.unit], [Math.fround(1.9), "metres"]);
    assert.equal(task.labels.length, 4);

    const firstOf = (part: LabelledImages) =>
      Array.from(part.labels, (label, i) => {
        const [image] = pixelsOf(part, i);
        assert.equal(label, Math.fround(image! / 10));
        return image;
      });
    const train = BigInt64Array.from({ length: 12 }, (_, i) => BigInt(i + 4));
    using rest = await load({ ...arrays, indx_train: train });
    assert.deepEqual(firstOf(rest.test), [0, 1, 2, 3, 16, 17, 18, 19]);
    assert.equal(rest.train.labels.length, 12);
    const test = BigInt64Array.of(0n, 19n);
    // What is in no part may have any label.
    const labels = AMOUNTS.with(1, NaN);
    using both = await load({ ...arrays, labels, a: train, b: test }, {
      trainIndex: "a",
      testIndex: "b",
    });
    checkDataset(both);
    assert.deepEqual(firstOf(both.test), [0, 19]);
    assert.ok(both.inspection !== "none");
    assert.deepEqual([both.inspection.found, both.inspection.kept], [20, 14]);
    assert.equal(both.inspection.skipped[0]!.files[0]!.name, "image 1");
    using others = await load({ ...arrays, indx_test: test });
    assert.deepEqual([others.train.labels.length, firstOf(others.test)], [18, [0, 19]]);
  }));

Deno.test("imageArrays() tells sets apart that differ only in which images of a label they have", () =>
  withFolder(async (load) => {
    // Classes 3 and 7 in turns: both lists have labels 3, 7, 3, 7, 3, 7.
    const arrays = {
      images: imagesOf(false),
      labels: CLASSES,
      first: Int32Array.of(0, 1, 2, 3, 4, 5),
      second: Int32Array.of(6, 7, 8, 9, 10, 11),
      test: Int32Array.of(16, 17, 18, 19),
    };
    const of = (trainIndex: string) => load(arrays, { trainIndex, testIndex: "test" });
    using first = await of("first");
    using second = await of("second");
    assert.deepEqual(first.train.labels, second.train.labels);
    assert.notEqual(pixelsOf(first.train, 0)[0], pixelsOf(second.train, 0)[0]);
    assert.notEqual(first.checksum, second.checksum);
    using again = await of("first");
    assert.equal(again.checksum, first.checksum);
  }));

Deno.test("imageArrays() tells sets apart of which other training images are held out", () =>
  withFolder(async (load) => {
    const arrays = { images: imagesOf(false), labels: CLASSES, indx_test: Int32Array.of(0, 1) };
    using standard = await load(arrays);
    using same = await load(arrays, { seed: 2020 });
    using other = await load(arrays, { seed: 1 });
    assert.deepEqual(other.train.labels, standard.train.labels);
    assert.notDeepEqual(other.subtrain, standard.subtrain);
    const identityOf = (set: typeof standard) => validationSet(set).checksum;
    assert.equal(identityOf(same), identityOf(standard));
    assert.notEqual(identityOf(other), identityOf(standard));
  }));

Deno.test("imageArrays() says what it found in the file and what it wants", () =>
  withFolder(async (load, path) => {
    const whole = { images: imagesOf(false), labels: CLASSES };
    const expect = (message: RegExp, arrays: Arrays, options = {}) =>
      assert.rejects(load(arrays, options), message);
    await expect(/found arrays "labels", want "images"; write it anew, or/, { labels: CLASSES });
    await expect(/found arrays "images", "labels", want "ages"/, whole, { labels: "ages" });
    const { data } = imagesOf(false);
    await expect(/images of shape \[20, 96, 3\], want \[N, height, width, 3\] or/, {
      ...whole,
      images: { data, shape: [20, 96, 3] },
    });
    await expect(/found elements of type .*, want unsigned bytes; write it anew/, {
      ...whole,
      images: { data: Float32Array.from(data), shape: [20, 8, 12, 3] },
    });
    await expect(/found 3 numbers in labels, want 20, one for/, {
      ...whole,
      labels: Int32Array.of(1, 2, 3),
    });
    await expect(/only class 1 in labels/, { ...whole, labels: new Int32Array(COUNT).fill(1) });
    await expect(/label 0\.1 of image 1 in labels, want integers .* task = "scalar"/, {
      ...whole,
      labels: AMOUNTS,
    }, { task: "classes" });
    const broken = AMOUNTS.with(5, NaN);
    await expect(/label NaN of image 5 in labels, want a finite/, { ...whole, labels: broken });
    await expect(/label -2 of image 5 in labels, want 0 or more/, {
      ...whole,
      labels: AMOUNTS.with(5, -2),
    });
    await expect(/found 20 in indx_train, want integers from 0 to 19; write/, {
      ...whole,
      indx_train: Int32Array.of(20),
    });
    await expect(/image 2 in indx_train and indx_test, want it in one/, {
      ...whole,
      indx_train: Int32Array.of(1, 2),
      indx_test: Int32Array.of(2),
    });
    await expect(/want "folds"/, whole, { trainIndex: "folds" });
    for (const given of [{ maximum: 100 }, { unit: "years" }, { targets: 10 }]) {
      const [name] = Object.keys(given);
      const message =
        `${name} with classes: found integers in labels of ".*", want task = "scalar", or no ${name}$`;
      await expect(new RegExp(message), whole, given);
    }
    await Deno.writeTextFile(path, "text");
    await assert.rejects(imageArrays({ path }), /no HDF5 signature at its start, .* write it anew/);
    await assert.rejects(
      imageArrays({ path: `${path}.h5` }),
      /found no file or folder of this name, want one; a relative/,
    );
    await assert.rejects(imageArrays({}), /found no path, want one: dataset=/);
  }));
