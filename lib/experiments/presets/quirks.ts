/** The two profiles of `compat`: what the reference code does, and what it was meant to do (lib/METHOD.md). */
import type { Compatibility } from "../specification/synthesis_schema.ts";

/** As the authors' code, with every quirk; presets `paper`. */
const REFERENCE = {
  klReduction: "elementMean",
  extractorInput: "minus1to1",
  teacherInput: "mixed",
  shortfall: "accept",
  toUint8: "floor",
  flipFakes: false,
  tie: "strict",
} as const;

/** The reference's quirks with classes, whose GAN has a seed of its own. */
export const REFERENCE_FOR_CLASSES: Compatibility = { ...REFERENCE, ganSeed: 0 };

/** The reference's quirks with scalar labels. */
export const REFERENCE_FOR_SCALARS: Compatibility = {
  ...REFERENCE,
  ganSeed: "chain",
  adjustClip: false,
  regressionBalance: "none",
};

/** Profile "standard": the intended behaviour in place of the quirks. */
const STANDARD = {
  klReduction: "batchMean",
  teacherInput: "teacher",
  ganSeed: "chain",
  shortfall: "refill",
  toUint8: "round",
  tie: "rank",
} as const;

/** The intended behaviour with classes: a classifier extracts features, and sees what it was trained on. */
export const STANDARD_FOR_CLASSES: Compatibility = {
  ...STANDARD,
  extractorInput: "standardized",
  flipFakes: true,
};

/** The intended behaviour with scalar labels, whose extractor sees [−1, 1]; angles are not flipped. */
export const STANDARD_FOR_SCALARS: Compatibility = {
  ...STANDARD,
  extractorInput: "minus1to1",
  flipFakes: false,
  adjustClip: true,
  regressionBalance: "stratified",
};
