/**
 * UTKFace, ages 1 to 60 at 64 x 64 (method specification 1.5). Z. Zhang, Y. Song and H. Qi, "Age
 * Progression/Regression by Conditional Adversarial Autoencoder", CVPR 2017.
 */
import { createHash } from "node:crypto";
import { checkInteger, lookUp } from "../../base/check.ts";
import {
  type Dataset,
  type Inspection,
  type RealImages,
  type Regression,
  selectLabelled,
} from "../../base/contracts.ts";
import { join } from "../../base/path.ts";
import type { ProgressSink } from "../../base/progress.ts";
import { rngOf } from "../../base/rng.ts";
import { DATA_VARIABLE, dataFolder, preparedFolder } from "../../setup/folders.ts";
import type { CopyRule } from "./copies.ts";
import { AGES, FACE_BYTES } from "./file_names.ts";
import { type FaceParts, type FolderOptions, readFaceFolder } from "./folder.ts";
import { AUTHORS_FILE, findUtkface } from "./find.ts";
import { readAuthorsFile } from "./authors_file.ts";
import { summaryOf } from "./inspection.ts";
import { replicateRareAges } from "./split.ts";

/** All images, with rare ages topped up to 200 in training (the reference, Q35), or as they are. */
export type UtkfaceSetting = "all" | "unreplicated";

/** What to load, and from where. */
export interface UtkfaceOptions {
  /** `all` unless said. */
  readonly setting?: UtkfaceSetting;
  /** Training images of each age at least, by drawing its own again; the setting's unless said. */
  readonly replicate?: number;
  /** The authors' HDF5 file or the official folder; the file where it is there, unless said. */
  readonly from?: "authors" | "folder";
  /** What becomes of files with the same bytes in the folder; `strict` unless said. */
  readonly copies?: CopyRule;
  /** The folder that holds `UTKFace/`; `CGAN_KD_DATA` or `data/` of the project unless said. */
  readonly folder?: string;
  /** The folder of the prepared file; `data/utkface_64x64/` of the project unless said. */
  readonly cache?: string;
  /** Of the splits and the replicas; 2020 unless said. */
  readonly seed?: number;
  /** Told how far the preparation is. */
  readonly progress?: ProgressSink;
  /** Stops the preparation between two images. */
  readonly signal?: AbortSignal;
}

/** UTKFace; what was skipped is always known. */
export interface UtkfaceDataset extends Dataset {
  readonly inspection: Inspection;
}

const REPLICATE: Record<UtkfaceSetting, number> = { all: 200, unreplicated: 0 };
const SITE = "https://susanqq.github.io/UTKFace/";
const ORIGIN = `UTKFace, Z. Zhang, Y. Song and H. Qi 2017, ${SITE}; non-commercial research only`;

/**
 * Loads UTKFace: the authors' HDF5 file with the paper's own split where it is there, else the official
 * folder. Of the folder the first call decodes the JPEGs (about 2 ms each) and reduces them to 64 x 64 by
 * averaging areas, into one prepared file; later calls read the folder only to see that it is the same.
 *
 * From the folder, 80 % of each age are the training set and 80 % of those the sub-training set, and the
 * same photograph never lies in two parts: copies are skipped by rule, and near copies (saved again, cut,
 * mirrored) stay together. Ages with fewer than 200 training images are topped up by their own, drawn with
 * replacement, in `train` and, on its own, in `subtrain`; `test` and `subvalid` hold every image once.
 *
 * @returns Pixels [64, 64, 3], labels in years.
 * @throws {Deno.errors.NotFound} No data; says how to get them.
 * @throws {RangeError} An unknown setting, a folder without two usable images, or a damaged HDF5 file.
 */
export async function loadUtkface(options: UtkfaceOptions = {}): Promise<UtkfaceDataset> {
  const { setting = "all", seed = 2020 } = options;
  const { replicate = lookUp(REPLICATE, setting, "UTKFace setting") } = options;
  checkInteger(replicate, "replicate", 0);
  const rng = rngOf(seed, "utkface");
  const source = await findSource(options);
  const { images, ages, parts, inspection } = source.kind === "authors"
    ? await readAuthorsFile(source.path)
    : await readFaceFolder(source, rng);

  const trainAges = Float32Array.from(parts.train, (position) => ages[position]!);
  const all: RealImages = { images, labels: ages, task: taskOf(trainAges), origin: "real" };
  const train = replicateRareAges({
    ages: trainAges,
    positions: Uint32Array.from(trainAges.keys()),
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
    train: selectLabelled(all, train.map((place) => parts.train[place]!)),
    test: selectLabelled(all, parts.test),
    originals: parts.train.length,
    subtrain,
    subtrainOriginals: parts.subtrain.length,
    subvalid: parts.subvalid,
    types: "none",
    inspection,
    checksum: checksumOf(all, parts, [train, subtrain, parts.subvalid]),
    source: `${ORIGIN}; ${summaryOf(inspection)}`,
  };
}

type Source =
  | { readonly kind: "authors"; readonly path: string }
  | ({ readonly kind: "folder" } & FolderOptions);

/** The authors' file or the official folder, whichever is asked for or there. */
async function findSource(options: UtkfaceOptions): Promise<Source> {
  const { copies = "strict", folder = dataFolder(), from, progress, signal } = options;
  const { authors, faces, fault } = await findUtkface(folder);
  if (from !== "folder" && authors !== undefined) return { kind: "authors", path: authors };
  if (from !== "authors" && faces !== undefined) {
    const cache = options.cache ?? join(preparedFolder(), "utkface_64x64");
    return { kind: "folder", folder: faces, cache, copies, progress, signal };
  }
  const wanted = {
    folder: `found no image in folder "${join(folder, "UTKFace")}"`,
    authors: `found no file "${join(folder, AUTHORS_FILE)}"`,
  };
  throw new Deno.errors.NotFound(
    `Cannot find UTKFace: ${
      from === undefined ? fault : wanted[from]
    }; get the aligned and cropped faces ` +
      `from ${SITE} (for non-commercial research only), unpack them, and name the folder that holds ` +
      `UTKFace/ in ${DATA_VARIABLE} (data/README.md)`,
  );
}

/** Years 1 to 60; fakes are drawn for every age that a training image has. */
function taskOf(trainAges: ArrayLike<number>): Regression {
  const labels = [...new Set(Array.from(trainAges))].sort((a, b) => a - b);
  return { kind: "regression", ...AGES, scale: AGES.maximum, unit: "years", labels };
}

/** Hash of pixels and ages of all images in use, the training images first, and of the lists of replicas. */
function checksumOf(
  { images, labels }: RealImages,
  { train, test }: FaceParts,
  lists: readonly Uint32Array[],
): string {
  const hash = createHash("sha256");
  const pixels = new Uint8Array(FACE_BYTES);
  for (const part of [train, test]) {
    for (const position of part) {
      images.read(position, pixels, 0);
      hash.update(pixels);
    }
    hash.update(bytesOf(Float32Array.from(part, (position) => labels[position]!)));
  }
  // Lengths first, so that moving an image from one list to the next shows.
  const lengths = Uint32Array.from([train, test, ...lists], ({ length }) => length);
  for (const list of [lengths, ...lists]) hash.update(bytesOf(list));
  return hash.digest("hex").slice(0, 16);
}

function bytesOf(values: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
