/** A user's own images as a data set: a folder or a zip with one folder for each class. */
import type * as v from "valibot";
import type { Classification, Dataset, RealImages } from "../../base/contracts.ts";
import { selectImages } from "../../base/contracts.ts";
import { basename, join } from "../../base/disk/path.ts";
import { withDefaults } from "../../base/options/option_defaults.ts";
import {
  choice,
  type Frozen,
  group,
  integer,
  number,
  optional,
  text,
} from "../../base/options/options.ts";
import { countProgress } from "../../base/progress.ts";
import { rngOf } from "../../base/rng.ts";
import { absolutePath, preparedFolder } from "../../setup/folders.ts";
import { decodeImage } from "../files/any_image.ts";
import { type Archive, openFolder, openZip } from "../files/archive.ts";
import { decodeAll } from "../files/decode_all.ts";
import { shortHashOf } from "../files/hash.ts";
import type { JpegDecoder } from "../files/jpeg.ts";
import { type Prepared, prepareImages } from "../files/prepared.ts";
import { FITS, resizeImage } from "../files/resize.ts";
import { brokenFiles, detailOf, type LeftOut, refuseBroken, skipRules } from "../files/skipped.ts";
import type { DatasetLoader, LoaderWatch } from "../loader.ts";
import { splitStratified } from "../parts/split.ts";
import { type FolderNotes, FolderNotesSchema } from "./notes.ts";
import { listClasses, type ListedFile } from "./layout.ts";

/** What a specification may say of a folder of images. */
export const IMAGE_FOLDER_OPTIONS = group("A folder with one folder of images for each class.", {
  path: optional(
    text(
      "The folder, or a zip of it; relative to where the command was given, or to the notebook's project.",
    ),
  ),
  size: optional(
    integer("Height and width in pixels that images are brought to; networks take 32 and 64.", {
      from: 8,
      to: 256,
      why: "no network here takes larger images",
    }),
    64,
  ),
  fit: optional(
    choice(
      'Images of other proportions: "crop" takes the centred part of the wanted ones, "stretch" the whole image.',
      FITS,
    ),
    "crop",
  ),
  broken: optional(brokenFiles(), "stop"),
  test: optional(
    number(
      "Share of each class that errors are measured on, where the folder has no test/ of its own.",
      "(0, 1)",
    ),
    0.2,
  ),
  seed: optional(
    integer("Seed of the split.", {
      from: 0,
      to: Number.MAX_SAFE_INTEGER,
      why: "larger integers are not exact",
    }),
    2020,
  ),
});

/** What to load, and who watches. */
export interface ImageFolderOptions
  extends Frozen<v.InferInput<typeof IMAGE_FOLDER_OPTIONS>>, LoaderWatch {
  /** The folder of prepared files; default: `data/image_folder/` of the project. */
  readonly cache?: string;
  /** Threads that decode; default: one per core, at most 8. */
  readonly threads?: number;
  /** As tables print it; default: the name of the folder. */
  readonly name?: string;
}

/** A user's images, whose pixels are read from a file; close it when done. */
export interface ImageFolder extends Dataset, Disposable {
  /** Releases the file; reading an image afterwards throws. */
  close(): void;
}

/** Raised when decoding, sizes or the order change their outcome. */
const VERSION = "1";
/** Share of the training images that are trained on while something is chosen. */
const SUBTRAIN = 0.8;

/** Rules by which files are left out. */
const REASONS = {
  "no class": "the file lies beside the folders of the classes, and its class is not known",
  "not an image": "neither JPEG nor PNG by its name",
  "undecodable": "neither a whole JPEG nor a whole PNG",
} as const;

/**
 * Loads images of any size and mode (palette, grey, CMYK, 16 bits) and brings them to one size. Classes are the names of
 * the folders in alphabetical order. Folders `train` and `test` (or `val`) at the top, each with the classes below, are
 * taken as the two parts; else a share of each class, drawn by the seed, is tested on. The first use decodes all images
 * into one raw file; later ones look at names, sizes and times only.
 *
 * @returns Pixels [size, size, 3]; labels 0 to classes - 1.
 * @throws {RangeError} No path, fewer than two classes, a class without an image, too few images of a class for a split,
 *   or files that cannot be used, named and counted, unless they may be skipped.
 * @throws {Deno.errors.NotFound} There is no such folder.
 * @throws {SyntaxError} A zip that is damaged.
 */
export async function imageFolder(options: ImageFolderOptions): Promise<ImageFolder> {
  const { cache = join(preparedFolder(), "image_folder"), threads, progress, signal, ...rest } =
    options;
  const { name, ...given } = rest;
  const own = withDefaults(IMAGE_FOLDER_OPTIONS, given);
  if (own.path === undefined) {
    throw new RangeError(
      'Cannot open a folder of images: found no path, want one: dataset={"name":"image_folder","path":"pets"}',
    );
  }
  const path = absolutePath(own.path);
  using archive = await (path.toLowerCase().endsWith(".zip") ? openZip(path) : openFolder(path));
  const layout = listClasses(archive);
  const { classNames, files } = layout;
  const shape = { height: own.size, width: own.size, channels: 3 };
  const prepared = await prepareImages<FolderNotes>({
    cache,
    name: "image_folder",
    identity: [
      VERSION,
      `${own.size} ${own.fit} ${own.broken}`,
      JSON.stringify([classNames, layout.leftOut]),
      ...files.map((file) => `${file.name}/${file.part}/${archive.files.get(file.name)!.stamp}`),
    ],
    shape,
    notes: FolderNotesSchema,
    async make(append) {
      const leftOut: LeftOut[] = [...layout.leftOut];
      const notes = { classNames: [...classNames], labels: [] as number[], parts: [] as string[] };
      const report = countProgress(`${basename(path)}: decoding images`, progress);
      const work = (file: ListedFile, decoder: JpegDecoder) =>
        readImage(archive, file, own, decoder);
      let place = 0;
      for await (const read of decodeAll(files, work, { threads, signal, report })) {
        const { name, label, part } = files[place++]!;
        if (read instanceof Uint8Array) {
          append(read);
          notes.labels.push(label);
          notes.parts.push(part);
        } else leftOut.push({ name, rule: "undecodable", detail: read });
      }
      // Files that are no images, such as a list of names, are nobody's mistake.
      if (own.broken === "stop") {
        refuseBroken(`"${path}"`, leftOut.filter(({ rule }) => rule === "undecodable"));
      }
      return { ...notes, found: files.length + layout.leftOut.length, leftOut };
    },
  });
  try {
    return assemble(prepared, {
      ...own,
      name: name ?? basename(path).replace(/\.zip$/i, ""),
      path,
    });
  } catch (error) {
    prepared.images.close();
    throw error;
  }
}

/** A folder of images as a data set of the registry. */
export const imageFolderLoader: DatasetLoader<typeof IMAGE_FOLDER_OPTIONS> = {
  title: "Folder of images",
  options: IMAGE_FOLDER_OPTIONS,
  load: async ({ options, setting, ...watch }) => ({
    ...await imageFolder({ ...options, ...watch }),
    setting,
  }),
};

/** Pixels in the wanted size, or what is wrong with the file. */
async function readImage(
  archive: Archive,
  { name }: ListedFile,
  { size, fit }: { readonly size: number; readonly fit: (typeof FITS)[number] },
  decoder: JpegDecoder,
): Promise<Uint8Array | string> {
  try {
    const image = await decodeImage(await archive.read(name), { name, decoder });
    return resizeImage(image, { width: size, height: size, fit });
  } catch (error) {
    if (error instanceof SyntaxError) return detailOf(error);
    if (error instanceof Deno.errors.PermissionDenied) return "it may not be read";
    throw error;
  }
}

function assemble(
  { images, sha256, notes }: Prepared<FolderNotes>,
  { name, path, test, seed }: { name: string; path: string; test: number; seed: number },
): ImageFolder {
  const { classNames, labels, parts, found, leftOut } = notes;
  const task: Classification = { kind: "classification", classes: classNames.length, classNames };
  const hasParts = parts.includes("test");
  const chosen = (wanted: string) =>
    Uint32Array.from(parts.flatMap((part, i) => part === wanted ? [i] : []));
  const split = hasParts
    ? { train: chosen("train"), test: chosen("test") }
    : splitByClass(labels, classNames, test, seed);
  for (const [part, positions] of Object.entries(split)) {
    checkClasses(classNames, Array.from(positions, (i) => labels[i]!), part, path);
  }
  const partOf = (positions: Uint32Array): RealImages => ({
    images: selectImages(images, positions),
    labels: Float32Array.from(positions, (i) => labels[i]!),
    task,
    origin: "real",
  });
  const [train, testing] = [partOf(split.train), partOf(split.test)];
  const inner = splitStratified(train.labels, SUBTRAIN, rngOf(seed, "image folder", "subtrain"));
  const close = () => images.close();
  const identity = [sha256, labels.join(), split.train.join(), split.test.join()].join("\n");
  return {
    name,
    setting: "all",
    train,
    test: testing,
    originals: train.labels.length,
    subtrain: inner.chosen,
    subtrainOriginals: inner.chosen.length,
    subvalid: inner.rest,
    types: "none",
    inspection: {
      counted: "files",
      found,
      kept: labels.length,
      skipped: skipRules(REASONS, leftOut),
      remarks: [],
    },
    source: `images of "${name}", brought by the user`,
    checksum: shortHashOf(new TextEncoder().encode(identity)),
    close,
    [Symbol.dispose]: close,
  };
}

/** A share of each class to test on, and the rest to train on. */
function splitByClass(
  labels: readonly number[],
  classNames: readonly string[],
  share: number,
  seed: number,
) {
  const counts = classNames.map((_, label) => labels.filter((own) => own === label).length);
  const few = counts.findIndex((count) => count > 0 && count < 3);
  if (few >= 0) {
    throw new RangeError(
      `Cannot split class "${classNames[few]}": found ${
        counts[few]
      } of its images, want 3 at least`,
    );
  }
  const { chosen, rest } = splitStratified(labels, share, rngOf(seed, "image folder", "test"));
  return { train: rest, test: chosen };
}

/** Throws where a part has no image of a class. */
function checkClasses(
  classNames: readonly string[],
  labels: readonly number[],
  part: string,
  path: string,
): void {
  const there = new Set(labels);
  const missing = classNames.filter((_, label) => !there.has(label));
  if (missing.length === 0) return;
  throw new RangeError(
    `Cannot use "${path}": found no image of ${
      missing.map((name) => `"${name}"`).join(", ")
    } to ${part}` +
      `${
        part === "test" ? " on" : ""
      }, want some of each class; add images or take the folder away`,
  );
}
