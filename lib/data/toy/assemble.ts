/** A set that was drawn by code as a data set: all of it may be trained on, nothing was left out. */
import type { Dataset, RealImages } from "../../base/contracts.ts";
import type { Rng } from "../../base/rng.ts";
import { shortHashOf } from "../files/hash.ts";
import { splitStratified } from "../parts/split.ts";

/** One part of it. */
export interface DrawnPart {
  readonly set: RealImages;
  /** Of the pixels. */
  readonly bytes: Uint8Array;
  readonly labelBytes: Uint8Array;
}

/** The parts of a set, and what its set is called. */
export interface DrawnSet extends Pick<Dataset, "name" | "setting"> {
  readonly train: DrawnPart;
  readonly test: DrawnPart;
  /** Draws other images of the same kind; default: none. */
  readonly others?: () => RealImages;
  /** Of the sub-training set, which is 80 % of each label. */
  readonly rng: Rng;
  /** The file that drew it, for instance "lib/data/toy/shapes.ts". */
  readonly drawnBy: string;
}

/** Images that were drawn, as a data set. */
export function assembleDrawn(
  { name, setting, train, test, others, rng, drawnBy }: DrawnSet,
): Dataset {
  const { chosen, rest } = splitStratified(train.set.labels, 0.8, rng);
  return {
    name,
    setting,
    train: train.set,
    test: test.set,
    originals: train.set.labels.length,
    subtrain: chosen,
    subtrainOriginals: chosen.length,
    subvalid: rest,
    types: "none",
    others: others ?? "none",
    inspection: "none",
    checksum: shortHashOf(train.bytes, train.labelBytes, test.bytes, test.labelBytes),
    source: `drawn by ${drawnBy}; not a set of the paper`,
    mayBePublished: true,
  };
}
