/** A user's own images as a data set: a folder or a zip with one folder for each class. */
import type * as v from "valibot";
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
import { absolutePath, preparedFolder } from "../../setup/folders.ts";
import { decodeImage } from "../files/any_image.ts";
import { type Archive, openFolder, openZip } from "../files/archive.ts";
import { decodeAll } from "../files/decode_all.ts";
import type { JpegDecoder } from "../files/jpeg.ts";
import { prepareImages } from "../files/prepared.ts";
import { FITS, resizeImage } from "../files/resize.ts";
import { brokenFiles, detailOf, type LeftOut, refuseBroken } from "../files/skipped.ts";
import type { DatasetLoader, LoaderWatch } from "../loader.ts";
import { assemble, type ImageFolder } from "./assemble.ts";
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

/** Raised when decoding, sizes or the order change their outcome. */
const VERSION = "1";

/**
 * Loads images of any size and mode (palette, grey, CMYK, 16 bits) and brings them to one size. Classes are the names of
 * the folders in alphabetical order. Folders `train` and `test` (or `val`) at the top, each with the classes below, are
 * taken as the two parts; else a share of each class, drawn by the seed, is tested on. The first use decodes all images
 * into one raw file; later ones look at names, sizes and times only. A class without an image is left out, and named in
 * the inspection.
 *
 * @returns Pixels [size, size, 3]; labels 0 to classes - 1.
 * @throws {RangeError} No path, a file that is no zip, fewer than two classes, a part without images of a class, too few images of a class for a split,
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
      "Cannot open a folder of images: found no path, want one, such as dataset.path=pets",
    );
  }
  const path = absolutePath(own.path);
  using archive = await openImages(path);
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
      emptyClasses: layout.emptyClasses,
    });
  } catch (error) {
    prepared.images.close();
    throw error;
  }
}

/** The folder or the zip that a user named, or what is wrong with the name. */
async function openImages(path: string): Promise<Archive> {
  const isZip = path.toLowerCase().endsWith(".zip");
  const want = "want a folder, or a zip, with one folder of images for each class";
  try {
    const { isDirectory } = await Deno.stat(path);
    if (!isDirectory && !isZip) {
      throw new RangeError(`Cannot open "${path}": found a file that is no zip, ${want}`);
    }
    return await (isDirectory ? openFolder(path) : openZip(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Deno.errors.NotFound(`Cannot open "${path}": found nothing there, ${want}`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new Error(
        `Cannot open "${path}": it may not be read; give yourself the right to read it`,
      );
    }
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
