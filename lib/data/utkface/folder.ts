/** UTKFace from the official folder of JPEG files, divided by age. */
import { type Images, imagesInMemory, selectImages } from "../../base/contracts.ts";
import type { Rng } from "../../base/rng.ts";
import type { CopyRule } from "./copies.ts";
import { FACE_SHAPE, type FaceFile } from "./file_names.ts";
import { inspectFiles, summaryOf, type UtkfaceInspection } from "./inspection.ts";
import { type PreparedFaces, prepareFaces, type PrepareOptions } from "./prepare.ts";
import { splitByAge } from "./split.ts";

/** Images with ages, and which of them are in which part. */
export interface Faces {
  readonly images: Images;
  /** Years, 1 to 60. */
  readonly ages: Float32Array;
  readonly parts: FaceParts;
  readonly inspection: UtkfaceInspection;
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
export async function readFaceFolder(options: FolderOptions, rng: Rng): Promise<Faces> {
  const { prepared, kept, inspection } = await inspectFaceFolder(options);
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

/** Reads the folder and applies the rules. */
export async function inspectFaceFolder(
  { copies, ...options }: FolderOptions,
): Promise<{ prepared: PreparedFaces; kept: FaceFile[]; inspection: UtkfaceInspection }> {
  const prepared = await prepareFaces(options);
  const { files, groups } = prepared;
  return { prepared, ...inspectFiles(files, { groups, copies }) };
}
