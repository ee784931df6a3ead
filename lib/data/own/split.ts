/** A user's own images divided in two: class by class, or over the whole range of scalar labels. */
import type { Rng } from "../../base/rng.ts";
import { type Split, splitByRuns, splitStratified } from "../parts/split.ts";
import type { LabelKind } from "./labels.ts";

/**
 * A share of the images: of each class, or of each run of neighbouring scalar labels, few of which occur often enough
 * to be divided one by one.
 *
 * @returns Positions of the share and of the rest, ascending.
 */
export function splitShare(
  labels: ArrayLike<number>,
  { kind }: LabelKind,
  share: number,
  rng: Rng,
): Split {
  return kind === "classes" ? splitStratified(labels, share, rng) : splitByRuns(labels, share, rng);
}
