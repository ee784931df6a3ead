/**
 * Tiny-ImageNet, 200 classes at 64 x 64 (method specification 1.3). Y. Le and X. Yang, "Tiny ImageNet Visual Recognition
 * Challenge", Stanford CS 231N, 2015.
 */
import type * as v from "valibot";
import type {
  Classification,
  Dataset,
  ImageShape,
  Inspection,
  RealImages,
} from "../../base/contracts.ts";
import { selectImages } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { withDefaults } from "../../base/options/option_defaults.ts";
import { choice, type Frozen, group, integer, optional } from "../../base/options/options.ts";
import { permutation, rngOf } from "../../base/rng.ts";
import { dataFolder, preparedFolder } from "../../setup/folders.ts";
import { shortHashOf } from "../files/hash.ts";
import type { Prepared } from "../files/prepared.ts";
import { brokenFiles, skipRules } from "../files/skipped.ts";
import type { DatasetLoader, LoaderWatch } from "../loader.ts";
import { readAuthorsFile } from "./authors_file.ts";
import { findTinyImagenet, FORMS, howToPlace } from "./find.ts";
import type { SetNotes } from "./images.ts";
import { readOfficial } from "./official.ts";

/** What a specification may say of Tiny-ImageNet. */
export const TINY_IMAGENET_OPTIONS = group("How Tiny-ImageNet is read.", {
  classes: optional(integer(
    "Classes in use, spread evenly over the list wnids.txt: of n, the classes floor(i n / classes). Without it, all.",
    { from: 2, to: 200, why: "there are no more classes" },
  )),
  grey: optional(
    choice(
      'JPEGs that hold grey levels only. "drop": left out, as in the paper; "convert": three equal channels.',
      ["drop", "convert"],
    ),
    "drop",
  ),
  broken: optional(brokenFiles(), "stop"),
  from: optional(choice(
    "The authors' HDF5 file, the official folder or the official zip. Without it, the first that is there.",
    FORMS,
  )),
  seed: optional(
    integer("Seed of the sub-training set.", {
      from: 0,
      to: Number.MAX_SAFE_INTEGER,
      why: "larger integers are not exact",
    }),
    2020,
  ),
});

/** What to load, from where, and who watches. */
export interface TinyImagenetOptions
  extends Frozen<v.InferInput<typeof TINY_IMAGENET_OPTIONS>>, LoaderWatch {
  /** The folder that holds the set; default: the one that `CGAN_KD_DATA` names, else `data/` of the project. */
  readonly folder?: string;
  /** The folder of prepared files; default: `data/tiny_imagenet/` of the project. */
  readonly cache?: string;
  /** Threads that decode; default: one per core, at most 8. */
  readonly threads?: number;
}

/** Tiny-ImageNet, whose pixels are read from a file; close it when done. */
export interface TinyImagenet extends Dataset, Disposable {
  readonly inspection: Inspection;
  /** Releases the file; reading an image afterwards throws. */
  close(): void;
}

const SUBTRAIN_FRACTION = 0.8;

/** Rules by which images are left out. */
const REASONS = {
  "unknown class": "the list wnids.txt does not have the image's class",
  "listed twice": "the annotations list the image before; that line counts",
  missing: "the annotations list an image that is not there",
  greyscale: "the JPEG holds grey levels only; the paper's set has none of them",
  undecodable: "neither a whole JPEG nor a whole PNG",
  "wrong size": "not 64 x 64",
} as const;

/**
 * Loads Tiny-ImageNet: training images class by class in the order of `wnids.txt`, each class in the order of its
 * numbers; the validation images, which have labels, are the test set. The first use decodes the images into one raw
 * file; later ones look at names and sizes only, and check the raw file.
 *
 * 80 % of the training images, drawn at random, are the sub-training set (of the authors' file, the one that it holds).
 *
 * @returns Pixels [64, 64, 3]; labels 0 to classes - 1.
 * @throws {Deno.errors.NotFound} No data; says what to place where.
 * @throws {RangeError} Files that cannot be used, named and counted, unless they may be skipped; a class in use without
 *   a training image; no validation image.
 * @throws {SyntaxError} A zip or an HDF5 file that is damaged.
 */
export async function loadTinyImagenet(options: TinyImagenetOptions = {}): Promise<TinyImagenet> {
  const { folder = dataFolder(), cache = join(preparedFolder(), "tiny_imagenet") } = options;
  const { progress, signal, threads, folder: _folder, cache: _cache, ...given } = options;
  const own = withDefaults(TINY_IMAGENET_OPTIONS, given);
  const { form, path } = await findForm(folder, own.from);
  if (form === "authors" && own.grey === "convert") {
    throw new RangeError(
      `Cannot use grey = "convert" on "${path}": its authors dropped greyscale images; want from = "folder" or ` +
        '"zip", or grey = "drop"',
    );
  }
  const request = { ...own, path, cache, progress, signal, ...(threads && { threads }) };
  const prepared = form === "authors"
    ? await readAuthorsFile(request)
    : await readOfficial({ ...request, form });
  try {
    checkClasses(prepared.notes, path);
    return { ...assemble(prepared, own.seed), source: `${ORIGIN}; from "${form}"` };
  } catch (error) {
    prepared.images.close();
    throw error;
  }
}

const ORIGIN =
  "Tiny-ImageNet, Y. Le and X. Yang 2015, http://cs231n.stanford.edu; images of ImageNet: " +
  "non-commercial research and education";

/** Tiny-ImageNet as a data set of the registry. */
export const tinyImagenet: DatasetLoader<typeof TINY_IMAGENET_OPTIONS> = {
  title: "Tiny-ImageNet",
  options: TINY_IMAGENET_OPTIONS,
  load: async ({ options, setting, ...watch }) => ({
    ...await loadTinyImagenet({ ...options, ...watch }),
    setting,
  }),
};

async function findForm(folder: string, from?: typeof FORMS[number]) {
  const found = await findTinyImagenet(folder);
  const source = found.find(({ form }) => from === undefined || form === from);
  if (source !== undefined) return source;
  const there = found.map(({ form }) => `"${form}"`).join(", ");
  throw new Deno.errors.NotFound(
    `Cannot find Tiny-ImageNet: found ${there || "none of its forms"} in "${folder}"${
      from === undefined ? "" : `, want "${from}"`
    }; ${howToPlace(folder)} (data/README.md)`,
  );
}

/** Throws where a class in use has nothing to train on, or nothing is there to test on. */
function checkClasses({ classNames, labels, trainCount }: SetNotes, path: string): void {
  const there = new Set(labels.slice(0, trainCount));
  const empty = classNames.filter((_, label) => !there.has(label));
  if (empty.length > 0) {
    const named = empty.slice(0, 3).map((name) => `"${name}"`).join(", ");
    throw new RangeError(
      `Cannot use "${path}": found no training image of ${empty.length} of ${classNames.length} classes, such as ${named}; ` +
        "want some of each class in use: add them, or use fewer classes (dataset.classes=20 takes every tenth of all 200)",
    );
  }
  if (labels.length > trainCount) return;
  throw new RangeError(
    `Cannot use "${path}": found no validation image of the classes in use, want those that errors are measured on; ` +
      "add the folder val/ or its images",
  );
}

function assemble(
  { images, sha256, notes }: Prepared<SetNotes>,
  seed: number,
): Omit<TinyImagenet, "source"> {
  const { labels, trainCount, classNames } = notes;
  const task: Classification = {
    kind: "classification",
    classes: classNames.length,
    classNames,
  };
  const part = (from: number, to: number): RealImages => ({
    images: selectImages(images, Uint32Array.from({ length: to - from }, (_, i) => from + i)),
    labels: Float32Array.from(labels.slice(from, to)),
    task,
    origin: "real",
  });
  const { subtrain, subvalid } = notes.subtrain !== undefined && notes.subvalid !== undefined
    ? {
      subtrain: Uint32Array.from(notes.subtrain),
      subvalid: Uint32Array.from(notes.subvalid),
    }
    : splitAtRandom(trainCount, seed);
  const close = () => images.close();
  const identity = [sha256, trainCount, labels.join(), subtrain.join()].join("\n");
  return {
    name: "Tiny-ImageNet",
    setting: "all",
    train: part(0, trainCount),
    test: part(trainCount, labels.length),
    originals: trainCount,
    subtrain,
    subtrainOriginals: subtrain.length,
    subvalid,
    types: "none",
    others: "none",
    inspection: inspectionOf(notes, images.shape),
    checksum: shortHashOf(new TextEncoder().encode(identity)),
    // The photographs are their owners'.
    mayBePublished: false,
    close,
    [Symbol.dispose]: close,
  };
}

/** How the authors split is not known (method specification 1.3): 80 % at random, positions ascending. */
function splitAtRandom(count: number, seed: number) {
  const order = permutation(count, rngOf(seed, "Tiny-ImageNet", "subtrain"));
  const chosen = Math.floor(SUBTRAIN_FRACTION * count);
  return { subtrain: order.slice(0, chosen).sort(), subvalid: order.slice(chosen).sort() };
}

function inspectionOf(
  { found, labels, leftOut, renamed }: SetNotes,
  { width, height }: ImageShape,
): Inspection {
  return {
    counted: "images",
    found,
    kept: labels.length,
    skipped: skipRules(REASONS, leftOut),
    remarks: renamed === 0 ? [] : [{
      what: "PNGs called JPEG",
      images: renamed,
      remark: `read by their contents; ${width} x ${height} as the others`,
    }],
  };
}
