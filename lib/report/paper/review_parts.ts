/**
 * What an independent reproduction of ReviewKD found its parts to be worth, kept in `paper/review_parts_reported.csv`;
 * `paper/README.md` says where it comes from. Neither networks nor images are ours: only gains can be compared.
 */
import { readRows } from "./rows.ts";

/** Parts of ReviewKD that are on, joined: what their rows are called in the file. */
export type ReviewPartsName =
  | "none"
  | "review"
  | "review+residual"
  | "review+residual+fusion"
  | "review+residual+context"
  | "review+residual+fusion+context";

/** Networks, images and source of the figures. */
export const REVIEW_PARTS_SOURCE =
  "ResNet-20 from ResNet-56 on CIFAR-100, by the reproduction study DevPranjal/reproduction-review-kd";

/** Accuracy of the student with these parts, in percent. */
export function publishedReviewParts(parts: ReviewPartsName): number {
  const row = readRows("review_parts_reported.csv").find((row) => row["parts"] === parts);
  if (row === undefined) {
    throw new RangeError(`Cannot find a published figure: no row of parts "${parts}"`);
  }
  return Number(row["value"]);
}
