/** UTKFace from the authors' HDF5 file, with the paper's own split (method specification 1.5). */
import { imagesInMemory } from "../../base/contracts.ts";
import { shortHashOf } from "../files/hash.ts";
import { type Hdf5File, openHdf5, positionsOf, refuseScaledLabels, REMEDY } from "../files/hdf5.ts";
import { AGES, FACE_BYTES, FACE_SHAPE } from "./file_names.ts";
import type { Faces } from "./folder.ts";
import { byRule, nearCopies } from "./inspection.ts";

/** Images read at once. */
const LEAST_AT_ONCE = 512;
const PIXELS = 64 * 64;

/**
 * Reads the authors' file: `images` [N, 3, 64, 64] bytes, `labels` [N] in years, and the positions
 * `indx_train`, `indx_test`, `indx_subtrain`, `indx_subvalid` in them. The split is used as it is stored,
 * since the paper's numbers rest on it; copies are counted and stay. Ages outside 1 to 60 are left out.
 *
 * @throws {SyntaxError} Not an HDF5 file, or a cut one.
 * @throws {RangeError} A missing array, or one of the wrong shape or with positions that do not fit.
 */
export async function readAuthorsFile(path: string): Promise<Faces> {
  using file = await openHdf5(path);
  const [count = 0, ...shape] = file.shapeOf("images");
  if (shape.join() !== "3,64,64") {
    throw damaged(path, `images of shape [${[count, ...shape].join(", ")}]`, "[N, 3, 64, 64]");
  }
  const labels = file.numbers("labels");
  if (labels.length !== count) {
    throw damaged(path, `${labels.length} labels`, `${count}, one per image`);
  }
  refuseScaledLabels(labels, { path, name: "labels", wanted: "years", scale: AGES.maximum });
  const isOutside = (position: number) =>
    !(labels[position]! >= AGES.minimum && labels[position]! <= AGES.maximum);
  const positionsIn = (name: string) =>
    positionsOf(file, name, count).filter((position) => !isOutside(position));
  const train = positionsIn("indx_train");
  const test = positionsIn("indx_test");
  const placeOf = new Map(Array.from(train, (position, place) => [position, place]));
  const both = test.find((position) => placeOf.has(position));
  if (both !== undefined) {
    throw damaged(path, `image ${both} in indx_train and indx_test`, "it in one of them");
  }
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
  const inSubtrain = new Set(parts.subtrain);
  const shared = parts.subvalid.find((place) => inSubtrain.has(place));
  if (shared !== undefined) {
    throw damaged(path, `${train[shared]} in indx_subtrain and indx_subvalid`, "it in one of them");
  }
  if (train.length === 0 || test.length === 0) {
    throw damaged(path, `${train.length} training and ${test.length} test images`, "some of both");
  }

  const pixels = await readPixels(file, count);
  const hashes = new Map<string, number>();
  const groups = Uint32Array.from({ length: count }, (_, i) => {
    const hash = shortHashOf(pixels.subarray(i * FACE_BYTES, (i + 1) * FACE_BYTES));
    if (!hashes.has(hash)) hashes.set(hash, i);
    return hashes.get(hash)!;
  });
  const used = Array.from([...train, ...test]);
  const inTrain = new Set(Array.from(train, (position) => groups[position]!));
  const outside = Array.from(labels.keys()).filter(isOutside);
  const inTest = test.filter((position) => inTrain.has(groups[position]!)).length;
  return {
    images: imagesInMemory(pixels, FACE_SHAPE),
    ages: Float32Array.from(labels),
    parts,
    inspection: {
      counted: "images in the authors' file",
      found: count,
      kept: used.length,
      skipped: byRule(outside.map((position) => ({
        name: `image ${position}`,
        rule: "outside ages",
        detail: `${labels[position]} years`,
      }))),
      remarks: [nearCopies({
        ages: used.map((position) => labels[position]!),
        groups: used.map((position) => groups[position]!),
        place: `${inTest} test images are in training as well`,
      })],
    },
  };
}

/** [count, 3, 64, 64] to [count, 64, 64, 3]. */
async function readPixels(file: Hdf5File, count: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(count * FACE_BYTES);
  const piece = file.rowsAtOnce("images", LEAST_AT_ONCE);
  for (let first = 0; first < count; first += piece) {
    const last = Math.min(count, first + piece);
    const planes = file.rows("images", first, last);
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

function damaged(path: string, found: string, want: string): RangeError {
  return new RangeError(`Cannot use "${path}": found ${found}, want ${want}; ${REMEDY}`);
}
