/** What is to be seen in pictures, in sentences computed from their data, where several figures or a test need them. */
import type { LabelledImages } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { spreadWithinLabels } from "../gan/diversity.ts";
import { numberText } from "../report/vega/numbers.ts";

/** Whether fakes of a label differ from each other as much as real images do. */
export function varietyText(real: LabelledImages, fake: LabelledImages): string {
  const own = spreadWithinLabels(fake, rngOf(0, "variety"), { copies: "counted" });
  const others = spreadWithinLabels(real, rngOf(0, "variety"));
  if (own === 0) return "All fakes of a label are one and the same image.";
  if (own === undefined) return "Fakes have no label twice, so variety cannot be compared.";
  if (others === undefined) {
    return "Real images have no label twice, so variety cannot be compared.";
  }
  return `Two fakes of one label differ by ${numberText(own)} on average, two real images by ` +
    `${numberText(others)} (mean difference of pixels; black and white differ by 2).`;
}

/** Means this close to 1 are at the optimum as far as anyone can tell. */
const NEAR_ONE = 0.1;

/**
 * Where the mean ratio of fakes ends, and why it is not 1. For the true ratio E_g[r] = 1. The loss on a real image is
 * −σ(φ), whose slope at φ is σ(φ) (1 − σ(φ)): it hardly asks for more once ratios are large.
 */
export function fitText(fakeRatio: number, realRatio: number, penalty: number): string {
  const ends = `The mean ratio of fakes ends at ${numberText(fakeRatio)}`;
  if (Math.abs(fakeRatio - 1) <= NEAR_ONE) return `${ends}, near the 1 of the optimum.`;
  const sigma = 1 / (1 + Math.exp(-realRatio));
  const share = sigma * (1 - sigma) / (SIGMA_AT_ONE * (1 - SIGMA_AT_ONE));
  const why = fakeRatio > 1
    ? "The fit has not come down to it yet."
    : realRatio <= 1 + NEAR_ONE
    ? "The fit is too short, or too flat, to come up to it."
    : `It tells real images (mean ${
      numberText(realRatio)
    }) from most fakes, whose ratios go to 0, and large ratios ` +
      `stop growing: there the loss is ${percentText(share)} as steep as at ratio 1.`;
  return `${ends}, not at the 1 of the optimum. ${why} The penalty ${penalty} · (mean − 1)² is too weak to pull it ` +
    "there. Subsampling compares ratios with the largest one, so a common factor does not matter to it.";
}

const SIGMA_AT_ONE = 1 / (1 + Math.exp(-1));

function percentText(share: number): string {
  return `${Math.round(100 * share)} %`;
}
