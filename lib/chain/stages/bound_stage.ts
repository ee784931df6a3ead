/** The error bound (`bound/error_bound.ts`) with terms measured on the fakes of a run. */
import type { Task } from "../../base/contracts.ts";
import { distinctCount } from "../../data/parts/all_images.ts";
import type { IntervalEstimate } from "../../bound/estimators.ts";
import { boundRows, type BoundTerms, boundTerms } from "../../bound/error_bound.ts";
import { DEFAULT_B } from "../../bound/verdict.ts";
import { type BoundParts, type MeasuredTerms, measuredTerms } from "./bound_terms.ts";
import type { Context } from "./context.ts";

/** The measured terms, and the bound that they make. */
export interface MeasuredBound extends MeasuredTerms {
  /** The right side with these terms and b = `b`. */
  readonly terms: BoundTerms;
  /** b of 4 𝓡_n ≈ b / √n. */
  readonly b: number;
}

/** The terms, measured or found again, and the right side of the bound with them. */
export async function boundStage(context: Context, parts: BoundParts): Promise<MeasuredBound> {
  const { train } = context.dataset;
  const artifact = await measuredTerms(context, parts);
  const b = boundFactor(train.task);
  const measured = artifact.notes as unknown as MeasuredTerms;
  const notes = { ...measured, totalVariation: atMostOne(measured.totalVariation) };
  const terms = boundTerms({
    real: distinctCount(context.dataset),
    fakes: parts.processed.set.labels.length,
    rademacher: (n) => b / (4 * Math.sqrt(n)),
    // A ratio from a short fit is too flat, and its plug-in too low: what is certified counts then.
    totalVariation: Math.max(notes.totalVariation.value, notes.certified),
    labelTerm: notes.labelTerm.value,
  });
  return { ...notes, terms, b };
}

/** A plug-in with a few large ratios passes 1, which no total variation does. */
function atMostOne({ value, low, high }: IntervalEstimate): IntervalEstimate {
  return { value: Math.min(1, value), low: Math.min(1, low), high: Math.min(1, high) };
}

/**
 * b of scalar labels, with losses relative to the label scale: least squares of the paper's NOKD errors (Table
 * 7) on a + b / √N over gives 1.38 (ShuffleNetV2), 1.09 (MobileNetV2) and 0.88
 * (EfficientNet-B0); their mean, rounded.
 */
const REGRESSION_B = 1.1;

/** b of the bound's b / √N, from the paper's tables. */
export function boundFactor(task: Task): number {
  return task.kind === "classification" ? DEFAULT_B : REGRESSION_B;
}

/** Rows of the stacked chart: with these fakes, and without any. */
export function boundComparison(
  bound: MeasuredBound,
  real: number,
): { cell: string; term: string; value: number }[] {
  const rademacher = (n: number) => bound.b / (4 * Math.sqrt(n));
  const alone = boundTerms({ real, fakes: 0, rademacher, totalVariation: 0, labelTerm: 0 });
  return [...boundRows("real only", alone), ...boundRows("cGAN-KD", bound.terms)];
}
