/** Prepared images of a user's folder as a data set: what is trained on, tested on, and left out. */
import type { Classification, Dataset, RealImages } from "../../base/contracts.ts";
import { selectImages } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { shortHashOf } from "../files/hash.ts";
import type { Prepared } from "../files/prepared.ts";
import { skipRules } from "../files/skipped.ts";
import { splitStratified } from "../parts/split.ts";
import type { FolderNotes } from "./notes.ts";

/** A user's images, whose pixels are read from a file; close it when done. */
export interface ImageFolder extends Dataset, Disposable {
  /** Releases the file; reading an image afterwards throws. */
  close(): void;
}

/** Share of the training images that are trained on while something is chosen. */
const SUBTRAIN = 0.8;

/** Rules by which files are left out. */
const REASONS = {
  "no class": "the file lies beside the folders of the classes, and its class is not known",
  "not an image": "neither JPEG nor PNG by its name",
  "undecodable": "neither a whole JPEG nor a whole PNG",
} as const;

/** What is decided of prepared images when they become a data set. */
export interface AssembleOptions {
  /** As tables print it. */
  readonly name: string;
  /** Named in errors. */
  readonly path: string;
  /** Share of each class to test on, where the folder has no parts. */
  readonly test: number;
  /** Of the split. */
  readonly seed: number;
  /** Folders of classes without an image. */
  readonly emptyClasses: readonly string[];
}

/**
 * Prepared images as a data set.
 *
 * @throws {RangeError} Too few images of a class for a split, or none of a class in a part.
 */
export function assemble(
  { images, sha256, notes }: Prepared<FolderNotes>,
  { name, path, test, seed, emptyClasses }: AssembleOptions,
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
      remarks: emptyClasses.map((className) => ({
        what: `class "${className}"`,
        images: 0,
        remark: "has no images: left out",
      })),
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
