/** RC-49: 49 chairs at 899 yaw angles (method specification 1.4), rendered by us or from the authors' file. */
import type * as v from "valibot";
import { lookUp } from "../../base/check.ts";
import {
  type Dataset,
  type RealImages,
  type Regression,
  selectLabelled,
} from "../../base/contracts.ts";
import { choice, type Frozen, group, optional } from "../../base/options/options.ts";
import { join } from "../../base/disk/path.ts";
import { rngOf } from "../../base/rng.ts";
import { type ChairGrid, FULL_GRID } from "./chairs/grid.ts";
import { PICTURE_SIZE } from "./chairs/render.ts";
import { renderedFile } from "./chairs/rendered_file.ts";
import type { DatasetLoader, LoaderWatch } from "../loader.ts";
import { openImageFile } from "../files/disk_images.ts";
import { dataFolder, preparedFolder } from "../../setup/folders.ts";
import { authorsFileName, findAuthorsFile, readAuthorsFile } from "./authors_file.ts";
import { shortHashOf } from "../files/hash.ts";
import { positionsByLabel, type Split, splitPerLabel, splitStratified } from "../parts/split.ts";

/** What a specification may say of RC-49. */
export const RC49_OPTIONS = group("Whose images RC-49 is made of.", {
  from: optional(choice(
    "The authors' HDF5 file or chairs rendered by this project. Without it, the file where it is there.",
    ["authors", "rendered"],
  )),
});

/** What to load, from where, and who watches. */
export interface Rc49Options extends Frozen<v.InferInput<typeof RC49_OPTIONS>>, LoaderWatch {
  /** Training images of each odd angle: 25 ("R-25"), 15 ("R-15") or 5 ("R-5") of 49. */
  readonly setting: string;
  /** Where the authors' files may lie; default: `CGAN_KD_DATA` or `data/` of the project. */
  readonly folder?: string;
  /** Folder for the rendered set and the authors' images in pixel order; default: `data/rc49/` of the project. */
  readonly cache?: string;
  /** The chairs and angles to draw; tests draw few. */
  readonly grid?: ChairGrid;
  /** Workers that draw; default: one per core. */
  readonly threads?: number;
}

/** RC-49 with its pictures on disk; closing it is for tests, a process may keep it open to its end. */
export interface Rc49 extends Dataset, Disposable {
  /** Releases the file of the pictures; reading them afterwards throws. */
  close(): void;
}

const SEED = 2020;
const SUBTRAIN_FRACTION = 0.8;
const PER_ANGLE = { "R-25": 25, "R-15": 15, "R-5": 5 } as const;

/**
 * Loads RC-49 in one of the paper's settings: 11,250, 6,750 or 2,250 training images and 32,801, 37,301 or 41,801
 * test images of 64 x 64. The authors' file `RC-49_64x64_25.h5` (15, 5) is read where it lies in the data folder or
 * in `rc49/` below. Without it a set of our own takes its place, which the name says; the first use draws it into
 * `data/rc49/rendered.u8` of the project, since the folder that `CGAN_KD_DATA` names may be read only.
 *
 * @throws {RangeError} An unknown setting, or an authors' file that misses arrays or does not fit together.
 * @throws {Error} The folder cannot be written, or the disk is full.
 */
export async function loadRc49(options: Rc49Options): Promise<Rc49> {
  const { setting, from, folder = dataFolder(), cache = join(preparedFolder(), "rc49") } = options;
  const perAngle = lookUp(PER_ANGLE, setting, "RC-49 setting");
  const authors = from === "rendered" ? undefined : await findAuthorsFile(folder, perAngle);
  if (authors === undefined && from === "authors") {
    throw new Deno.errors.NotFound(
      `Cannot find RC-49: found no file "${authorsFileName(perAngle)}" in "${folder}" or "${
        join(folder, "rc49")
      }", want one; it is to be had from its authors only (data/README.md)`,
    );
  }
  if (authors !== undefined) return { ...await loadAuthors(authors, cache), setting };
  const rendered = await loadRendered(cache, options);
  const split = rc49Split(rendered.all.labels, perAngle);
  return {
    ...assemble(rendered, split),
    name: "RC-49 (rendered by us)",
    setting,
    source:
      `chairs drawn by lib/data/rc49/chairs (SHA-256 ${
        rendered.sha256.slice(0, 16)
      }) on the grid ` +
      "of RC-49; not the authors' images",
    mayBePublished: true,
  };
}

/** RC-49 as a data set of the registry. */
export const rc49: DatasetLoader<typeof RC49_OPTIONS> = {
  title: "RC-49",
  options: RC49_OPTIONS,
  load: ({ options, ...request }) => loadRc49({ ...options, ...request }),
};

/** Positions of the parts of RC-49. */
export interface Rc49Split {
  /** Positions in the whole set. */
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** Positions in `train`. */
  readonly subtrain: Uint32Array;
  readonly subvalid: Uint32Array;
}

/**
 * Training images are drawn from the odd angles only (those whose tenths are odd): `perAngle` of each, uniformly
 * without replacement, seed 2020. All other images are the test set. 80 % of each angle's training images are the
 * sub-training set. Each angle has one shuffle, so R-5 is part of of R-25. How the authors drew is
 * not known (method specification 1.4).
 *
 * @param labels Angles in degrees.
 * @throws {RangeError} An odd angle has fewer images.
 */
export function rc49Split(labels: Float32Array, perAngle: number): Rc49Split {
  const odd: number[] = [];
  labels.forEach((label, i) => {
    if (Math.round(10 * label) % 2 === 1) odd.push(i);
  });
  const oddLabels = odd.map((position) => labels[position]!);
  const { chosen } = splitPerLabel(oddLabels, perAngle, rngOf(SEED, "RC-49", "train"));
  const train = chosen.map((place) => odd[place]!);
  const trainLabels = Float32Array.from(train, (position) => labels[position]!);
  const sub = subSplit(trainLabels);
  return { train, test: others(train, labels.length), subtrain: sub.chosen, subvalid: sub.rest };
}

function subSplit(trainLabels: Float32Array): Split {
  return splitStratified(trainLabels, SUBTRAIN_FRACTION, rngOf(SEED, "RC-49", "subtrain"));
}

/** The positions below `count` that are not in `taken`, ascending. */
function others(taken: Uint32Array, count: number): Uint32Array {
  const isTaken = new Uint8Array(count);
  for (const position of taken) isTaken[position] = 1;
  return Uint32Array.from(isTaken.keys()).filter((position) => isTaken[position] === 0);
}

/** All images of a source, before they are split. */
interface Source {
  readonly all: RealImages;
  /** Chair of each image; undefined where the authors' file does not say. */
  readonly chairs?: Uint16Array;
  readonly sha256: string;
  close(): void;
}

async function loadRendered(
  folder: string,
  { grid = FULL_GRID, progress, signal, threads }: Rc49Options,
): Promise<Source> {
  const { path, sha256 } = await renderedFile(folder, {
    grid,
    ...(progress === undefined ? {} : { progress }),
    signal,
    ...(threads === undefined ? {} : { threads }),
  });
  const angles = grid.tenths.map((tenth) => Math.fround(tenth / 10));
  const count = grid.chairs * angles.length;
  const shape = { height: PICTURE_SIZE, width: PICTURE_SIZE, channels: 3 };
  const images = openImageFile(path, shape, count);
  const labels = Float32Array.from({ length: count }, (_, i) => angles[i % angles.length]!);
  const all: RealImages = { images, labels, task: taskOf(labels), origin: "rendered" };
  const chairs = Uint16Array.from({ length: count }, (_, i) => Math.floor(i / angles.length));
  return { all, chairs, sha256, close: () => images.close() };
}

async function loadAuthors(file: string, cache: string): Promise<Omit<Rc49, "setting">> {
  const { path, shape, sha256, labels, types, train, subtrain, subvalid } = await readAuthorsFile(
    file,
    cache,
  );
  const images = openImageFile(path, shape, labels.length);
  const all: RealImages = { images, labels, task: taskOf(labels), origin: "real" };
  const test = others(train, labels.length);
  return {
    ...assemble(
      { all, sha256, close: () => images.close(), ...(types && { chairs: types }) },
      { train, test, subtrain, subvalid },
    ),
    name: "RC-49",
    source:
      "RC-49, X. Ding et al., https://github.com/UBCDingXin/cGAN-KD; from the authors' HDF5 file",
    // Rendered from chairs of ShapeNet, whose terms apply.
    mayBePublished: false,
  };
}

/** Fakes are drawn for every angle, even ones included, exactly as float32 keeps it. */
function taskOf(labels: Float32Array): Regression {
  return {
    kind: "regression",
    minimum: Math.fround(0.1),
    maximum: Math.fround(89.9),
    scale: 90,
    unit: "degrees",
    labels: [...positionsByLabel(labels).keys()],
  };
}

function assemble({ all, chairs, sha256, close }: Source, split: Rc49Split) {
  const parts = [split.train, split.test, split.subtrain].map((part) =>
    new Uint8Array(part.buffer)
  );
  const text = new TextEncoder().encode(sha256);
  return {
    train: selectLabelled(all, split.train),
    test: selectLabelled(all, split.test),
    originals: split.train.length,
    subtrain: split.subtrain,
    subtrainOriginals: split.subtrain.length,
    subvalid: split.subvalid,
    types: chairs === undefined ? "none" as const : {
      count: 1 + chairs.reduce((most, chair) => Math.max(most, chair), 0),
      train: Uint16Array.from(split.train, (position) => chairs[position]!),
      test: Uint16Array.from(split.test, (position) => chairs[position]!),
    },
    // All images outside of the training set are the test set.
    others: "none" as const,
    inspection: "none" as const,
    checksum: shortHashOf(text, new Uint8Array(all.labels.buffer), ...parts),
    close,
    [Symbol.dispose]: close,
  };
}
