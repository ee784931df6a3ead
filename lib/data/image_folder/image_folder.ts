/** A user's own images as a data set: a folder or a zip with one folder for each class. */
import type * as v from "valibot";
import { basename } from "../../base/disk/path.ts";
import { withDefaults } from "../../base/options/option_defaults.ts";
import { type Frozen, group, number, optional, text } from "../../base/options/options.ts";
import { absolutePath } from "../../setup/folders.ts";
import { brokenFiles } from "../files/skipped.ts";
import type { DatasetLoader } from "../loader.ts";
import { assemble, type OwnDataset } from "../own/assemble.ts";
import { decodeFiles, type DecodeSettings, openImages, UNDECODABLE } from "../own/decode.ts";
import { named } from "../own/found.ts";
import { OWN_SIZE_OPTIONS } from "../own/options.ts";
import { listClasses, OTHER_FORMAT } from "./layout.ts";
import { withListedParts } from "./lists.ts";

/** What a specification may say of a folder of images. */
export const IMAGE_FOLDER_OPTIONS = group("A folder with one folder of images for each class.", {
  path: optional(
    text(
      "The folder, or a zip of it; relative to where the command was given, or to the notebook's project.",
    ),
  ),
  ...OWN_SIZE_OPTIONS,
  broken: optional(brokenFiles(), "stop"),
  lists: optional(
    text(
      'File of your own split: names of the images to test on, one a line, or a CSV with columns "file" and "split" ' +
        '("train" or "test"); relative as the path is. Images that it does not name are trained on.',
    ),
  ),
  test: optional(
    number(
      "Share of each class that errors are measured on, where neither a list nor a folder test/ says which.",
      "(0, 1)",
    ),
    0.2,
  ),
});

/** What to load, and who watches. */
export interface ImageFolderOptions
  extends Frozen<v.InferInput<typeof IMAGE_FOLDER_OPTIONS>>, DecodeSettings {
  /** As tables print it; default: the name of the folder. */
  readonly name?: string;
}

/** Rules by which files are left out. */
const REASONS = {
  "no class": "the file lies beside the folders of the classes, and its class is not known",
  "not an image": "no image by its name",
  [OTHER_FORMAT]: "an image by its name, but neither JPEG nor PNG",
  ...UNDECODABLE,
} as const;

/**
 * Loads images of any size and mode (palette, grey, CMYK, 16 bits) and brings them to one size. Classes are the names of
 * the folders in alphabetical order. Folders `train` and `test` (or `val`) at the top, each with the classes below, are
 * taken as the two parts, and so is a list of names; else a share of each class, drawn by the seed, is tested on. The first
 * use decodes all images into one raw file; later ones look at names, sizes and times only. A class without an image is
 * left out, and named in the inspection.
 *
 * @returns Pixels [size, size, 3]; labels 0 to classes - 1.
 * @throws {RangeError} No path, a file that is no zip, fewer than two classes, a part without images of a class, too few
 *   images of a class for a split, or files that cannot be used, named and counted, unless they may be skipped.
 * @throws {Deno.errors.NotFound} There is no such folder or list.
 * @throws {SyntaxError} A zip that is damaged, or a list that is no table.
 */
export async function imageFolder(options: ImageFolderOptions): Promise<OwnDataset> {
  const { cache, threads, progress, signal, name, ...given } = options;
  const own = withDefaults(IMAGE_FOLDER_OPTIONS, given);
  if (own.path === undefined) {
    throw new RangeError(
      "Cannot open a folder of images: found no path, want one, such as dataset.path=pets",
    );
  }
  const path = absolutePath(own.path);
  using archive = await openImages(path);
  const layout = listClasses(archive);
  const { classNames, leftOut, otherFormats, emptyClasses } = layout;
  const list = own.lists === undefined ? undefined : absolutePath(own.lists);
  const files = list === undefined ? layout.files : withListedParts({
    path: list,
    bytes: await named(list, () => Deno.readFile(list)),
    archive,
    files: layout.files,
  });
  const { images, sha256, notes } = await decodeFiles({
    ...own,
    archive,
    names: files.map(({ name }) => name),
    // Somebody's images, of which nobody may wonder where they are.
    missing: otherFormats,
    cache,
    threads,
    progress,
    signal,
  });
  const kept = notes.kept.map((place) => files[place]!);
  return assemble({
    ...own,
    name: name ?? basename(path).replace(/\.zip$/i, ""),
    path,
    images,
    sha256,
    kind: { kind: "classes", classNames },
    labels: kept.map(({ label }) => label),
    parts: kept.map(({ part }) => part),
    found: {
      counted: "files",
      found: files.length + otherFormats.length + leftOut.length,
      remarks: emptyClasses.map((className) => ({
        what: `class "${className}"`,
        images: 0,
        remark: "has no images: left out",
      })),
    },
    reasons: REASONS,
    leftOut: [...leftOut, ...otherFormats, ...notes.leftOut],
  });
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
