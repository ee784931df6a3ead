import assert from "node:assert/strict";
import type { Inspection } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import type { ProgressEvent } from "../../base/progress.ts";
import { DATA_VARIABLE } from "../../setup/folders.ts";
import { openJpegDecoder } from "../files/jpeg.ts";
import { encodePng } from "../files/image_file.ts";
import { positionsByLabel } from "../parts/split.ts";
import { findUtkface, listFaceNames } from "./find.ts";
import { loadUtkface, type UtkfaceDataset } from "./utkface.ts";
import { ageInName, hasOddDate } from "./file_names.ts";
import { drawFace, faceName, withFaces } from "../../testing/faces.ts";

/** `counts[i]` faces of age i + 1, each drawn once. */
async function writeFaces(faces: string, counts: readonly number[]): Promise<void> {
  let serial = 0;
  for (const [i, count] of counts.entries()) {
    for (let k = 0; k < count; k++) {
      const name = faceName(i + 1, ++serial);
      await Deno.writeFile(join(faces, name), await drawFace(serial));
    }
  }
}

function imageOf({ images }: UtkfaceDataset["train"], index: number): string {
  const bytes = new Uint8Array(64 * 64 * 3);
  images.read(index, bytes, 0);
  return bytes.toBase64();
}

const skippedFiles = ({ skipped }: Inspection) => skipped.flatMap(({ files }) => files);

const imagesOf = (set: UtkfaceDataset["train"]) =>
  Array.from({ length: set.images.count }, (_, i) => imageOf(set, i));

Deno.test("ageInName() reads whole names and no others", () => {
  const ages = {
    "25_0_1_20170116174525125.jpg.chip.jpg": 25,
    "1_1_4_20161219140623097.jpg": 1,
    "110_0_0_2017.JPG": 110,
    "14_0_0_2017011022340900.jpg.chip.jpg": 14,
    "24_0_1_20170116220224657 .jpg.chip.jpg": 24,
    "61_1_20170109142408075.jpg.chip.jpg": undefined,
    "61_3_20170109150557335.jpg.chip.jpg": undefined,
    "53__0_20170116184028385.jpg.chip.jpg": undefined,
    "25_2_1_20170116174525125.jpg.chip.jpg": undefined,
    "25_0_5_20170116174525125.jpg.chip.jpg": undefined,
    "_0_1_20170116174525125.jpg.chip.jpg": undefined,
    "-5_0_1_20170116174525125.jpg": undefined,
    "2.5_0_1_20170116174525125.jpg": undefined,
    "25_0_1_20170116174525125.png": 25,
    "part1/25_0_1_20170116174525125.jpg.chip.jpg": 25,
    "25_0_1_20170116174525125.webp": undefined,
    ".DS_Store": undefined,
  };
  for (const [name, age] of Object.entries(ages)) assert.equal(ageInName(name), age, name);
  assert.ok(hasOddDate("14_0_0_2017011022340900.jpg.chip.jpg"));
  for (const end of ["jpg.chip.jpg", "jpg", "png", "jpg.chip.png"]) {
    assert.ok(!hasOddDate(`part1/25_0_1_20170116174525125.${end}`), end);
  }
  assert.ok(!hasOddDate(".DS_Store"));
});

Deno.test("loadUtkface() skips by rule, and lists and counts what it skipped", () =>
  withFaces(async ({ folder, faces, cache }) => {
    await writeFaces(faces, [3, 3]);
    const write = (name: string, bytes: Uint8Array) => Deno.writeFile(join(faces, name), bytes);
    const face = await drawFace(90);
    await write("61_1_20170109142408075.jpg.chip.jpg", await drawFace(91));
    await write("notes.txt", new Uint8Array(3));
    await write(faceName(70, 10), await drawFace(92));
    await write(faceName(0, 11), await drawFace(93));
    await write(faceName(5, 12), face.subarray(0, face.length / 2));
    await write(faceName(5, 13), new Uint8Array(0));
    await write(faceName(5, 14), new TextEncoder().encode("<html>not found</html>"));
    await write(faceName(6, 15), await drawFace(94, 100));
    await write(faceName(1, 16), face);
    await write(faceName(1, 17), face);
    const twice = await drawFace(95);
    await write(faceName(1, 18), twice);
    await write(faceName(2, 19), twice);
    const old = await drawFace(96);
    await write(faceName(2, 20), old);
    await write(faceName(80, 21), old);
    await write("2_0_0_2017.jpg.chip.jpg", await drawFace(97));
    await Deno.mkdir(join(faces, "folder.jpg"));

    const { inspection, source, train, test, task } = await loadUtkface({ folder, cache })
      .then((set) => ({ ...set, task: set.train.task }));
    const counts = inspection.skipped.map(({ rule, files }) => [rule, files.length]);
    assert.deepEqual(Object.fromEntries(counts), {
      "other format": 1,
      "malformed name": 1,
      "outside ages": 3,
      undecodable: 3,
      "wrong size": 1,
      "conflicting copy": 3,
      "repeated copy": 1,
    });
    assert.equal(inspection.found, 21);
    assert.equal(inspection.kept, 8);
    assert.equal(inspection.found, inspection.kept + skippedFiles(inspection).length);
    const odd = inspection.remarks.find(({ what }) => what === "odd dates");
    assert.equal(odd!.images, 1);
    const detailOf = (name: string) =>
      skippedFiles(inspection).find((file) => file.name === name)!.detail;
    assert.match(detailOf(faceName(5, 12)), /^\d+ bytes \(.*premature end.*\)$/i);
    assert.equal(detailOf(faceName(6, 15)), "100 x 100 pixels");
    assert.equal(detailOf(faceName(2, 20)), "ages 2, 80");
    assert.match(
      source,
      /21 files, 8 used; skipped: 1 other format, 1 malformed name, 3 outside ages/,
    );
    const originals = train.labels.length + test.labels.length - (400 - 6);
    assert.equal(originals, 8);
    assert.deepEqual(task, {
      kind: "regression",
      minimum: 1,
      maximum: 60,
      scale: 60,
      unit: "years",
      labels: [1, 2],
    });
  }));

Deno.test("loadUtkface() finds the images in folders of the folder, and reads them as if they lay in it", () =>
  withFaces(async ({ folder, faces, cache }) => {
    await writeFaces(faces, [5, 5]);
    const flat = await loadUtkface({ folder, cache });
    const names = Array.from(Deno.readDirSync(faces), ({ name }) => name).sort();
    for (const [i, name] of names.entries()) {
      const place = join(faces, "UTKFace", `part${1 + i % 3}`);
      await Deno.mkdir(place, { recursive: true });
      await Deno.rename(join(faces, name), join(place, name));
    }
    assert.equal((await findUtkface(folder)).faces, faces);
    const nested = await loadUtkface({ folder, cache });
    assert.equal(nested.checksum, flat.checksum);
    assert.equal(nested.inspection.kept, 10);

    // Folders beside images hold something else.
    const [first] = names;
    await Deno.rename(join(faces, "UTKFace", "part1", first!), join(faces, first!));
    assert.deepEqual(await listFaceNames(faces), [first]);
  }));

Deno.test("loadUtkface() reads copies of the set as PNGs", () =>
  withFaces(async ({ folder, faces, cache }) => {
    await writeFaces(faces, [4]);
    const { checksum } = await loadUtkface({ folder, cache });
    using decoder = openJpegDecoder();
    for (const { name } of [...Deno.readDirSync(faces)]) {
      const image = await decoder.decode(await Deno.readFile(join(faces, name)), name);
      await Deno.remove(join(faces, name));
      await Deno.writeFile(join(faces, name.replace(/jpg$/, "png")), encodePng(image));
    }
    const copied = await loadUtkface({ folder, cache });
    assert.equal(copied.checksum, checksum);
    assert.deepEqual(skippedFiles(copied.inspection), []);
  }));

Deno.test("loadUtkface() divides by age, tops up only the training part, and repeats", () =>
  withFaces(async ({ folder, faces, cache }) => {
    await writeFaces(faces, [1, 2, 5, 10]);
    const load = (options = {}) => loadUtkface({ folder, cache, ...options });
    const set = await load({ replicate: 6 });
    const sizes = (labels: Float32Array) =>
      [...positionsByLabel(labels)].map(([age, all]) => [age, all.length]);
    assert.equal(set.originals, 14);
    assert.deepEqual(sizes(set.train.labels.slice(0, 14)), [[1, 1], [2, 1], [3, 4], [4, 8]]);
    assert.deepEqual(sizes(set.train.labels), [[1, 6], [2, 6], [3, 6], [4, 8]]);
    assert.deepEqual(sizes(set.test.labels), [[2, 1], [3, 1], [4, 2]]);
    const pixels = imagesOf(set.train);
    assert.equal(new Set(pixels).size, 14);
    assert.equal(new Set([...pixels, ...imagesOf(set.test)]).size, 18);
    // Replicas carry the age of their own image.
    for (let i = 14; i < pixels.length; i++) {
      assert.equal(set.train.labels[i], set.train.labels[pixels.indexOf(pixels[i]!)]);
    }

    const held = set.subtrain.slice(0, set.subtrainOriginals);
    assert.deepEqual([...held, ...set.subvalid].sort((a, b) => a - b), [
      ...Array.from({ length: 14 }, (_, i) => i),
    ]);
    assert.deepEqual(
      set.subtrain.filter((position) => !held.includes(position)),
      new Uint32Array(),
    );
    const subAges = Float32Array.from(set.subtrain, (position) => set.train.labels[position]!);
    assert.deepEqual(sizes(subAges), [[1, 6], [2, 6], [3, 6], [4, 6]]);

    assert.equal((await load({ replicate: 6 })).checksum, set.checksum);
    const other = await load({ replicate: 6, seed: 1 });
    assert.notEqual(other.checksum, set.checksum);
    assert.equal(other.originals, 14);
    const plain = await load({ setting: "unreplicated" });
    assert.equal(plain.train.labels.length, 14);
    assert.deepEqual(plain.test.labels, set.test.labels);
    assert.equal((await load()).train.labels.length, 4 * 200);
  }));

Deno.test("loadUtkface() keeps copies in one part when all of them stay", () =>
  withFaces(async ({ folder, faces, cache }) => {
    await writeFaces(faces, [8, 8]);
    let serial = 50;
    for (const seed of [1, 2, 3, 9, 10, 11]) {
      const name = faceName(1 + seed % 2, ++serial);
      await Deno.writeFile(join(faces, name), await drawFace(seed));
    }
    for (let seed = 0; seed < 5; seed++) {
      const set = await loadUtkface({ folder, cache, copies: "all", seed, replicate: 0 });
      assert.equal(set.inspection.kept, 22);
      assert.match(set.inspection.remarks[0]!.remark, /^6 photographs saved several times/);
      const inTrain = new Set(imagesOf(set.train));
      assert.ok(imagesOf(set.test).every((pixels) => !inTrain.has(pixels)));
    }
  }));

Deno.test("loadUtkface() reuses the prepared file until the folder changes or the file is damaged", () =>
  withFaces(async ({ folder, faces, cache }) => {
    await writeFaces(faces, [4, 4]);
    const stages: string[] = [];
    const progress = ({ stage, state }: ProgressEvent) => {
      if (state === "done") stages.push(stage);
    };
    const load = async () => {
      stages.length = 0;
      const set = await loadUtkface({ folder, cache, progress });
      return { checksum: set.checksum, decoded: stages.some((stage) => /decoding/.test(stage)) };
    };
    const filesIn = () => [...Deno.readDirSync(cache)].map(({ name }) => name);
    const leftover = join(cache, "utkface_64x64_0.safetensors.1.tmp");
    const first = await load();
    assert.ok(first.decoded);
    assert.deepEqual(await load(), { ...first, decoded: false });
    const [prepared] = filesIn();
    const path = join(cache, prepared!);

    const bytes = await Deno.readFile(path);
    for (const damage of [bytes.subarray(0, 3), bytes.subarray(0, bytes.length - 9)]) {
      await Deno.writeFile(path, damage);
      assert.deepEqual(await load(), first);
    }
    const flipped = bytes.slice();
    flipped[flipped.length - 5000]! ^= 1;
    await Deno.writeFile(path, flipped);
    await Deno.writeFile(leftover, bytes);
    await Deno.utime(leftover, 0, 0);
    assert.deepEqual(await load(), first);
    assert.deepEqual(filesIn(), [prepared]);

    // Same names and sizes of names, other bytes in one file.
    await Deno.writeFile(join(faces, faceName(1, 1)), await drawFace(77));
    const changed = await load();
    assert.ok(changed.decoded);
    assert.notEqual(changed.checksum, first.checksum);
    await Deno.writeFile(join(faces, faceName(1, 1)), await drawFace(1));
    assert.deepEqual(await load(), { ...first, decoded: false });
  }));

Deno.test("loadUtkface() stops between two images, and leaves nothing half-made", () =>
  withFaces(async ({ folder, faces, cache }) => {
    await writeFaces(faces, [4, 4]);
    const controller = new AbortController();
    const stages: string[] = [];
    const progress = ({ stage }: ProgressEvent) => {
      stages.push(stage);
      controller.abort(new Error("enough"));
    };
    const stopped = loadUtkface({ folder, cache, progress, signal: controller.signal });
    await assert.rejects(stopped, { message: "enough" });
    assert.deepEqual(stages, ["UTKFace: reading files"]);
    await assert.rejects(Deno.stat(cache), Deno.errors.NotFound);
    const set = await loadUtkface({ folder, cache });
    assert.equal(set.train.labels.length + set.test.labels.length, 402);
  }));

Deno.test("loadUtkface() says how to get the data, and names what it cannot use", () =>
  withFaces(async ({ folder, faces, cache }) => {
    const load = (options = {}) => loadUtkface({ folder, cache, ...options });
    await assert.rejects(
      load({ folder: join(folder, "elsewhere") }),
      (error: Error) =>
        error instanceof Deno.errors.NotFound &&
        [/Cannot find UTKFace/, /susanqq\.github\.io/, /non-commercial/, /CGAN_KD_DATA/].every((
          part,
        ) => part.test(error.message)),
    );
    await assert.rejects(load(), /found no image in folder ".*UTKFace" or in the folders in it/);
    await Deno.writeFile(join(faces, faceName(80, 1)), await drawFace(1));
    await assert.rejects(load(), /found 1 files, 0 used; skipped: 1 outside ages, want 2 or more/);
    await assert.rejects(load({ setting: "some" }), /known names are "all", "unreplicated"/);
    await assert.rejects(load({ replicate: 1.5 }), /replicate = 1.5/);
  }));

const HAS_FACES = Deno.env.get(DATA_VARIABLE) !== undefined &&
  await Deno.stat(join(Deno.env.get(DATA_VARIABLE)!, "UTKFace")).then(() => true, () => false);
Deno.test({
  name:
    "loadUtkface() on the real folder holds what it promises, whatever part of the set is there",
  ignore: !HAS_FACES,
  fn: async () => {
    const set = await loadUtkface();
    const { inspection, train, test, originals } = set;
    assert.equal(inspection.found, inspection.kept + skippedFiles(inspection).length);
    assert.equal(originals + test.labels.length, inspection.kept);
    assert.ok(Math.abs(originals / inspection.kept - 0.8) < 0.005);
    const byAge = positionsByLabel(train.labels);
    assert.ok([...byAge.values()].every(({ length }) => length >= 200));
    assert.ok([...byAge.keys()].every((age) => age >= 1 && age <= 60));
    assert.deepEqual([...positionsByLabel(test.labels).keys()], [...byAge.keys()]);
    const inTrain = new Set(imagesOf(train));
    assert.ok(imagesOf(test).every((pixels) => !inTrain.has(pixels)));
  },
});
