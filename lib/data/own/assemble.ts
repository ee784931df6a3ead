/** Prepared images of a user as a data set: what is trained on, tested on, and left out. */
import type { Dataset, Images, Inspection, RealImages } from "../../base/contracts.ts";
import { selectImages } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { shortHashOf } from "../files/hash.ts";
import { type LeftOut, skipRules } from "../files/skipped.ts";
import { type ClassLabels, classTask, type LabelKind, scalarTask } from "./labels.ts";
import { SPLIT_SEED } from "./options.ts";
import { splitShare } from "./split.ts";

/** A user's images, whose pixels are read from a file; close it when done. */
export interface OwnDataset extends Dataset, Disposable {
  /** Releases the file; reading an image afterwards throws. */
  close(): void;
}

/** First name of the random streams: that of the oldest of these sets, since another would draw other splits. */
const STREAM = "image folder";

/** Share of the training images that are trained on while something is chosen. */
const SUBTRAIN = 0.8;

/** Images with their labels, and what is decided of them when they become a data set. */
export interface OwnImages {
  /** As tables print it. */
  readonly name: string;
  /** Named in errors. */
  readonly path: string;
  /** Closed with the data set. */
  readonly images: Images & { close(): void };
  /** Of the pixels of `images`, or of more and which of them these are. */
  readonly sha256: string;
  readonly kind: LabelKind;
  /** Of each image; class indices, or amounts. */
  readonly labels: readonly number[];
  /** Of each image: "train" or "test"; "" for all where a share is to be drawn. */
  readonly parts: readonly string[];
  /** Share to test on, where there are no parts. */
  readonly test: number;
  /** Of the split. */
  readonly seed: number;
  /** What was looked at. */
  readonly found: Pick<Inspection, "counted" | "found" | "remarks">;
  /** Rules by which images are left out, with their reasons. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Images with labels as a data set; closes them where they do not make one.
 *
 * @throws {RangeError} Too few images of a class for a split, or none of a class in a part; scalar labels that are all
 *   one in training; an empty part.
 */
export function assemble(own: OwnImages): OwnDataset {
  try {
    return assembled(own);
  } catch (error) {
    own.images.close();
    throw error;
  }
}

function assembled(
  { name, path, images, sha256, kind, test, seed, found, reasons, leftOut, ...own }: OwnImages,
): OwnDataset {
  const labels = Float32Array.from(own.labels);
  const hasParts = own.parts.some((part) => part !== "");
  const chosen = (wanted: string) =>
    Uint32Array.from(own.parts.flatMap((part, i) => part === wanted ? [i] : []));
  const split = hasParts
    ? { train: chosen("train"), test: chosen("test") }
    : drawn(labels, { kind, test, seed, path });
  for (const part of ["train", "test"] as const) {
    // Of a typed array of positions, map() would cut amounts to integers.
    const lack = lackOf(kind, Float32Array.from(split[part], (i) => labels[i]!), part);
    if (lack === undefined) continue;
    const share = hasParts ? undefined : lowerShare(labels, { kind, test, seed, path });
    const cause = share === undefined ? "" : ` where a share of ${test} is tested on`;
    const remedy = share === undefined ? lack.remedy : `test = ${share} leaves enough`;
    const purpose = part === "test" ? "test on" : "train";
    throw new RangeError(
      `Cannot use "${path}": found ${lack.found} to ${purpose}${cause}, want ${lack.wanted}; ${remedy}`,
    );
  }
  const trainLabels = Float32Array.from(split.train, (i) => labels[i]!);
  const task = kind.kind === "classes" ? classTask(kind) : scalarTask(kind, labels, trainLabels);
  const partOf = (positions: Uint32Array): RealImages => ({
    images: selectImages(images, positions),
    labels: Float32Array.from(positions, (i) => labels[i]!),
    task,
    origin: "real",
  });
  const [train, testing] = [partOf(split.train), partOf(split.test)];
  const inner = splitShare(trainLabels, kind, SUBTRAIN, rngOf(seed, STREAM, "subtrain"));
  const close = () => images.close();
  const identity = [
    sha256,
    labels.join(),
    split.train.join(),
    split.test.join(),
    // Of given parts it still decides which training images are held out to choose something by.
    ...(hasParts && seed !== SPLIT_SEED ? [`seed ${seed}`] : []),
    // The range and the labels of fakes are the user's choice.
    ...(task.kind === "regression" ? [JSON.stringify(task)] : []),
  ].join("\n");
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
    others: "none",
    inspection: { ...found, kept: labels.length, skipped: skipRules(reasons, leftOut) },
    source: `images of "${name}", brought by the user`,
    // Nobody but the user knows.
    mayBePublished: false,
    checksum: shortHashOf(new TextEncoder().encode(identity)),
    close,
    [Symbol.dispose]: close,
  };
}

/** A share to test on, and the rest to train on. */
function drawn(
  labels: Float32Array,
  { kind, test: share, seed, path }: Pick<OwnImages, "kind" | "test" | "seed" | "path">,
) {
  if (kind.kind === "classes") checkCounts(labels, kind, path);
  const { chosen, rest } = splitShare(labels, kind, share, rngOf(seed, STREAM, "test"));
  return { train: rest, test: chosen };
}

function checkCounts(labels: Float32Array, { classNames }: ClassLabels, path: string): void {
  const counts = new Uint32Array(classNames.length);
  for (const label of labels) counts[label]!++;
  const few = counts.findIndex((count) => count > 0 && count < 3);
  if (few < 0) return;
  throw new RangeError(
    `Cannot split class "${classNames[few]}" of "${path}": found ${
      counts[few]
    } of its images, want 3 at least; add images or take the class away`,
  );
}

/** What a part lacks to be trained or tested on, and what to do where no share is the cause; undefined: nothing. */
function lackOf(
  kind: LabelKind,
  labels: ArrayLike<number>,
  part: "train" | "test",
): Record<"found" | "wanted" | "remedy", string> | undefined {
  const there = new Set(Array.from(labels));
  if (kind.kind === "scalar") {
    const wanted = part === "train" ? 2 : 1;
    if (there.size >= wanted) return undefined;
    const found = `${labels.length} images with ${there.size} different labels`;
    return { found, wanted: `${wanted} at least`, remedy: "add images" };
  }
  const missing = kind.classNames.filter((_, label) => !there.has(label));
  if (missing.length === 0) return undefined;
  const found = `no image of ${missing.map((name) => `"${name}"`).join(", ")}`;
  return { found, wanted: "some of each class", remedy: "add images or take the class away" };
}

/** The largest share below the given one, in tenths, that leaves enough to train on, if one does. */
function lowerShare(
  labels: Float32Array,
  { kind, test, seed, path }: Pick<OwnImages, "kind" | "test" | "seed" | "path">,
): number | undefined {
  const tenths = Array.from({ length: 9 }, (_, i) => (9 - i) / 10).filter((share) => share < test);
  return tenths.find((share) => {
    const split = drawn(labels, { kind, test: share, seed, path });
    return (["train", "test"] as const).every((part) =>
      lackOf(kind, Float32Array.from(split[part], (i) => labels[i]!), part) === undefined
    );
  });
}
