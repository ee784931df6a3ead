/** UTKFace from the authors' HDF5 file, with the paper's own split (method specification 1.5). */
import type { Dataset as StoredArray, File as Hdf5File } from "h5wasm/node";
import { imagesInMemory } from "../base/contracts.ts";
import { shortHashOf } from "./hash.ts";
import { AGES, FACE_BYTES, FACE_SHAPE, SKIP_RULES, type SkipRule } from "./utkface_files.ts";
import type { Faces } from "./utkface_folder.ts";
import { countNearCopies } from "./utkface_inspection.ts";

/** Name of the authors' file in the data folder. */
export const AUTHORS_FILE = "UTKFace_64x64_proptrain_0.8_propsubtrain_0.8.h5";

/** Images read at once. */
const CHUNK = 512;
const PIXELS = 64 * 64;
const SIGNATURE = "\x89HDF\r\n\x1a\n";
const REMEDY = "get the file from its authors again (data/README.md)";

/**
 * Reads the authors' file: `images` [N, 3, 64, 64] bytes, `labels` [N] in years, and the positions
 * `indx_train`, `indx_test`, `indx_subtrain`, `indx_subvalid` in them. The split is used as it is stored,
 * since the paper's numbers rest on it; copies are counted and stay. Ages outside 1 to 60 are left out.
 *
 * @throws {RangeError} A missing array, or one of the wrong shape or with positions that do not fit.
 */
export async function readAuthorsFile(path: string): Promise<Faces> {
  const { default: hdf5 } = await import("h5wasm/node");
  await hdf5.ready;
  // The library prints pages on what is no HDF5 file.
  const start = new Uint8Array(8);
  using raw = await Deno.open(path);
  await raw.read(start);
  if (String.fromCharCode(...start) !== SIGNATURE) {
    throw new SyntaxError(`Cannot read "${path}": found no HDF5 signature, want one; ${REMEDY}`);
  }
  const file = new hdf5.File(path, "r");
  try {
    if (file.file_id < 0n) throw damaged(path, "the library cannot open it", "a whole HDF5 file");
    return await readArrays(file, path);
  } finally {
    if (file.file_id >= 0n) file.close();
  }
}

async function readArrays(file: Hdf5File, path: string): Promise<Faces> {
  const images = arrayOf(file, "images", path);
  const [count = 0, ...shape] = images.shape ?? [];
  if (shape.join() !== "3,64,64" || images.dtype !== "<B") {
    const found = `shape [${images.shape}] of type "${images.dtype}"`;
    throw damaged(path, `images with ${found}`, 'shape [N, 3, 64, 64] of type "<B"');
  }
  const labels = numbersOf(file, "labels", path);
  if (labels.length !== count) {
    throw damaged(path, `${labels.length} labels`, `${count}, one an image`);
  }
  const isOutside = (position: number) =>
    !(labels[position]! >= AGES.minimum && labels[position]! <= AGES.maximum);
  const positionsIn = (name: string): Uint32Array => {
    const values = numbersOf(file, name, path);
    const wrong = values.find((value) => !(Number.isInteger(value) && value >= 0 && value < count));
    if (wrong !== undefined) throw damaged(path, `${wrong} in ${name}`, `0 to ${count - 1}`);
    return Uint32Array.from(values.filter((value) => !isOutside(value)));
  };
  const train = positionsIn("indx_train");
  const test = positionsIn("indx_test");
  const placeOf = new Map(Array.from(train, (position, place) => [position, place]));
  const both = test.find((position) => placeOf.has(position));
  if (both !== undefined) throw damaged(path, `image ${both} in training and test`, "one of them");
  const placesIn = (name: string): Uint32Array =>
    positionsIn(name).map((position) => {
      const place = placeOf.get(position);
      if (place === undefined) {
        throw damaged(path, `${position} in ${name}`, "positions of indx_train");
      }
      return place;
    });
  const parts = {
    train,
    test,
    subtrain: placesIn("indx_subtrain"),
    subvalid: placesIn("indx_subvalid"),
  };
  if (train.length === 0 || test.length === 0) {
    throw damaged(path, `${train.length} training and ${test.length} test images`, "some of both");
  }

  const pixels = await readPixels(images, count);
  const hashes = new Map<string, number>();
  const groups = Uint32Array.from({ length: count }, (_, i) => {
    const hash = shortHashOf(pixels.subarray(i * FACE_BYTES, (i + 1) * FACE_BYTES));
    if (!hashes.has(hash)) hashes.set(hash, i);
    return hashes.get(hash)!;
  });
  const used = Array.from([...train, ...test]);
  const inTrain = new Set(Array.from(train, (position) => groups[position]!));
  const outside = Array.from(labels.keys()).filter(isOutside);
  const counts = Object.fromEntries(SKIP_RULES.map((rule) => [rule, 0])) as Record<
    SkipRule,
    number
  >;
  counts["outside ages"] = outside.length;
  return {
    images: imagesInMemory(pixels, FACE_SHAPE),
    ages: Float32Array.from(labels),
    parts,
    inspection: {
      origin: "authors",
      found: count,
      kept: used.length,
      skipped: outside.map((position) => ({
        name: `image ${position}`,
        rule: "outside ages",
        detail: `${labels[position]} years`,
      })),
      counts,
      nearCopies: countNearCopies(
        used.map((position) => labels[position]!),
        used.map((position) => groups[position]!),
      ),
      testImagesInTrain: test.filter((position) => inTrain.has(groups[position]!)).length,
      oddDates: [],
    },
  };
}

/** [count, 3, 64, 64] to [count, 64, 64, 3]. */
async function readPixels(images: StoredArray, count: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(count * FACE_BYTES);
  for (let first = 0; first < count; first += CHUNK) {
    const last = Math.min(count, first + CHUNK);
    const planes = images.slice([[first, last], [], [], []]) as Uint8Array;
    for (let image = 0; image < last - first; image++) {
      for (let channel = 0; channel < 3; channel++) {
        const from = (image * 3 + channel) * PIXELS;
        let out = (first + image) * FACE_BYTES + channel;
        for (let i = 0; i < PIXELS; i++, out += 3) pixels[out] = planes[from + i]!;
      }
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  return pixels;
}

function arrayOf(file: Hdf5File, name: string, path: string): StoredArray {
  const keys = file.keys();
  if (!keys.includes(name)) {
    throw damaged(path, `arrays ${keys.join(", ") || "none"}`, `"${name}" as well`);
  }
  return file.get(name) as StoredArray;
}

function numbersOf(file: Hdf5File, name: string, path: string): number[] {
  const array = arrayOf(file, name, path);
  if (array.shape?.length !== 1) {
    throw damaged(path, `${name} of shape [${array.shape}]`, "one dimension");
  }
  return Array.from(array.value as Iterable<number | bigint>, Number);
}

function damaged(path: string, found: string, want: string): RangeError {
  return new RangeError(`Cannot use "${path}": found ${found}, want ${want}; ${REMEDY}`);
}
