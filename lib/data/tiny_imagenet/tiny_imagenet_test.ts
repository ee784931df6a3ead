import assert from "node:assert/strict";
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { LabelledImages } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { drawFace } from "../../testing/faces.ts";
import { smallTinyImagenet, writeFiles } from "../../testing/tiny_imagenet.ts";
import { encodePng } from "../files/image_file.ts";
import { loadTinyImagenet, type TinyImagenetOptions } from "./tiny_imagenet.ts";

async function zipOf(
  files: ReadonlyMap<string, Uint8Array>,
  root = "tiny-imagenet-200/",
): Promise<Uint8Array> {
  configure({ useWebWorkers: false });
  const writer = new ZipWriter(new Uint8ArrayWriter());
  for (const [name, bytes] of files) await writer.add(root + name, new Uint8ArrayReader(bytes));
  return await writer.close();
}

function pixelsOf({ images }: LabelledImages): Uint8Array {
  const pixels = new Uint8Array(images.count * 64 * 64 * 3);
  for (let i = 0; i < images.count; i++) images.read(i, pixels, i * 64 * 64 * 3);
  return pixels;
}

/** Runs `work` in a folder of its own with a loader on it. */
async function withFolder(
  work: (
    folder: string,
    load: (options?: TinyImagenetOptions) => ReturnType<typeof loadTinyImagenet>,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(
      folder,
      (options) =>
        loadTinyImagenet({ folder, cache: join(folder, "prepared"), threads: 1, ...options }),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadTinyImagenet() reads the same bytes in the same order from folder, zip and HDF5", async () => {
  await withFolder(async (folder, load) => {
    const files = await smallTinyImagenet();
    await writeFiles(folder, files);
    using whole = await load({ from: "folder" });
    const { train, test, inspection } = whole;
    // Classes in the order of the list, images by their numbers, the grey one dropped.
    assert.deepEqual([...train.labels], [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    assert.deepEqual([...test.labels], [2, 1, 0]);
    assert.ok(train.task.kind === "classification");
    assert.deepEqual(train.task.classNames, ["newt", "goldfish", "n03"]);
    assert.deepEqual([inspection.found, inspection.kept], [16, 15]);
    const dropped = inspection.skipped.flatMap(({ rule, files }) =>
      files.map(({ name }) => [rule, name])
    );
    assert.deepEqual(dropped, [["greyscale", "train/n03/images/n03_11.JPEG"]]);
    assert.deepEqual([whole.subtrain.length, whole.subvalid.length], [9, 3]);

    await Deno.writeFile(join(folder, "tiny-imagenet-200.zip"), await zipOf(files));
    using zipped = await load({ from: "zip" });
    assert.equal(zipped.checksum, whole.checksum);
    assert.deepEqual(pixelsOf(zipped.train), pixelsOf(train));
    assert.deepEqual(pixelsOf(zipped.test), pixelsOf(test));

    await writeHdf5(join(folder, "tiny-imagenet-200.h5"), whole);
    using authors = await load({ from: "authors" });
    assert.deepEqual(pixelsOf(authors.train), pixelsOf(train));
    assert.deepEqual([...authors.train.labels], [...train.labels]);
    assert.deepEqual(pixelsOf(authors.test), pixelsOf(test));
    assert.deepEqual([...authors.subtrain], [...whole.subtrain]);
    await assert.rejects(load({ from: "authors", grey: "convert" }), { name: "RangeError" });
  });
});

Deno.test("loadTinyImagenet() finds what it prepared again, and not what was changed since", async () => {
  await withFolder(async (folder, load) => {
    const files = await smallTinyImagenet();
    await writeFiles(folder, files);
    (await load()).close();
    const prepared = async () =>
      (await Array.fromAsync(Deno.readDir(join(folder, "prepared")))).map(({ name }) => name)
        .sort();
    const first = await prepared();
    (await load()).close();
    assert.deepEqual(await prepared(), first);
    using before = await load();
    const path = join(folder, "tiny-imagenet-200/train/n01/images/n01_2.JPEG");
    await Deno.writeFile(path, await drawFace(55, 64));
    await Deno.utime(path, new Date(0), new Date(1000));
    using after = await load();
    assert.notEqual(after.checksum, before.checksum);
  });
});

Deno.test("loadTinyImagenet() takes classes spread over the list, and grey images when told so", async () => {
  await withFolder(async (folder, load) => {
    await writeFiles(folder, await smallTinyImagenet());
    using two = await load({ classes: 2 });
    assert.ok(two.train.task.kind === "classification");
    assert.deepEqual(two.train.task.classNames, ["newt", "goldfish"]);
    assert.deepEqual([two.train.labels.length, [...two.test.labels]], [8, [1, 0]]);
    await assert.rejects(load({ classes: 4 }), { message: /^Cannot take 4 classes of .*found 3/ });
    using all = await load({ grey: "convert" });
    assert.equal(all.train.labels.length, 13);
    const grey = pixelsOf(all.train).subarray(12 * 64 * 64 * 3);
    for (let i = 0; i < grey.length; i += 3) {
      assert.ok(grey[i] === grey[i + 1] && grey[i] === grey[i + 2]);
    }
  });
});

Deno.test("loadTinyImagenet() names files that it cannot use, and skips them when told so", async () => {
  await withFolder(async (folder, load) => {
    const files = await smallTinyImagenet();
    const good = await zipOf(files);
    files.set("train/n01/images/n01_2.JPEG", new TextEncoder().encode("no image"));
    files.set("train/n02/images/n02_2.JPEG", (await drawFace(7, 64)).subarray(0, 300));
    files.set("train/n03/images/n03_2.JPEG", await drawFace(8, 32));
    const pixels = new Uint8Array(64 * 64 * 3).fill(77);
    files.set("train/n03/images/n03_9.JPEG", encodePng({ width: 64, height: 64, pixels }));
    files.set("train/n07/images/n07_0.JPEG", await drawFace(9, 64));
    files.delete("val/images/val_10.JPEG");
    const annotations = new TextDecoder().decode(files.get("val/val_annotations.txt"));
    files.set(
      "val/val_annotations.txt",
      new TextEncoder().encode(`${annotations}val_1.JPEG\tn03\nval_0.JPEG\tn08\n`),
    );
    await writeFiles(folder, files);
    await assert.rejects(load(), (error: Error) => {
      assert.equal(error.name, "RangeError");
      assert.match(error.message, /^Cannot use 7 files of Tiny-ImageNet: /);
      // One of each rule before a second of any.
      for (
        const name of ["n02_2", "n03_2", "n07_0", "val_10", 'val_1.JPEG" \\(listed twice: as "n03"']
      ) {
        assert.match(error.message, new RegExp(name));
      }
      return true;
    });
    using rest = await load({ broken: "skip" });
    assert.deepEqual([rest.train.labels.length, rest.test.labels.length], [9, 2]);
    const counts = rest.inspection.skipped.map(({ rule, files }) => [rule, files.length]);
    assert.deepEqual(Object.fromEntries(counts), {
      "unknown class": 2,
      "listed twice": 1,
      missing: 1,
      greyscale: 1,
      undecodable: 2,
      "wrong size": 1,
    });
    // A PNG that is called JPEG is read by its contents, and said.
    assert.deepEqual(rest.inspection.remarks.map(({ images }) => images), [1]);

    const zip = join(folder, "tiny-imagenet-200.zip");
    await Deno.writeFile(zip, good.subarray(0, good.length - 500));
    await assert.rejects(load({ from: "zip" }), {
      name: "SyntaxError",
      message: /want a whole zip/,
    });
    // A byte of one image: its checksum does not fit.
    const damaged = good.slice();
    const at = new TextDecoder("latin1").decode(damaged).indexOf("n01_9.JPEG") + 200;
    damaged[at]! ^= 255;
    await Deno.writeFile(zip, damaged);
    await assert.rejects(load({ from: "zip" }), /n01_9/);
    using skipped = await load({ from: "zip", broken: "skip" });
    assert.equal(skipped.train.labels.length, 11);
    await Deno.writeFile(zip, await zipOf(await smallTinyImagenet(), "../tiny-imagenet-200/"));
    await assert.rejects(load({ from: "zip" }), {
      name: "SyntaxError",
      message: /leads out of it/,
    });
  });
});

Deno.test("loadTinyImagenet() refuses a class without an image to train on, and a set without any to test on", async () => {
  await withFolder(async (folder, load) => {
    const files = await smallTinyImagenet();
    for (const name of [...files.keys()]) {
      if (name.startsWith("train/n01") || name.startsWith("val/images")) files.delete(name);
    }
    await writeFiles(folder, files);
    await assert.rejects(load({ broken: "skip" }), {
      name: "RangeError",
      message:
        /found no training image of 1 of 3 classes, such as "goldfish"; want some of each class in use: add them, or/,
    });
    for (const [name, bytes] of await smallTinyImagenet()) {
      if (name.startsWith("train/n01")) files.set(name, bytes);
    }
    await writeFiles(folder, files);
    await assert.rejects(load({ broken: "skip" }), {
      name: "RangeError",
      message: /found no validation image of the classes in use/,
    });
  });
});

Deno.test("loadTinyImagenet() says what to place where", async () => {
  await withFolder(async (_folder, load) => {
    await assert.rejects(load(), {
      name: "NotFound",
      message:
        /^Cannot find Tiny-ImageNet: found none of its forms in .*run "deno task download tiny_imagenet" \(248 MB\), or place the folder tiny-imagenet-200\/ .* of each class suffice/,
    });
  });
});

/** The authors' layout: channels first, and positions of the parts. */
async function writeHdf5(path: string, set: Awaited<ReturnType<typeof loadTinyImagenet>>) {
  const { default: hdf5 } = await import("h5wasm/node");
  await hdf5.ready;
  const file = new hdf5.File(path, "w");
  const add = (name: string, data: Uint8Array | Int32Array, shape: number[]) =>
    file.create_dataset({ name, data, shape });
  for (const [ending, part] of [["", set.train], ["_val", set.test]] as const) {
    const pixels = pixelsOf(part);
    const first = new Uint8Array(pixels.length);
    for (let i = 0; i < pixels.length; i++) {
      const [image, within] = [Math.floor(i / 12288), i % 12288];
      first[image * 12288 + (within % 3) * 4096 + Math.floor(within / 3)] = pixels[i]!;
    }
    add(`imgs${ending}`, first, [part.labels.length, 3, 64, 64]);
    add(`labels${ending}`, Int32Array.from(part.labels), [part.labels.length]);
  }
  add("indx_subtrain", Int32Array.from(set.subtrain), [set.subtrain.length]);
  add("indx_subvalid", Int32Array.from(set.subvalid), [set.subvalid.length]);
  file.close();
}
