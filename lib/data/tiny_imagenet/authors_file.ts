/** Tiny-ImageNet from the authors' HDF5 file (method specification 1.3). */
import type { LoaderWatch } from "../loader.ts";
import { countProgress } from "../../base/progress.ts";
import { channelsLast, type Hdf5File, openHdf5, positionsOf, REMEDY } from "../files/hdf5.ts";
import { type Prepared, prepareImages } from "../files/prepared.ts";
import { type SetNotes, SetNotesSchema, SHAPE } from "./images.ts";

/** Raised when reading changes its outcome. */
const VERSION = "1";
/** Images read at once. */
const LEAST_AT_ONCE = 512;
const IMAGE_BYTES = SHAPE.height * SHAPE.width * SHAPE.channels;

/** Which images are wanted. */
export interface AuthorsOptions extends LoaderWatch {
  readonly path: string;
  /** The folder of prepared files. */
  readonly cache: string;
  readonly classes?: number;
}

/**
 * Opens the images of the authors' file in pixel order: `imgs` and `imgs_val` [N, 3, 64, 64] bytes, `labels` and
 * `labels_val`, and the positions `indx_subtrain` and `indx_subvalid` in `imgs` where they are there. The file does not
 * tell the names of its classes. It is used as it is stored; greyscale images were dropped by its authors.
 *
 * @throws {SyntaxError} Not an HDF5 file, or cut short.
 * @throws {RangeError} A missing array, or one of a wrong shape, or labels and positions that do not fit.
 */
export async function readAuthorsFile(options: AuthorsOptions): Promise<Prepared<SetNotes>> {
  const { path, cache, classes } = options;
  const { size, mtime } = await Deno.stat(path);
  return await prepareImages<SetNotes>({
    cache,
    name: "tiny_imagenet_authors",
    identity: [VERSION, `${size}/${mtime?.getTime()}`, `${classes ?? "all"}`],
    shape: SHAPE,
    notes: SetNotesSchema,
    async make(append) {
      using file = await openHdf5(path);
      const train = labelsIn(file, "");
      const val = labelsIn(file, "_val");
      const count = 1 + [...train, ...val].reduce((most, label) => Math.max(most, label), 0);
      const chosen = chosenClasses(count, classes, path);
      const labelOf = new Map(chosen.map((label, place) => [label, place]));
      const report = countProgress("Tiny-ImageNet: reading images", options.progress);
      const total = train.length + val.length;
      const labels: number[] = [];
      const places = new Map<number, number>();
      let done = 0;
      for (const [name, stored] of [["imgs", train], ["imgs_val", val]] as const) {
        const piece = file.rowsAtOnce(name, LEAST_AT_ONCE);
        for (let from = 0; from < stored.length; from += piece) {
          options.signal?.throwIfAborted();
          const to = Math.min(stored.length, from + piece);
          const pixels = channelsLast(file.rows(name, from, to), SHAPE);
          for (let i = from; i < to; i++) {
            const label = labelOf.get(stored[i]!);
            if (label === undefined) continue;
            if (name === "imgs") places.set(i, labels.length);
            labels.push(label);
            append(pixels.subarray((i - from) * IMAGE_BYTES, (i - from + 1) * IMAGE_BYTES));
          }
          done += to - from;
          report(done, total);
          await new Promise((resolve) => setTimeout(resolve));
        }
      }
      return {
        classNames: chosen.map((label) => `class ${label}`),
        labels,
        trainCount: places.size,
        found: labels.length,
        leftOut: [],
        renamed: 0,
        ...partsIn(file, train.length, places),
      };
    },
  });
}

/** Classes spread evenly over all, as from the folder. */
function chosenClasses(count: number, classes: number | undefined, path: string): number[] {
  const wanted = classes ?? count;
  if (wanted > count) {
    throw new RangeError(`Cannot take ${wanted} classes of "${path}": found ${count}`);
  }
  return Array.from({ length: wanted }, (_, i) => Math.floor(i * count / wanted));
}

function labelsIn(file: Hdf5File, ending: string): Float64Array {
  const sides = file.shapeOf(`imgs${ending}`);
  if (sides.length !== 4 || sides.slice(1).join() !== "3,64,64") {
    throw damaged(file.path, `imgs${ending} of shape [${sides}]`, "[N, 3, 64, 64]");
  }
  const labels = file.numbers(`labels${ending}`);
  if (labels.length !== sides[0]) {
    throw damaged(file.path, `${labels.length} values in labels${ending}`, `${sides[0]}`);
  }
  const wrong = labels.find((label) => !(Number.isInteger(label) && label >= 0 && label < 1000));
  if (wrong === undefined) return labels;
  throw damaged(file.path, `${wrong} in labels${ending}`, "integers from 0 to 199");
}

/** The authors' parts as positions in the images that are used. */
function partsIn(
  file: Hdf5File,
  count: number,
  places: ReadonlyMap<number, number>,
): Pick<SetNotes, "subtrain" | "subvalid"> {
  if (!["indx_subtrain", "indx_subvalid"].every((name) => file.names.includes(name))) return {};
  const partIn = (name: string) =>
    Array.from(positionsOf(file, name, count)).flatMap((position) => places.get(position) ?? []);
  const parts = { subtrain: partIn("indx_subtrain"), subvalid: partIn("indx_subvalid") };
  const inSubtrain = new Set(parts.subtrain);
  const both = parts.subvalid.find((place) => inSubtrain.has(place));
  if (both === undefined) return parts;
  throw damaged(file.path, `image ${both} in indx_subtrain and indx_subvalid`, "it in one of them");
}

function damaged(path: string, found: string, wanted: string): RangeError {
  return new RangeError(`Cannot use "${path}": found ${found}, want ${wanted}; ${REMEDY}`);
}
