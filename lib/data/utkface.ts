/**
 * UTKFace, ages 1 to 60 at 64 x 64 (method specification 1.5). Z. Zhang, Y. Song and H. Qi, "Age
 * Progression/Regression by Conditional Adversarial Autoencoder", CVPR 2017.
 */
import { checkInteger, lookUp } from "../base/check.ts";
import {
  type Dataset,
  type Images,
  imagesInMemory,
  type LabelledImages,
  type Regression,
  selectImages,
  selectLabelled,
} from "../base/contracts.ts";
import { join } from "../base/path.ts";
import type { ProgressSink } from "../base/progress.ts";
import { type Rng, rngOf } from "../base/rng.ts";
import { DATA_VARIABLE, dataFolder, preparedFolder } from "./folder.ts";
import { shortHashOf } from "./hash.ts";
import type { CopyRule } from "./utkface_copies.ts";
import { AGES, FACE_BYTES, FACE_SHAPE, type FaceFile } from "./utkface_files.ts";
import { inspectFiles, summaryOf, type UtkfaceInspection } from "./utkface_inspection.ts";
import { type PreparedFaces, prepareFaces } from "./utkface_prepare.ts";
import { replicateRareAges, splitByAge } from "./utkface_split.ts";

/** All images, with rare ages topped up to 200 in training (the reference, Q35), or as they are. */
export type UtkfaceSetting = "all" | "unreplicated";

/** What to load, and from where. */
export interface UtkfaceOptions {
  /** `all` unless said. */
  readonly setting?: UtkfaceSetting;
  /** Training images of each age at least, by drawing its own again; the setting's unless said. */
  readonly replicate?: number;
  /** What becomes of files with the same bytes; `strict` unless said. */
  readonly copies?: CopyRule;
  /** The folder that holds `UTKFace/`; `CGAN_KD_DATA` or `data/` of the project unless said. */
  readonly folder?: string;
  /** The folder of the prepared file; `data/utkface_64x64/` of the project unless said. */
  readonly cache?: string;
  /** Of the splits and the replicas; 2020 unless said. */
  readonly seed?: number;
  readonly progress?: ProgressSink;
}

/** UTKFace with what a reader of results may ask about it. */
export interface UtkfaceDataset extends Dataset {
  /** What was found in the folder and what was skipped. */
  readonly inspection: UtkfaceInspection;
  /** Training images before replication: the first ones of `train`; replicas follow. */
  readonly originals: number;
  /** Sub-training images before replication: the first ones of `subtrain`. */
  readonly subtrainOriginals: number;
}

const REPLICATE: Record<UtkfaceSetting, number> = { all: 200, unreplicated: 0 };
const TRAIN_FRACTION = 0.8;
const SUBTRAIN_FRACTION = 0.8;
const SITE = "https://susanqq.github.io/UTKFace/";
const ORIGIN = `UTKFace, Z. Zhang, Y. Song and H. Qi 2017, ${SITE}; non-commercial research only`;

/**
 * Loads UTKFace. The first call decodes the official JPEGs (about 2 ms each) and reduces them to 64 x 64 by
 * averaging areas, into one prepared file; later calls read the folder only to see that it is the same.
 *
 * 80 % of each age are the training set and 80 % of those the sub-training set. The same photograph never
 * lies in two parts: copies are skipped by rule, and near copies (saved again, cut, mirrored) stay together.
 * Ages with fewer than 200 training images are topped up by their own, drawn with replacement, in `train`
 * and, on its own, in `subtrain`; `test` and `subvalid` hold every image once.
 *
 * @returns Pixels [64, 64, 3], labels in years.
 * @throws {Deno.errors.NotFound} No data; says how to get them.
 * @throws {RangeError} An unknown setting, or a folder without two usable images.
 */
export async function loadUtkface(options: UtkfaceOptions = {}): Promise<UtkfaceDataset> {
  const { setting = "all", seed = 2020 } = options;
  const { replicate = lookUp(REPLICATE, setting, "UTKFace setting") } = options;
  checkInteger(replicate, "replicate", 0);
  const rng = rngOf(seed, "utkface");
  const { images, ages, parts, inspection } = await readFolder(options, rng);

  const originals = parts.train;
  const trainAges = Float32Array.from(originals, (position) => ages[position]!);
  const all: LabelledImages = { images, labels: ages, task: taskOf(trainAges), origin: "real" };
  const train = replicateRareAges({
    ages,
    positions: originals,
    minimum: replicate,
    rng: rng.child("replicate", "train"),
  });
  const subtrain = replicateRareAges({
    ages: trainAges,
    positions: parts.subtrain,
    minimum: replicate,
    rng: rng.child("replicate", "subtrain"),
  });
  return {
    name: "UTKFace",
    setting,
    train: selectLabelled(all, train),
    test: selectLabelled(all, parts.test),
    subtrain,
    subvalid: parts.subvalid,
    checksum: checksumOf(all, [train, parts.test, subtrain, parts.subvalid]),
    source: `${ORIGIN}; ${summaryOf(inspection)}`,
    inspection,
    originals: originals.length,
    subtrainOriginals: parts.subtrain.length,
  };
}

/**
 * What `loadUtkface` would use and skip, and why. Costs as much: the first call decodes the images.
 *
 * @throws {Deno.errors.NotFound} No data; says how to get them.
 */
export async function inspectUtkface(options: UtkfaceOptions = {}): Promise<UtkfaceInspection> {
  return (await readFaces(options)).inspection;
}

/** Images with ages, and which of them are in which part. */
interface Faces {
  readonly images: Images;
  /** Years. */
  readonly ages: Float32Array;
  readonly parts: Parts;
  readonly inspection: UtkfaceInspection;
}

interface Parts {
  /** Positions in the images. */
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** Positions in `train`. */
  readonly subtrain: Uint32Array;
  readonly subvalid: Uint32Array;
}

async function readFolder(options: UtkfaceOptions, rng: Rng): Promise<Faces> {
  const { prepared, kept, inspection } = await readFaces(options);
  const rows = Uint32Array.from(kept, ({ row }) => row!);
  const ages = Float32Array.from(kept, ({ age }) => age!);
  if (kept.length < 2) {
    throw new RangeError(
      `Cannot use UTKFace: found ${summaryOf(inspection)}, want 2 or more usable images; get the ` +
        `aligned and cropped images again (data/README.md)`,
    );
  }
  const groups = Uint32Array.from(rows, (row) => prepared.groups[row]!);
  const { chosen, rest } = splitByAge({
    ages,
    groups,
    fraction: TRAIN_FRACTION,
    rng: rng.child("split", "train"),
  });
  const sub = splitByAge({
    ages: Float32Array.from(chosen, (position) => ages[position]!),
    groups: Uint32Array.from(chosen, (position) => groups[position]!),
    fraction: SUBTRAIN_FRACTION,
    rng: rng.child("split", "subtrain"),
  });
  const images = selectImages(imagesInMemory(prepared.pixels, FACE_SHAPE), rows);
  const parts = { train: chosen, test: rest, subtrain: sub.chosen, subvalid: sub.rest };
  return { images, ages, parts, inspection };
}

async function readFaces(
  { copies = "strict", folder = dataFolder(), cache, progress }: UtkfaceOptions,
): Promise<{ prepared: PreparedFaces; kept: FaceFile[]; inspection: UtkfaceInspection }> {
  const faces = join(folder, "UTKFace");
  if (!(await Deno.stat(faces).catch(() => undefined))?.isDirectory) {
    throw new Deno.errors.NotFound(
      `Cannot find UTKFace: found no folder "${faces}", want the aligned and cropped faces in it; ` +
        `get the archive from ${SITE} (for non-commercial research only), unpack it, and name the ` +
        `folder that holds UTKFace/ in ${DATA_VARIABLE} (data/README.md)`,
    );
  }
  const prepared = await prepareFaces({
    folder: faces,
    cache: cache ?? join(preparedFolder(), "utkface_64x64"),
    progress,
  });
  const { files, groups } = prepared;
  return { prepared, ...inspectFiles(files, { groups, copies }) };
}

/** Years 1 to 60; fakes are drawn for every age that a training image has. */
function taskOf(trainAges: ArrayLike<number>): Regression {
  const labels = [...new Set(Array.from(trainAges))].sort((a, b) => a - b);
  return { kind: "regression", ...AGES, scale: AGES.maximum, unit: "years", labels };
}

/** Hash of pixels and ages of all images that are used, and of which is where. */
function checksumOf({ images, labels }: LabelledImages, parts: readonly Uint32Array[]): string {
  const bytes = new Uint8Array(images.count * FACE_BYTES);
  for (let i = 0; i < images.count; i++) images.read(i, bytes, i * FACE_BYTES);
  // Lengths first, so that moving an image from one part to the next shows.
  const lengths = Uint32Array.from(parts, ({ length }) => length);
  return shortHashOf(bytes, Uint8Array.from(labels), ...[lengths, ...parts].map(bytesOf));
}

function bytesOf(values: Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
