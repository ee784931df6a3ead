/** Whether students did what the error bound said: changes of their errors by fakes, and a sentence. */
import { spreadOf } from "../base/metrics.ts";
import { numberText, signedText } from "../report/vega/numbers.ts";
import { counted, listed, unitOfDifferences } from "../report/words.ts";
import type { Verdict } from "../bound/verdict.ts";
import type { Specification } from "../experiments/specification/schema.ts";
import type { SplitName } from "../experiments/specification/split_names.ts";

/** What fakes changed in the errors of one student. */
export interface MeasuredChange {
  /** As tables name it. */
  readonly student: string;
  /** What it is compared with: plain training for as many epochs, or for as many steps. */
  readonly at: "equal epochs" | "equal steps";
  /** With fakes less without, one for each seed that both have. */
  readonly values: readonly number[];
}

/**
 * Changes of test errors by fakes, student by student and seed by seed, in the order of the students.
 *
 * @param epochs What makes an epoch; of real images, plain training takes as many steps as one with fakes.
 */
export function measuredChanges(
  errors: readonly {
    readonly student: string;
    readonly method: string;
    readonly values: ReadonlyMap<number, number>;
  }[],
  epochs: Specification["studentEpochs"],
): MeasuredChange[] {
  const names = [...new Set(errors.map(({ student }) => student))];
  const bases: [string, MeasuredChange["at"]][] = epochs === "real images"
    ? [["NOKD", "equal steps"]]
    : [["NOKD", "equal epochs"], ["NOKD (equal steps)", "equal steps"]];
  return names.flatMap((student) => {
    const of = (wanted: string) =>
      errors.find((row) => row.student === student && row.method === wanted)?.values ?? new Map();
    const withFakes = of("cGAN-KD");
    return bases.map(([method, at]): MeasuredChange => ({
      student,
      at,
      values: [...of(method)].flatMap(([seed, value]) =>
        withFakes.has(seed) ? [withFakes.get(seed)! - value] : []
      ),
    })).filter(({ values }) => values.length > 0);
  });
}

/**
 * What the bound said, what fakes changed in errors at equal steps, and whether the two agree: one sentence.
 *
 * @param errors Their unit, and what they are measured on.
 */
export function hindsight(
  verdict: Pick<
    Verdict,
    "change" | "leastGap" | "greatestGap" | "threshold"
  >,
  measured: readonly MeasuredChange[],
  { unit, part }: { readonly unit: string; readonly part: SplitName },
): string {
  const { change, leastGap, greatestGap, threshold } = verdict;
  const promise = promiseOf(change);
  const said = {
    help: `The bound promised a gain (gap Δ ${numberText(greatestGap)}, below the ` +
      `${numberText(threshold)} that it allows)`,
    hurt:
      `The bound rises whatever is measured (gap Δ at least ${
        numberText(leastGap)
      }, and it allows ` +
      `${numberText(threshold)})`,
    unclear: `The bound promised no gain (gap Δ up to ${numberText(greatestGap)}, and it allows ` +
      `${numberText(threshold)})`,
  }[promise];
  const [steps, epochs] = ["equal steps", "equal epochs"].map((wanted) =>
    measured.filter(({ at }) => at === wanted)
  ) as [MeasuredChange[], MeasuredChange[]];
  if (steps.length > 0) {
    return `${said}; at equal steps fakes changed the ${part} error by ${
      changesText(steps, unit)
    }: ` +
      `${agreementText(promise, steps)}.`;
  }
  const open = `${said}; whether students agree is open, as none was trained on real images for ` +
    "as many steps as with fakes";
  if (epochs.length === 0) return `${open}.`;
  return `${open} (at equal epochs, with more steps, fakes changed the ${part} error by ` +
    `${changesText(epochs, unit)}).`;
}

/** "−1.20 points ± 0.30 (VGG11, 3 seeds)", one after the other. */
function changesText(changes: readonly MeasuredChange[], unit: string): string {
  return listed(changes.map(({ student, values }) => {
    const { mean, halfWidth } = spreadOf(values);
    const doubt = Math.abs(mean) > (halfWidth ?? Infinity) ? "" : ", which may be chance";
    const range = halfWidth === undefined ? "" : ` ± ${numberText(halfWidth)}`;
    return `${signedText(mean)} ${unitOfDifferences(unit)}${range} (${student}, ` +
      `${counted(values.length, "seed")}${doubt})`;
  }));
}

/** The sign of the bound's change, where both ends have it. */
function promiseOf({ low, high }: Verdict["change"]): "help" | "hurt" | "unclear" {
  if (high < 0) return "help";
  return low > 0 ? "hurt" : "unclear";
}

function agreementText(
  promise: ReturnType<typeof promiseOf>,
  changes: readonly MeasuredChange[],
): string {
  const means = changes.map(({ values }) => spreadOf(values).mean);
  const gained = means.filter((mean) => mean < 0).length;
  if (gained > 0 && gained < means.length) return "students do not agree among themselves";
  const isGain = gained > 0;
  if (promise === "help") return isGain ? "the two agree" : "the two disagree";
  return isGain ? "the bound, an upper limit, was too cautious" : "the two agree";
}
