/** As many real test images as a figure of the density ratio needs. */
import type { LabelledImages } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { chooseAtMost } from "../bound/compared_sets.ts";
import type { ExperimentRun } from "../chain/run.ts";

/** Histograms and medians of more images look the same, and the features of 32,801 take half a minute. */
const MOST = 5000;

/** Test images, at most 5,000 of them, the same in every figure. */
export function shownTestImages({ dataset }: Pick<ExperimentRun, "dataset">): LabelledImages {
  return chooseAtMost(dataset.test, MOST, rngOf(0, "shown test images"));
}
