/** Whether a generator draws other images for other latents, or has collapsed to one for each label. */
import type { LabelledImages } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { spreadWithinLabels } from "./diversity.ts";

/** Below this share of the real images' spread a generator counts as collapsed (ours). */
const COLLAPSED = 0.1;

/**
 * How much fakes of one label differ, relative to real images of one label: `spreadWithinLabels` of the fakes over that
 * of the real ones. About 1 is right; 0 where all fakes of a label are the same to the last bit.
 *
 * @returns Undefined where no two real images, or no two fakes, have one label.
 */
export function varietyOf(fakes: LabelledImages, real: LabelledImages): number | undefined {
  const wanted = spreadWithinLabels(real, rngOf(0, "variety"));
  const found = spreadWithinLabels(fakes, rngOf(0, "variety"), { copies: "counted" });
  return wanted === undefined || found === undefined ? undefined : found / wanted;
}

/** What to say of a generator whose variety is this; undefined where there is nothing to say. */
export function collapseWarning(variety: number | undefined): string | undefined {
  if (variety === undefined || variety >= COLLAPSED) return undefined;
  return `fakes of one label differ by ${
    (100 * variety).toPrecision(2)
  } % of what real images do: the generator has ` +
    "collapsed, or has hardly begun; train it longer or from another seed, with gan.diffAugment or with gan.diversity";
}
