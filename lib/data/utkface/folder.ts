/** UTKFace from the official folder of JPEG files, divided by age. */
import {
  type Images,
  imagesInMemory,
  type Inspection,
  selectImages,
} from "../../base/contracts.ts";
import type { Rng } from "../../base/rng.ts";
import type { CopyRule } from "./copies.ts";
import { FACE_SHAPE } from "./file_names.ts";
import { inspectFiles, summaryOf } from "./inspection.ts";
import { prepareFaces, type PrepareOptions } from "./prepare.ts";
import { splitByAge } from "./split.ts";

/** Images with ages, and which of them are in which part. */
export interface Faces {
  readonly images: Images;
  /** Years, 1 to 60. */
  readonly ages: Float32Array;
  readonly parts: FaceParts;
  readonly inspection: Inspection;
}

/** The parts of the set, without replicas. */
export interface FaceParts {
  /** Positions in the images. */
  readonly train: Uint32Array;
  /** Positions in the images. */
  readonly test: Uint32Array;
  /** Positions in `train`. */
  readonly subtrain: Uint32Array;
  /** Positions in `train`. */
  readonly subvalid: Uint32Array;
}

/** Where faces are read from, and what becomes of copies. */
export interface FolderOptions extends PrepareOptions {
  readonly copies: CopyRule;
}

const TRAIN_FRACTION = 0.8;
const SUBTRAIN_FRACTION = 0.8;

/**
 * Reads the folder and divides its images: 80 % of each age for training, 80 % of those for sub-training.
 *
 * @throws {RangeError} Fewer than two images can be used.
 */
export async function readFaceFolder(
  { copies, ...options }: FolderOptions,
  rng: Rng,
): Promise<Faces> {
  const prepared = await prepareFaces(options);
  const { kept, inspection } = inspectFiles(prepared.files, { groups: prepared.groups, copies });
  if (kept.length < 2) {
    throw new RangeError(
      `Cannot use "${options.folder}": found ${
        summaryOf(inspection)
      }, want 2 or more usable images; ` +
        `get the aligned and cropped images again (data/README.md)`,
    );
  }
  const rows = Uint32Array.from(kept, ({ row }) => row!);
  const ages = Float32Array.from(kept, ({ age }) => age!);
  const groups = Uint32Array.from(rows, (row) => prepared.groups[row]!);
  const { chosen, rest } = splitByAge({
    ages,
    groups,
    fraction: TRAIN_FRACTION,
    rng: rng.child("split", "train"),
  });
  const sub = splitByAge({
    ages: Float32Array.from(chosen, (position) => ages[position]!),
    groups: Uint32Array.from(chosen, (position) => groups[position]!),
    fraction: SUBTRAIN_FRACTION,
    rng: rng.child("split", "subtrain"),
  });
  const images = selectImages(imagesInMemory(prepared.pixels, FACE_SHAPE), rows);
  const parts = { train: chosen, test: rest, subtrain: sub.chosen, subvalid: sub.rest };
  return { images, ages, parts, inspection };
}
