import assert from "node:assert/strict";
import encodeJpeg from "@jsquash/jpeg/encode.js";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
// @ts-types="../files/pngjs.d.ts"
import { PNG } from "pngjs";
import type { LabelledImages } from "../../base/contracts.ts";
import { dirname, join } from "../../base/disk/path.ts";
import { drawFace } from "../../testing/faces.ts";
import { checkDataset } from "../parts/check.ts";
import { encodePng } from "../files/image_file.ts";
import { imageFolder, type ImageFolderOptions } from "./image_folder.ts";

const SIZE = 16;

function pixelsOf({ images }: LabelledImages): Uint8Array {
  const size = images.shape.height * images.shape.width * 3;
  const pixels = new Uint8Array(images.count * size);
  for (let i = 0; i < images.count; i++) images.read(i, pixels, i * size);
  return pixels;
}

/** A PNG of one colour. */
function plain(width: number, height: number, value: number): Uint8Array {
  return encodePng({ width, height, pixels: new Uint8Array(width * height * 3).fill(value) });
}

/** A greyscale PNG with 16 bits a pixel, all of one level. */
function deepPng(size: number, level: number): Uint8Array {
  const data = new Uint16Array(size * size).fill(level);
  const options = { bitDepth: 16, colorType: 0, inputColorType: 0, inputHasAlpha: false } as const;
  const png = new PNG({ width: size, height: size, ...options });
  png.data = data as unknown as typeof png.data;
  return new Uint8Array(PNG.sync.write(png, options));
}

async function greyJpeg(): Promise<Uint8Array> {
  const data = new Uint8ClampedArray(24 * 24 * 4).map((_, i) => i % 4 === 3 ? 255 : 90);
  const image = { data, width: 24, height: 24, colorSpace: "srgb" as const };
  return new Uint8Array(await encodeJpeg(image as ImageData, { color_space: 1 }));
}

/** Runs `work` with a folder "my pets" that holds the files, and a loader on it. */
async function withPets(
  files: Readonly<Record<string, Uint8Array>>,
  work: (
    load: (options?: Partial<ImageFolderOptions>) => ReturnType<typeof imageFolder>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const folder = join(root, "my pets");
  try {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeFile(join(folder, name), bytes);
    }
    await Deno.mkdir(folder, { recursive: true });
    const cache = join(root, "prepared");
    await work(
      (options) => imageFolder({ path: folder, size: SIZE, cache, threads: 1, ...options }),
      folder,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("imageFolder() reads images of any size and mode, class by class", async () => {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 6; i++) {
    files[`dog/dog ${i}.JPG`] = await drawFace(i, 20 + 9 * i);
    files[`cat/${i}.png`] = plain(40, 20, 10 * i);
  }
  const gradient = Uint8Array.from({ length: 40 * 20 * 3 }, (_, i) => Math.floor(i / 3) % 40);
  files["dog/wide.png"] = encodePng({ width: 40, height: 20, pixels: gradient });
  files["cat/deep.png"] = deepPng(20, 0x8080);
  files["cat/deeper/grey.jpeg"] = await greyJpeg();
  files["readme.txt"] = new Uint8Array(3);
  files["cat/notes.txt"] = new Uint8Array(3);
  await withPets(files, async (load, folder) => {
    using set = await load();
    checkDataset(set);
    assert.equal(set.name, "my pets");
    assert.equal(set.mayBePublished, false);
    const { task } = set.train;
    assert.ok(task.kind === "classification");
    assert.deepEqual(task.classNames, ["cat", "dog"]);
    // A fifth of 8 cats and of 7 dogs.
    assert.deepEqual([...set.test.labels], [0, 0, 1]);
    assert.equal(set.train.labels.length, 12);
    const { inspection } = set;
    assert.ok(inspection !== "none");
    assert.deepEqual([inspection.found, inspection.kept], [17, 15]);
    assert.deepEqual(inspection.skipped.map(({ rule, files }) => [rule, files.length]), [
      ["no class", 1],
      ["not an image", 1],
      ["other format", 0],
      ["undecodable", 0],
    ]);
    // Every cat is of one level: those of 16 bits too, scaled and not cut off.
    const levels = [set.train, set.test].flatMap((part) => {
      const pixels = pixelsOf(part);
      return Array.from(part.labels).flatMap((label, i) => {
        const own = pixels.subarray(i * SIZE * SIZE * 3, (i + 1) * SIZE * SIZE * 3);
        return label === 0 ? [[Math.min(...own), Math.max(...own)]] : [];
      });
    });
    for (const [low, high] of levels) assert.ok(high! - low! <= 1);
    const means = levels.map(([low]) => low).sort((a, b) => a! - b!);
    assert.deepEqual(means.filter((level) => level! <= 50), [0, 10, 20, 30, 40, 50]);
    assert.ok(means.some((level) => Math.abs(level! - 128) <= 1));

    using again = await load();
    assert.equal(again.checksum, set.checksum);
    using other = await load({ seed: 1 });
    assert.notEqual(other.checksum, set.checksum);
    using stretched = await load({ fit: "stretch" });
    assert.notEqual(stretched.checksum, set.checksum);
    await Deno.writeFile(join(folder, "dog", "dog 0.JPG"), await drawFace(77, 30));
    using changed = await load();
    assert.notEqual(changed.checksum, set.checksum);
  });
});

Deno.test("imageFolder() takes folders of parts as the parts", async () => {
  const files: Record<string, Uint8Array> = {};
  for (const name of ["a", "b"]) {
    for (let i = 0; i < 5; i++) files[`train/${name}/${i}.png`] = plain(SIZE, SIZE, i);
    files[`val/${name}/0.png`] = plain(SIZE, SIZE, 200);
  }
  await withPets(files, async (load) => {
    using set = await load();
    assert.deepEqual([...set.train.labels], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert.deepEqual([...set.test.labels], [0, 1]);
    assert.ok(pixelsOf(set.test).every((value) => value === 200));
  });
});

Deno.test("imageFolder() refuses parts that it does not know in the place of classes", async () => {
  for (
    const parts of [["train", "val", "test"], ["Train", "Test"], ["training", "valid", "more"]]
  ) {
    const files = Object.fromEntries(
      parts.flatMap((part) =>
        ["cat", "dog"].flatMap((name) =>
          Array.from({ length: 5 }, (_, i) => [`${part}/${name}/${i}.png`, plain(SIZE, SIZE, i)])
        )
      ),
    );
    await withPets(files, async (load) => {
      await assert.rejects(
        load(),
        /found a folder "cat" in each of "\w+", "\w+".*, want one folder for each class, or two parts "train"/,
      );
    });
  }
});

Deno.test("imageFolder() takes classes with names of parts for classes", async () => {
  const classes = ["bus", "test tube", "train"];
  const files = Object.fromEntries(
    classes.flatMap((name, label) =>
      Array.from({ length: 5 }, (_, i) => [`${name}/val-${i}.png`, plain(SIZE, SIZE, label)])
    ),
  );
  await withPets(files, async (load) => {
    using set = await load();
    assert.equal(set.train.labels.length + set.test.labels.length, 15);
    assert.deepEqual([...new Set(set.train.labels)], [0, 1, 2]);
  });
});

Deno.test("imageFolder() names what it cannot use, and leaves it out when told so", async () => {
  const files: Record<string, Uint8Array> = {
    "a/broken.jpg": (await drawFace(1, 40)).subarray(0, 200),
    "b/no image.png": new TextEncoder().encode("text"),
  };
  for (const name of ["a", "b"]) {
    for (let i = 0; i < 5; i++) files[`${name}/${i}.png`] = plain(SIZE, SIZE, i);
  }
  await withPets(files, async (load, folder) => {
    await assert.rejects(load(), (error: Error) => {
      assert.equal(error.name, "RangeError");
      assert.match(error.message, /2 files .*broken\.jpg.*no image\.png.*broken = "skip"/);
      return true;
    });
    using rest = await load({ broken: "skip" });
    assert.equal(rest.train.labels.length + rest.test.labels.length, 10);
    // A class of which nothing is left.
    await Deno.mkdir(join(folder, "c"));
    await Deno.writeTextFile(join(folder, "c", "0.png"), "text");
    await assert.rejects(load({ broken: "skip" }), /found no image of "c" to train, want some/);
    await Deno.writeFile(join(folder, "c", "1.png"), plain(SIZE, SIZE, 1));
    await assert.rejects(
      load({ broken: "skip" }),
      /class "c" of ".*my pets": found 1 of its images, want 3/,
    );
  });
});

Deno.test("imageFolder() names images of other formats and links to nothing", async () => {
  const files: Record<string, Uint8Array> = { "a/photo.webp": new Uint8Array(3) };
  for (let i = 0; i < 5; i++) files[`b/${i}.gif`] = new Uint8Array(3);
  for (const name of ["a", "b"]) {
    for (let i = 0; i < 5; i++) files[`${name}/${i}.png`] = plain(SIZE, SIZE, i);
  }
  await withPets(files, async (load, folder) => {
    await Deno.symlink(join(folder, "nowhere"), join(folder, "a", "link.jpg"));
    await assert.rejects(load(), {
      name: "RangeError",
      // Each rule is named, however many files another one has.
      message:
        /^Cannot use 7 files of .*"a\/photo\.webp" \(other format: save it as JPEG or PNG\), "a\/link\.jpg" \(undecodable: it is a link to nothing.* and 2 more; mend them or get them again/,
    });
    using set = await load({ broken: "skip" });
    assert.ok(set.inspection !== "none");
    assert.deepEqual([set.inspection.found, set.inspection.kept], [17, 10]);
    assert.deepEqual(set.inspection.skipped.map(({ rule, files }) => [rule, files.length]), [
      ["no class", 0],
      ["not an image", 0],
      ["other format", 6],
      ["undecodable", 1],
    ]);
  });
  const loose = { "0.png": plain(SIZE, SIZE, 1), "1.png": plain(SIZE, SIZE, 1) };
  await withPets({ ...loose, "a/0.webp": new Uint8Array(3) }, async (load) => {
    await assert.rejects(
      load(),
      /found no folder with JPEGs or PNGs, but 2 of them in no folder \(and 1 of other formats, such as "a\/0\.webp"\), and no images in "a", want one folder/,
    );
  });
});

Deno.test("imageFolder() names classes without an image, and refuses parts without any", async () => {
  const files: Record<string, Uint8Array> = { "notes/about.txt": new Uint8Array(3) };
  for (const name of ["cat", "dog"]) {
    for (let i = 0; i < 5; i++) files[`${name}/${i}.png`] = plain(SIZE, SIZE, i);
  }
  await withPets(files, async (load, folder) => {
    await Deno.mkdir(join(folder, "fox", "young"), { recursive: true });
    await Deno.mkdir(join(folder, ".cache"));
    using set = await load();
    checkDataset(set);
    assert.ok(set.inspection !== "none" && set.train.task.kind === "classification");
    assert.deepEqual(set.train.task.classNames, ["cat", "dog"]);
    const remark = "has no images: left out";
    assert.deepEqual(set.inspection.remarks, [
      { what: 'class "fox"', images: 0, remark },
      { what: 'class "notes"', images: 0, remark },
    ]);
    for (const name of ["dog", "notes"]) await Deno.remove(join(folder, name), { recursive: true });
    await assert.rejects(
      load(),
      /found only "cat", and no images in "fox", want one folder for each of two classes/,
    );
  });
  const parts: Record<string, Uint8Array> = {};
  for (const [name, bytes] of Object.entries(files)) parts[`train/${name}`] = bytes;
  await withPets(parts, async (load, folder) => {
    await Deno.mkdir(join(folder, "test", "cat"), { recursive: true });
    await assert.rejects(load(), /found no image in "test", want some of each class; add images/);
    await Deno.remove(join(folder, "test"), { recursive: true });
    using set = await load();
    assert.equal(set.train.labels.length + set.test.labels.length, 10);
  });
});

Deno.test("imageFolder() names classes of a zip without an image", async () => {
  await withPets({}, async (load, folder) => {
    const zip = new ZipWriter(new Uint8ArrayWriter());
    for (const name of ["cat", "dog"]) {
      for (let i = 0; i < 5; i++) {
        await zip.add(`pets/${name}/${i}.png`, new Uint8ArrayReader(plain(SIZE, SIZE, i)));
      }
    }
    await zip.add("pets/fox/", undefined, { directory: true });
    await zip.add("__MACOSX/", undefined, { directory: true });
    const path = `${folder}.zip`;
    await Deno.writeFile(path, await zip.close());
    using set = await load({ path });
    assert.ok(set.inspection !== "none" && set.train.task.kind === "classification");
    assert.deepEqual(set.train.task.classNames, ["cat", "dog"]);
    assert.deepEqual(set.inspection.remarks.map(({ what }) => what), ['class "fox"']);
  });
});

Deno.test("imageFolder() says what is wanted of a path", async () => {
  await assert.rejects(imageFolder({}), /found no path, want one, such as dataset\.path=pets$/);
  await withPets(
    { "only/0.png": plain(SIZE, SIZE, 1), "0.png": plain(SIZE, SIZE, 1) },
    async (load, folder) => {
      await assert.rejects(load(), /found only "only", want one folder for each of two classes/);
      for (const name of ["none", "none.zip"]) {
        await assert.rejects(load({ path: join(folder, name) }), {
          name: "NotFound",
          message:
            /^Cannot open ".*none(\.zip)?": found no file or folder of this name, want one; a relative/,
        });
      }
      await assert.rejects(
        load({ path: join(folder, "0.png") }),
        /found a file that is no zip, want a folder of images, or a zip/,
      );
      await assert.rejects(load({ size: 7 }), /size = 7/);
    },
  );
});
