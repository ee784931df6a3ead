/** RC-49 from the authors' file, with the paper's own split (method specification 1.4). */
import { createHash } from "node:crypto";
import * as v from "valibot";
import type { ImageShape } from "../../base/contracts.ts";
import { Crc32, makeFolder, readIfFit, writeTextAtomically } from "../../base/disk/files.ts";
import { basename, dirname, join } from "../../base/disk/path.ts";
import { writeFileInPieces } from "../files/disk_images.ts";
import { isUndamaged } from "../files/hash.ts";
import {
  channelsLast,
  type Hdf5File,
  openHdf5,
  positionsOf,
  refuseScaledLabels,
  REMEDY,
} from "../files/hdf5.ts";

/** The authors' images, odd angles first, then even ones, and which of them are trained on. */
export interface AuthorsSet {
  /** Raw images, [odd + even, height, width, 3]. */
  readonly path: string;
  readonly shape: ImageShape;
  /** Of the raw images. */
  readonly sha256: string;
  /** Angles in degrees, one per image. */
  readonly labels: Float32Array;
  /** Chair models, one per image; undefined where the file has none. */
  readonly types?: Uint16Array;
  /** Positions of the training images, in the file's order. */
  readonly train: Uint32Array;
  /** Positions in `train`. */
  readonly subtrain: Uint32Array;
  readonly subvalid: Uint32Array;
}

/** Images read at once. */
const LEAST_AT_ONCE = 512;
const PARTS = ["odd", "even"] as const;

/** Name of the authors' file with `perAngle` training images of each odd angle. */
export function authorsFileName(perAngle: number): string {
  return `RC-49_64x64_${perAngle}.h5`;
}

/** The authors' file with `perAngle` training images of each odd angle, in the folder; undefined without one. */
export async function findAuthorsFile(
  folder: string,
  perAngle: number,
): Promise<string | undefined> {
  for (const path of [folder, join(folder, "rc49")]) {
    const file = join(path, authorsFileName(perAngle));
    if ((await Deno.stat(file).catch(() => undefined))?.isFile) return file;
  }
  return undefined;
}

/**
 * Reads the authors' file: `images_odd` and `images_even` [N, 3, H, W] bytes, `labels_odd`, `labels_even` in
 * degrees, `types_odd`, `types_even` where they are there, and the positions `indx_odd_train`, `indx_odd_subtrain`, `indx_odd_subvalid` in the odd arrays. The
 * first use turns the images into `[N, H, W, 3]`, one raw file in the cache folder, which later uses read.
 *
 * @param cache Made where it is missing.
 * @throws {RangeError} A missing array, or one of a wrong shape, or labels and positions that do not fit.
 * @throws {SyntaxError} Not an HDF5 file, or cut short.
 */
export async function readAuthorsFile(path: string, cache: string): Promise<AuthorsSet> {
  using file = await openHdf5(path);
  const counts = PARTS.map((part) => file.shapeOf(`images_${part}`)[0] ?? 0);
  const shape = imageShape(file);
  const stored = PARTS.map((part) => file.numbers(`labels_${part}`));
  refuseScaledLabels(Float64Array.from(stored.flatMap((values) => [...values])), {
    path,
    name: "labels_odd and labels_even",
    wanted: "degrees",
    scale: 90,
  });
  const labels = Float32Array.from(PARTS.flatMap((part, i) => {
    const values = stored[i]!;
    if (values.length !== counts[i]) {
      throw damaged(path, `${values.length} values in labels_${part}`, `${counts[i]}`);
    }
    const wrong = values.find((value) => !isAngle(value));
    if (wrong !== undefined) {
      throw damaged(path, `${wrong} in labels_${part}`, "tenths of degrees from 0.1 to 89.9");
    }
    // The same float32 for an angle however the file rounded it.
    return Array.from(values, (value) => Math.round(10 * value) / 10);
  }));
  const train = positionsOf(file, "indx_odd_train", counts[0]!);
  const placeOf = new Map(Array.from(train, (position, place) => [position, place]));
  const placesIn = (name: string) =>
    positionsOf(file, name, counts[0]!).map((position) => {
      const place = placeOf.get(position);
      if (place === undefined) {
        throw damaged(path, `${position} in ${name}`, "positions of indx_odd_train");
      }
      return place;
    });
  const subtrain = placesIn("indx_odd_subtrain");
  const subvalid = placesIn("indx_odd_subvalid");
  const chosen = new Set(subtrain);
  const both = subvalid.find((place) => chosen.has(place));
  if (both !== undefined) {
    throw damaged(path, `image ${train[both]} in both halves of indx_odd_train`, "one of them");
  }
  const raw = join(cache, basename(path).replace(/\.h5$/, ".u8"));
  const sha256 = await decode(file, raw, { counts, shape });
  const types = PARTS.every((part) => file.names.includes(`types_${part}`))
    ? Uint16Array.from(PARTS.flatMap((part, i) => typesIn(file, part, counts[i]!)))
    : undefined;
  return { path: raw, shape, sha256, labels, train, subtrain, subvalid, ...(types && { types }) };
}

/** Chair models of one part. */
function typesIn(file: Hdf5File, part: string, count: number): number[] {
  const values = Array.from(file.numbers(`types_${part}`));
  if (values.length !== count) {
    throw damaged(file.path, `${values.length} values in types_${part}`, `${count}`);
  }
  const wrong = values.find((value) => !(Number.isInteger(value) && value >= 0 && value < 1000));
  if (wrong === undefined) return values;
  throw damaged(file.path, `${wrong} in types_${part}`, "integers from 0 to 999");
}

function isAngle(value: number): boolean {
  const tenth = Math.round(10 * value);
  return tenth >= 1 && tenth <= 899 && Math.abs(10 * value - tenth) < 1e-3;
}

function imageShape(file: Hdf5File): ImageShape {
  const [odd, even] = PARTS.map((part) => file.shapeOf(`images_${part}`));
  const [, channels, height, width] = odd!;
  const isWhole = [odd!, even!].every((sides) => sides.length === 4 && sides[0]! > 0) &&
    channels === 3 && odd!.slice(1).join() === even!.slice(1).join();
  if (!isWhole) {
    throw damaged(file.path, `images of shape [${odd}] and [${even}]`, "[N, 3, H, W] twice");
  }
  return { height: height!, width: width!, channels };
}

/** Beside the raw images: what they were made from, and their checksums. */
const StampSchema = v.object({
  original: v.string(),
  sha256: v.string(),
  crc32: v.optional(v.string()),
});

/** Writes the raw images unless an undamaged file of the same original lies there; its checksum. */
async function decode(
  file: Hdf5File,
  raw: string,
  { counts, shape }: { counts: readonly number[]; shape: ImageShape },
): Promise<string> {
  const imageBytes = shape.height * shape.width * shape.channels;
  const { size, mtime } = await Deno.stat(file.path);
  const original = `${size} bytes, ${mtime?.toISOString()}`;
  const stampPath = `${raw}.json`;
  const rawSize = (await Deno.stat(raw).catch(() => undefined))?.size;
  if (rawSize === counts.reduce((sum, count) => sum + count * imageBytes, 0)) {
    const known = await readIfFit(StampSchema, stampPath);
    if (known?.original === original && await isUndamaged(raw, known)) return known.sha256;
  }
  await makeFolder(dirname(raw));
  await Deno.remove(stampPath).catch(() => undefined);
  const hash = createHash("sha256");
  const crc32 = new Crc32();
  const writer = writeFileInPieces(raw);
  try {
    for (const [i, part] of PARTS.entries()) {
      const piece = file.rowsAtOnce(`images_${part}`, LEAST_AT_ONCE);
      for (let from = 0; from < counts[i]!; from += piece) {
        const to = Math.min(counts[i]!, from + piece);
        const pixels = channelsLast(file.rows(`images_${part}`, from, to), shape);
        writer.append(pixels);
        hash.update(pixels);
        crc32.update(pixels);
      }
    }
    writer.finish();
  } finally {
    writer.discard();
  }
  const sha256 = hash.digest("hex");
  const stamp = { original, sha256, crc32: crc32.digest() };
  await writeTextAtomically(stampPath, JSON.stringify(stamp));
  return sha256;
}

function damaged(path: string, found: string, wanted: string): RangeError {
  return new RangeError(`Cannot use "${path}": found ${found}, want ${wanted}; ${REMEDY}`);
}
