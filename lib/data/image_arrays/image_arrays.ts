/** A user's own images as a data set: arrays of images and labels in an HDF5 file. */
import type * as v from "valibot";
import { selectImages } from "../../base/contracts.ts";
import { basename } from "../../base/disk/path.ts";
import { withDefaults } from "../../base/options/option_defaults.ts";
import { choice, type Frozen, group, number, optional, text } from "../../base/options/options.ts";
import { absolutePath } from "../../setup/folders.ts";
import { openHdf5 } from "../files/hdf5.ts";
import type { DatasetLoader, LoaderWatch } from "../loader.ts";
import { assemble, type OwnDataset } from "../own/assemble.ts";
import { ownCache } from "../own/decode.ts";
import { named } from "../own/found.ts";
import type { ScalarLabels } from "../own/labels.ts";
import { checkForClasses, OWN_SCALAR_OPTIONS, OWN_SIZE_OPTIONS } from "../own/options.ts";
import { inNoPart, prepareArray, readLabels, readParts, storedShape } from "./arrays.ts";

/** What a specification may say of arrays of images. */
export const IMAGE_ARRAYS_OPTIONS = group(
  "An HDF5 file with an array of images and one of labels.",
  {
    path: optional(
      text("The file; relative to where the command was given, or to the notebook's project."),
    ),
    images: optional(
      text("Array of images: unsigned bytes, [N, height, width, 3] or [N, 3, height, width]."),
      "images",
    ),
    labels: optional(text("Array of N labels."), "labels"),
    task: optional(
      choice(
        'What labels are: "classes" or "scalar" amounts of something. Without it, integers are classes.',
        ["classes", "scalar"],
      ),
    ),
    trainIndex: optional(
      text('Array of positions of training images. Without it, "indx_train" where there is one.'),
    ),
    testIndex: optional(
      text(
        'Array of positions of test images. Without it, "indx_test" where there is one, else all but the training images.',
      ),
    ),
    ...OWN_SCALAR_OPTIONS,
    ...OWN_SIZE_OPTIONS,
    test: optional(
      number(
        "Share of each class, or of the whole range of scalar labels, that errors are measured on, where no array says which.",
        "(0, 1)",
      ),
      0.2,
    ),
  },
);

/** What to load, and who watches. */
export interface ImageArraysOptions
  extends Frozen<v.InferInput<typeof IMAGE_ARRAYS_OPTIONS>>, LoaderWatch {
  /** The folder of prepared files; default: `data/own_images/` of the project. */
  readonly cache?: string;
  /** As tables print it; default: the name of the file. */
  readonly name?: string;
}

const REASONS = { "in no part": "in neither array of positions" } as const;
const REMEDY = "write it anew, or name its arrays (deno task run own_labels --options dataset)";

/**
 * Loads arrays of images and labels, and brings the images to one size. Arrays of positions are kept as the parts; else a
 * share, drawn by the seed, is tested on.
 *
 * @returns Pixels [size, size, 3]; labels 0 to classes - 1, by ascending number, or amounts.
 * @throws {RangeError} No path, no such array, one of another kind or shape, labels or positions that cannot be used, or an
 *   option of scalar labels where they are classes.
 * @throws {SyntaxError} Not an HDF5 file, or cut short.
 * @throws {Deno.errors.NotFound} There is no such file.
 */
export async function imageArrays(options: ImageArraysOptions): Promise<OwnDataset> {
  const { cache = ownCache(), progress, signal, name, ...given } = options;
  const own = withDefaults(IMAGE_ARRAYS_OPTIONS, given);
  const { minimum, maximum, unit, targets } = own;
  if (own.path === undefined) {
    throw new RangeError(
      'Cannot open arrays of images: found no path, want one: dataset={"name":"image_arrays","path":"faces.h5"}',
    );
  }
  const path = absolutePath(own.path);
  using file = await named(path, () => openHdf5(path, REMEDY));
  const { count } = storedShape(file, own.images);
  const scalar: ScalarLabels = { kind: "scalar", unit, targets, minimum, maximum };
  const { task, labels: labelArray, trainIndex, testIndex } = own;
  const parts = readParts(file, { count, train: trainIndex, test: testIndex });
  const kept = Array.from(parts.keys()).filter((image) => parts[image] !== undefined);
  const { kind, labels } = readLabels(file, { labels: labelArray, count, kept, task, scalar });
  if (kind.kind === "classes") checkForClasses(own, `integers in ${labelArray} of "${path}"`);
  const { images, sha256 } = await prepareArray(file, { ...own, cache, progress, signal });
  const isWhole = kept.length === count;
  return assemble({
    ...own,
    name: name ?? basename(path).replace(/\.(h5|hdf5)$/i, ""),
    path,
    images: { ...selectImages(images, kept), close: () => images.close() },
    // The file's pixels are one whatever the parts are: other images of the same labels are another set.
    sha256: isWhole ? sha256 : `${sha256}, images ${kept.join()}`,
    kind,
    labels,
    parts: kept.map((image) => parts[image]!),
    found: { counted: "images", found: count, remarks: [] },
    reasons: REASONS,
    leftOut: inNoPart(parts),
  });
}

/** Arrays of images as a data set of the registry. */
export const imageArraysLoader: DatasetLoader<typeof IMAGE_ARRAYS_OPTIONS> = {
  title: "Arrays of images",
  options: IMAGE_ARRAYS_OPTIONS,
  load: async ({ options, setting, ...watch }) => ({
    ...await imageArrays({ ...options, ...watch }),
    setting,
  }),
};
