/** Arrays of an HDF5 file as images, labels and parts. */
import * as v from "valibot";
import { basename } from "../../base/disk/path.ts";
import { countProgress } from "../../base/progress.ts";
import { channelsLast, type Hdf5File, positionsOf } from "../files/hdf5.ts";
import { type Prepared, prepareImages } from "../files/prepared.ts";
import { type Fit, resizeImage } from "../files/resize.ts";
import type { LeftOut } from "../files/skipped.ts";
import type { LoaderWatch } from "../loader.ts";
import { type LabelKind, scalarFault, type ScalarLabels, sortedClasses } from "../own/labels.ts";
import type { Part } from "../own/written_names.ts";

/** Images read at once, or more where the file packs more of them together. */
const LEAST_AT_ONCE = 256;
/** Raised when the order, sizes or their outcome change. */
const VERSION = "1";

/** Height and width of stored images, and where their colours stand. */
interface Stored {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly isPlanes: boolean;
}

/**
 * Shape of an array of images, [N, height, width, 3] or [N, 3, height, width].
 *
 * @throws {RangeError} Another shape, or no such array.
 */
export function storedShape(file: Hdf5File, name: string): Stored {
  const shape = file.shapeOf(name);
  const [count = 0, a = 0, b = 0, c = 0] = shape;
  const isImages = shape.length === 4 && shape.every((side) => side > 0);
  if (isImages && c === 3) return { count, height: a, width: b, isPlanes: false };
  if (isImages && a === 3) return { count, height: b, width: c, isPlanes: true };
  throw refuse(
    file,
    `${name} of shape [${shape.join(", ")}]`,
    "[N, height, width, 3] or [N, 3, height, width]",
  );
}

/** Which images to bring to which size. */
export interface ArrayRequest extends LoaderWatch {
  /** Name of the array. */
  readonly images: string;
  readonly size: number;
  readonly fit: Fit;
  /** The folder of prepared files. */
  readonly cache: string;
}

/**
 * Brings all images of an array to one size, in their order, into one raw file at the first use.
 *
 * @throws {RangeError} No array of unsigned bytes in the shape of images.
 */
export async function prepareArray(
  file: Hdf5File,
  { images: name, size, fit, cache, progress, signal }: ArrayRequest,
): Promise<Prepared<Record<never, never>>> {
  const { count, height, width, isPlanes } = storedShape(file, name);
  const { mtime, size: bytes } = await Deno.stat(file.path);
  return await prepareImages({
    cache,
    name: "own_arrays",
    identity: [
      VERSION,
      `${size} ${fit}`,
      `${basename(file.path)}/${name}/${bytes}/${mtime?.getTime()}`,
    ],
    shape: { height: size, width: size, channels: 3 },
    notes: v.object({}),
    async make(append) {
      const report = countProgress(`${basename(file.path)}: reading images`, progress);
      const area = height * width * 3;
      const piece = file.rowsAtOnce(name, LEAST_AT_ONCE);
      for (let first = 0; first < count; first += piece) {
        signal?.throwIfAborted();
        const last = Math.min(count, first + piece);
        const rows = file.rows(name, first, last);
        const pixels = isPlanes ? channelsLast(rows, { height, width, channels: 3 }) : rows;
        for (let at = 0; at < pixels.length; at += area) {
          const image = { height, width, pixels: pixels.subarray(at, at + area) };
          append(resizeImage(image, { width: size, height: size, fit }));
        }
        report?.(last, count);
        await new Promise((resolve) => setTimeout(resolve));
      }
      return {};
    },
  });
}

/**
 * Labels of the images that are used: integers are classes, floating-point numbers amounts, unless `task` says
 * otherwise.
 *
 * @param kept The images; labels of others may be anything.
 * @throws {RangeError} No such array, another number of labels, classes that are no integers, fewer than two classes or
 *   different amounts, or an amount out of its range.
 */
export function readLabels(
  file: Hdf5File,
  { labels: name, count, kept, task, scalar }: {
    readonly labels: string;
    readonly count: number;
    readonly kept: readonly number[];
    readonly task?: "classes" | "scalar";
    readonly scalar: ScalarLabels;
  },
): { readonly kind: LabelKind; readonly labels: readonly number[] } {
  const all = file.numbers(name);
  if (all.length !== count) {
    throw refuse(file, `${all.length} numbers in ${name}`, `${count}, one for each image`);
  }
  const values = Float64Array.from(kept, (image) => all[image]!);
  const place = (i: number) => `of image ${kept[i]}`;
  if ((task ?? (file.isInteger(name) ? "classes" : "scalar")) === "scalar") {
    const labels = values.map(Math.fround);
    const fault = scalarFault(labels, scalar, place);
    if (fault !== undefined) throw refuse(file, `${fault.found} in ${name}`, fault.want);
    return { kind: scalar, labels: Array.from(labels) };
  }
  const broken = values.findIndex((value) => !Number.isInteger(value));
  if (broken >= 0) {
    throw refuse(
      file,
      `label ${values[broken]} ${place(broken)} in ${name}`,
      'integers for classes, or task = "scalar"',
    );
  }
  const names = Array.from(values, String);
  const classNames = sortedClasses(names);
  if (classNames.length < 2) {
    throw refuse(file, `only class ${classNames[0]} in ${name}`, "two classes at least");
  }
  const indexOf = new Map(classNames.map((one, index) => [one, index]));
  return { kind: { kind: "classes", classNames }, labels: names.map((one) => indexOf.get(one)!) };
}

/**
 * Part of each image by arrays of positions; undefined for images of neither, all "" where there is no array.
 *
 * @param train Name of the array; "indx_train" where it is left out and there is one.
 * @param test Name of the array; "indx_test" where it is left out and there is one. Without, the others are tested on.
 * @throws {RangeError} A named array that is not there, a position that is none, twice, or in both.
 */
export function readParts(
  file: Hdf5File,
  { count, train, test }: {
    readonly count: number;
    readonly train?: string;
    readonly test?: string;
  },
): readonly (Part | "" | undefined)[] {
  const nameOf = (given: string | undefined, usual: string) =>
    given ?? (file.names.includes(usual) ? usual : undefined);
  const names = { train: nameOf(train, "indx_train"), test: nameOf(test, "indx_test") };
  const parts = new Array<Part | "" | undefined>(count);
  if (names.train === undefined && names.test === undefined) return parts.fill("");
  // One array is enough: the other part is the rest.
  if (names.train === undefined) parts.fill("train");
  if (names.test === undefined) parts.fill("test");
  const hasBoth = names.train !== undefined && names.test !== undefined;
  for (const part of ["train", "test"] as const) {
    const name = names[part];
    if (name === undefined) continue;
    for (const position of positionsOf(file, name, count)) {
      if (hasBoth && parts[position] !== undefined) {
        throw refuse(
          file,
          `image ${position} in ${names.train} and ${names.test}`,
          "it in one of them",
        );
      }
      parts[position] = part;
    }
  }
  return parts;
}

/** Images of neither part. */
export function inNoPart(parts: readonly (Part | "" | undefined)[]): LeftOut[] {
  return Array.from(parts.keys()).filter((image) => parts[image] === undefined)
    .map((image) => ({ name: `image ${image}`, rule: "in no part", detail: "" }));
}

function refuse({ path, remedy }: Hdf5File, found: string, want: string): RangeError {
  return new RangeError(`Cannot use "${path}": found ${found}, want ${want}; ${remedy}`);
}
