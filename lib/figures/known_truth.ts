/** The bound's estimators where the truth is known. */
import { checkArgument, listOf } from "../base/check_argument.ts";
import { KNOWN_TRUTHS, type KnownTruthRow } from "../ablations/known_truth.ts";
import { kendallTauB } from "../bound/kendall.ts";
import { type Chart, estimateAgainstTruth } from "../report/all_charts.ts";
import { numberText } from "../report/vega/numbers.ts";

const ROWS = listOf("rows, as from await measureKnownTruth()", (row) => "truth" in row);

/**
 * Estimate against truth, a panel for each term of the bound, with the line on which they are equal.
 *
 * @throws {RangeError} There are no rows.
 */
export function knownTruthFigure(rows: readonly KnownTruthRow[]): Chart {
  checkArgument("figures.knownTruthFigure()", rows, ROWS);
  return estimateAgainstTruth(
    rows.map(({ estimate, ...row }) => ({ ...row, ...estimate })),
    {
      title: "Every term of the bound beside its truth",
      subtitle: [
        "TV and Λ: fakes of a toy mixture with dropped components and wrong labels, measured as those of any run.",
        "R_n and ε_opt: students of one number, whose training is exact. Lines: 95 % intervals, or from least to most.",
      ],
      finding: findingOf(rows),
    },
  );
}

/** Whether estimates rise with the truth, and how far off they are. */
function findingOf(rows: readonly KnownTruthRow[]): string {
  return KNOWN_TRUTHS.flatMap((term) => {
    const own = rows.filter((row) => row.term === term);
    if (own.length < 2) return [];
    const truths = own.map(({ truth }) => truth);
    const estimates = own.map(({ estimate }) => estimate.value);
    const { tau } = kendallTauB(truths, estimates);
    const gaps = own.map(({ truth, estimate }) => Math.abs(estimate.value - truth));
    return [
      `${term}: off by ${
        numberText(Math.max(...gaps))
      } at the most, in the order of the truth to ` +
      `tau-b ${tau.toFixed(2)}.`,
    ];
  }).join(" ");
}
