/** The error bound (`bound/error_bound.ts`) with terms measured on the fakes of a run. */
import type { IntervalEstimate } from "../../bound/estimators.ts";
import { type BoundTerms, boundTerms } from "../../bound/error_bound.ts";
import { type BoundParts, type MeasuredTerms, measuredTerms } from "./bound_terms.ts";
import type { Context } from "./context.ts";

/** The measured terms, and the bound that they make. */
export interface MeasuredBound extends MeasuredTerms {
  /** N: real images, each counted once. */
  readonly real: number;
  /** M^g: fakes in the training set. */
  readonly fakes: number;
  /** θ, the share of fakes in each batch; absent where it is M^g / (N + M^g). */
  readonly share?: number;
  /** b of b / √n. */
  readonly b: number;
  /** The right side with these terms, where b / √n is the complexity. */
  readonly terms: BoundTerms;
  /** That of the same real images and no fakes. */
  readonly without: BoundTerms;
}

/** The terms, measured or found again, and the right side of the bound with them. */
export async function boundStage(context: Context, parts: BoundParts): Promise<MeasuredBound> {
  const artifact = await measuredTerms(context, parts);
  const { bound: { b }, fakeShare } = context.specification;
  const share = fakeShare === "pooled" ? undefined : fakeShare;
  const measured = artifact.notes as unknown as MeasuredTerms;
  const notes = { ...measured, totalVariation: atMostOne(measured.totalVariation) };
  const real = context.dataset.originals;
  const fakes = parts.processed.set.labels.length;
  const rademacher = (n: number) => b / (4 * Math.sqrt(n));
  const terms = boundTerms({
    real,
    fakes,
    share,
    rademacher,
    // A ratio from a short fit is too flat, and its plug-in too low: what is certified counts then.
    totalVariation: Math.max(notes.totalVariation.value, notes.certified),
    labelTerm: notes.labelTerm.value,
  });
  const without = boundTerms({ real, fakes: 0, rademacher, totalVariation: 0, labelTerm: 0 });
  return { ...notes, real, fakes, ...(share !== undefined && { share }), b, terms, without };
}

/** A plug-in with a few large ratios passes 1, which no total variation does. */
function atMostOne({ value, low, high }: IntervalEstimate): IntervalEstimate {
  return { value: Math.min(1, value), low: Math.min(1, low), high: Math.min(1, high) };
}
