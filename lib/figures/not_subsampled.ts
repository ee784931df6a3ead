/** What stands in the place of all that density ratios decide, where nothing is subsampled. */
import type { ExperimentRun } from "../chain/run.ts";

/** In place of what the ratios decided. */
export const NOT_SUBSAMPLED =
  'Nothing is subsampled, so there is no density ratio: synthesis.steps has no "subsample", and fakes are taken as they ' +
  "come.";

/**
 * The sentence above where a run subsamples nothing; undefined where it does. Figures ask before they fit a ratio: a
 * diffusion model draws the fakes of a fit for hours, and nothing would use it.
 */
export function notSubsampled(
  { specification: { synthesis } }: Pick<ExperimentRun, "specification">,
): string | undefined {
  return synthesis.steps.includes("subsample") ? undefined : NOT_SUBSAMPLED;
}
