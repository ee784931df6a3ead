/** A user's own images as a data set: a table of files and labels, with the images beside it. */
import type * as v from "valibot";
import { withDefaults } from "../../base/options/option_defaults.ts";
import { choice, type Frozen, group, number, optional, text } from "../../base/options/options.ts";
import { brokenFiles } from "../files/skipped.ts";
import type { DatasetLoader } from "../loader.ts";
import { assemble, type OwnDataset } from "../own/assemble.ts";
import { decodeFiles, type DecodeSettings, IMAGE_NAME, UNDECODABLE } from "../own/decode.ts";
import { checkForClasses, OWN_SCALAR_OPTIONS, OWN_SIZE_OPTIONS } from "../own/options.ts";
import { openTable } from "./find.ts";
import { readRows } from "./rows.ts";

/** What a specification may say of a table of images. */
export const IMAGE_TABLE_OPTIONS = group("A CSV with a file name and a label in each row.", {
  path: optional(
    text(
      "The CSV, or a folder or zip with one CSV and the images; relative to where the command was given, or to the " +
        "notebook's project.",
    ),
  ),
  images: optional(
    text(
      "Folder or zip of the images, relative as the path is. Without it, the folder of the CSV.",
    ),
  ),
  file: optional(text("Column of file names, below the folder of the images."), "file"),
  label: optional(text("Column of labels."), "label"),
  split: optional(
    text(
      'Column of your own split, "train" or "test" in each row. Without it, "split" where there is one.',
    ),
  ),
  task: optional(
    choice('What labels are: "classes" by name, or "scalar" amounts of something.', [
      "classes",
      "scalar",
    ]),
    "classes",
  ),
  ...OWN_SCALAR_OPTIONS,
  ...OWN_SIZE_OPTIONS,
  broken: optional(brokenFiles(), "stop"),
  test: optional(
    number(
      "Share of each class, or of the whole range of scalar labels, that errors are measured on, where the table has no split.",
      "(0, 1)",
    ),
    0.2,
  ),
});

/** What to load, and who watches. */
export interface ImageTableOptions
  extends Frozen<v.InferInput<typeof IMAGE_TABLE_OPTIONS>>, DecodeSettings {
  /** As tables print it; default: the name of the folder, the zip or the CSV. */
  readonly name?: string;
}

/** Rules by which files are left out. */
const REASONS = {
  "not there": "the table names a file that is not beside it",
  ...UNDECODABLE,
} as const;

/**
 * Loads the images that a table names, of any size and mode, and brings them to one size. Labels are classes, in the
 * order of the alphabet (or of numbers, where all are), or amounts of 0 and more. A split in the table is kept; else
 * a share, drawn by the seed, is tested on. The order of rows changes nothing, and a folder and a zip of the same images
 * give the same bytes. Images that the table does not name are left alone, and counted.
 *
 * @returns Pixels [size, size, 3]; labels 0 to classes - 1, or amounts.
 * @throws {RangeError} No path, no such column, a file twice or not there, a label or part that cannot be used, too few
 *   classes, labels or images (names the line), or an option of scalar labels where they are classes.
 * @throws {SyntaxError} No table, or a damaged zip.
 * @throws {Deno.errors.NotFound} There is no such file or folder.
 */
export async function imageTable(options: ImageTableOptions): Promise<OwnDataset> {
  const { cache, threads, progress, signal, name, ...given } = options;
  const own = withDefaults(IMAGE_TABLE_OPTIONS, given);
  const { path, task, minimum, maximum, unit, targets } = own;
  if (path === undefined) {
    throw new RangeError(
      'Cannot open a table of images: found no path, want one: dataset={"name":"image_table","path":"labels.csv"}',
    );
  }
  if (task === "classes") checkForClasses(own, 'task = "classes"');
  using source = await openTable(path, own.images);
  const { archive } = source;
  const { kind, files, missing } = readRows(source.bytes, {
    ...own,
    path: source.path,
    archive,
    beside: source.beside,
    ...(task === "scalar" && { scalar: { kind: "scalar", unit, targets, minimum, maximum } }),
  });
  const names = files.map(({ name }) => name);
  const { images, sha256, notes } = await decodeFiles({
    ...own,
    archive,
    names,
    missing,
    cache,
    threads,
    progress,
    signal,
  });
  const kept = notes.kept.map((place) => files[place]!);
  const listed = new Set(names);
  const unlisted = [...archive.files.keys()]
    .filter((name) => IMAGE_NAME.test(name) && !listed.has(name)).length;
  return assemble({
    ...own,
    name: name ?? source.name,
    path: source.path,
    images,
    sha256,
    kind,
    labels: kept.map(({ label }) => label),
    parts: kept.map(({ part }) => part),
    found: {
      counted: "files of the table",
      found: files.length + missing.length,
      remarks: unlisted === 0 ? [] : [{
        what: "not in the table",
        images: unlisted,
        remark: "images that lie beside the others: left alone",
      }],
    },
    reasons: REASONS,
    leftOut: [...missing, ...notes.leftOut],
  });
}

/** A table of images as a data set of the registry. */
export const imageTableLoader: DatasetLoader<typeof IMAGE_TABLE_OPTIONS> = {
  title: "Table of images",
  options: IMAGE_TABLE_OPTIONS,
  load: async ({ options, setting, ...watch }) => ({
    ...await imageTable({ ...options, ...watch }),
    setting,
  }),
};
