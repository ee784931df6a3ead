/**
 * UTKFace, ages 1 to 60 at 64 x 64 (method specification 1.5). Z. Zhang, Y. Song and H. Qi, "Age
 * Progression/Regression by Conditional Adversarial Autoencoder", CVPR 2017.
 */
import { createHash } from "node:crypto";
import type * as v from "valibot";
import { lookUp } from "../../base/check.ts";
import {
  type Dataset,
  type Inspection,
  type RealImages,
  type Regression,
  selectLabelled,
} from "../../base/contracts.ts";
import { withDefaults } from "../../base/options/option_defaults.ts";
import { choice, type Frozen, group, integer, optional } from "../../base/options/options.ts";
import { join } from "../../base/disk/path.ts";
import { rngOf } from "../../base/rng.ts";
import { dataFolder, preparedFolder } from "../../setup/folders.ts";
import type { DatasetLoader, LoaderWatch } from "../loader.ts";
import { COPY_RULES } from "./copies.ts";
import { AGES, FACE_BYTES } from "./file_names.ts";
import { type FaceParts, type FolderOptions, readFaceFolder } from "./folder.ts";
import { AUTHORS_FILE, findUtkface, howToPlaceUtkface, UTKFACE_SITE } from "./find.ts";
import { readAuthorsFile } from "./authors_file.ts";
import { summaryOf } from "./inspection.ts";
import { replicateRareAges } from "./split.ts";

/** What a specification may say of UTKFace. */
export const UTKFACE_OPTIONS = group("How UTKFace is read and divided.", {
  copies: optional(
    choice(
      'Files with the same bytes in the official folder. "drop": where their ages disagree, none is used, and else ' +
        'the first by name; "first": the first by name, whatever the ages; "all": every file.',
      COPY_RULES,
    ),
    "drop",
  ),
  replicate: optional(integer(
    "Training images of each age at least, by repeating its own. Without it, 200, or 0 in the setting unreplicated.",
    { from: 0, to: 10_000, why: "more images do not fit into memory" },
  )),
  from: optional(choice(
    "The authors' HDF5 file or the official folder. Without it, the file where it is there.",
    ["authors", "folder"],
  )),
  seed: optional(
    integer("Seed of the split and of repeated images.", {
      from: 0,
      to: Number.MAX_SAFE_INTEGER,
      why: "larger integers are not exact",
    }),
    2020,
  ),
});

/** What to load, from where, and who watches. */
export interface UtkfaceOptions extends Frozen<v.InferInput<typeof UTKFACE_OPTIONS>>, LoaderWatch {
  /** Rare ages topped up to 200 in training ("all": the reference, Q35; default), or left as they are ("unreplicated"). */
  readonly setting?: string;
  /** The folder that holds `UTKFace/`; default: the one that `CGAN_KD_DATA` names, else `data/` of the project. */
  readonly folder?: string;
  /** The folder of the prepared file; default: `data/utkface_64x64/` of the project. */
  readonly cache?: string;
}

/** UTKFace; what was skipped is always known. */
export interface UtkfaceDataset extends Dataset {
  readonly inspection: Inspection;
}

const REPLICATE = { all: 200, unreplicated: 0 } as const;
const ORIGIN =
  `UTKFace, Z. Zhang, Y. Song and H. Qi 2017, ${UTKFACE_SITE}; non-commercial research only`;

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
  const { setting = "all", folder, cache, progress, signal, ...given } = options;
  const standard = lookUp(REPLICATE, setting, "UTKFace setting");
  const own = withDefaults(UTKFACE_OPTIONS, given);
  const { replicate = standard, seed } = own;
  const rng = rngOf(seed, "utkface");
  const source = await findSource({ ...own, folder, cache, progress, signal });
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
    others: "none",
    inspection,
    checksum: checksumOf(all, parts, [train, subtrain, parts.subvalid]),
    source: `${ORIGIN}; ${summaryOf(inspection)}`,
    // Pictures of real people.
    mayBePublished: false,
  };
}

/** UTKFace as a data set of the registry. */
export const utkface: DatasetLoader<typeof UTKFACE_OPTIONS> = {
  title: "UTKFace",
  options: UTKFACE_OPTIONS,
  load: ({ options, ...request }) => loadUtkface({ ...options, ...request }),
};

function preparedCache(): string {
  return join(preparedFolder(), "utkface_64x64");
}

type Source =
  | { readonly kind: "authors"; readonly path: string }
  | ({ readonly kind: "folder" } & FolderOptions);

/** The authors' file or the official folder, whichever is asked for or there. */
async function findSource(
  { copies, from, folder = dataFolder(), cache = preparedCache(), progress, signal }:
    & Pick<UtkfaceOptions, "from" | "folder" | "cache" | "progress" | "signal">
    & Pick<FolderOptions, "copies">,
): Promise<Source> {
  const { authors, faces, fault } = await findUtkface(folder);
  if (from !== "folder" && authors !== undefined) {
    if (copies === "drop") return { kind: "authors", path: authors };
    throw new RangeError(
      `Cannot use copies = "${copies}" on "${authors}": its split is used as it is stored, copies included; ` +
        'want from = "folder" beside it, or no copies',
    );
  }
  if (from !== "authors" && faces !== undefined) {
    return { kind: "folder", folder: faces, cache, copies, progress, signal };
  }
  const wanted = {
    folder: `found no image in folder "${join(folder, "UTKFace")}"`,
    authors: `found no file "${join(folder, AUTHORS_FILE)}"`,
  };
  throw new Deno.errors.NotFound(
    `Cannot find UTKFace: ${from === undefined ? fault : wanted[from]}; ${
      howToPlaceUtkface(folder)
    } (data/README.md)`,
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
