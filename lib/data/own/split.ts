/** A user's own images divided in two: class by class, or over the whole range of scalar labels. */
import type { Rng } from "../../base/rng.ts";
import { type Split, splitStratified } from "../parts/split.ts";
import type { LabelKind } from "./labels.ts";

/** Images that a share is taken of together: at least five times as many as give one. */
const DRAWN = 5;

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
  if (kind === "classes") return splitStratified(labels, share, rng);
  const order = Array.from({ length: labels.length }, (_, i) => i)
    .sort((a, b) => labels[a]! - labels[b]! || a - b);
  const size = Math.ceil(DRAWN / Math.min(share, 1 - share));
  const last = Math.max(0, Math.floor(labels.length / size) - 1);
  const strata = new Uint32Array(labels.length);
  order.forEach((image, rank) => strata[image] = Math.min(last, Math.floor(rank / size)));
  return splitStratified(strata, share, rng);
}
