/** The error bound beside what was measured. */
import { spreadOf } from "../base/metrics.ts";
import { allowedGaps, boundChanges } from "../bound/error_bound.ts";
import { numberText, signedText } from "../report/vega/numbers.ts";
import { groupRows } from "../report/vega/rows.ts";
import { type Chart, errorBoundChart, type MeasuredRow } from "../report/all_charts.ts";
import { DataTable, resultRows } from "../report/tables.ts";
import { listed, unitOfDifferences } from "../report/words.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { hindsight, measuredChanges } from "./hindsight.ts";
import { titled } from "./titled.ts";

/**
 * What fakes change in each term of the bound on the excess error, beside what they changed in the test errors of the
 * same students: at equal steps, and at equal epochs where these are more steps with fakes.
 */
export async function boundFigure(
  run: ExperimentRun,
  students: readonly StudentResult[],
): Promise<Chart> {
  const bound = await run.bound();
  const { task } = run.dataset.train;
  const scale = task.kind === "classification" ? 100 : task.scale;
  const unit = unitOfDifferences(run.experiment.metric.unit);
  const changes = boundChanges(bound.terms, bound.without).map(({ term, change }) => ({
    term,
    change: change * scale,
  }));
  const { studentEpochs } = run.context.specification;
  const measured = measuredChanges(errorsOf(students), studentEpochs).map(
    ({ student, at, values }): MeasuredRow => {
      const { mean, halfWidth } = spreadOf(values);
      return {
        cell: `${student}, ${at}`,
        value: mean,
        ...(halfWidth === undefined ? {} : { low: mean - halfWidth, high: mean + halfWidth }),
      };
    },
  );
  const total = changes.reduce((sum, { change }) => sum + change, 0);
  const { threshold } = allowedGaps(bound);
  const { gap } = bound.terms;
  return errorBoundChart(changes, measured, {
    title: titled(run, "What fakes change: bound and test error"),
    subtitle: [
      "The bound limits the excess over the best student of its class, not the test error: compare signs, not lengths.",
      `N = ${bound.real.toLocaleString("en-US")}, M^g = ${bound.fakes.toLocaleString("en-US")}; ` +
      `b = ${bound.b} is the experiment's, fitted to errors of students without fakes.`,
    ],
    unit,
    finding:
      `The bound ${total < 0 ? "falls" : "rises"} by ${numberText(Math.abs(total))} ${unit}: ` +
      `it would fall with a gap Δ below ${numberText(threshold)}, and ${
        numberText(gap)
      } was measured.` +
      (measured.length === 0
        ? ""
        : ` Test errors changed by ${
          listed(measured.map(({ cell, value }) => `${signedText(value)} ${unit} (${cell})`))
        }.`),
  });
}

/** Errors of students by seed, one row per student and method. */
function errorsOf(students: readonly Pick<StudentResult, "cell" | "seed" | "record">[]) {
  const rows = groupRows([...students], ({ cell }) => JSON.stringify([cell.student, cell.method]));
  return [...rows.values()].map((group) => ({
    student: group[0]!.cell.student ?? "",
    method: group[0]!.cell.method,
    values: new Map(group.map(({ seed, record }) => [seed, record.value])),
  }));
}

/** The measured terms as a table. */
export async function boundTable(run: ExperimentRun): Promise<DataTable> {
  const bound = await run.bound();
  const { totalVariation, floor, certified, labelTerm, terms, b } = bound;
  const isMeasurable = totalVariation.value > floor.value || certified > 0;
  const { threshold, limit } = allowedGaps(bound);
  const row = (
    term: string,
    { value, low, high }: { value: number; low?: number; high?: number },
  ) => ({
    term,
    value,
    // An interval that is as narrow as the printed digits, such as that of a constant, says nothing.
    ...(low?.toFixed(DIGITS) === high?.toFixed(DIGITS) ? {} : { low, high }),
  });
  const changes = boundChanges(terms, bound.without);
  return DataTable.of({
    title: titled(run, "Terms of the error bound"),
    columns: [
      { key: "term", title: "term" },
      { key: "value", title: "value", digits: DIGITS },
      { key: "low", title: "95 % from", digits: DIGITS },
      { key: "high", title: "to", digits: DIGITS },
    ],
    rows: [
      row("TV, plug-in", totalVariation),
      row("TV, plug-in, real against real", floor),
      row("TV of images with labels, certified to be at least", { value: certified }),
      row("Λ, disagreement with another network", labelTerm),
      row("Δ = TV + Λ, with the larger of the two TV", { value: terms.gap }),
      row(`Δ below which M^g = ${bound.fakes} fakes promise a gain`, { value: threshold }),
      row("Δ below which any number large enough does", { value: limit }),
      row("change of the bound by these fakes", {
        value: changes.reduce((sum, { change }) => sum + change, 0),
      }),
    ],
    notes: [
      `b / √n with b = ${b}, the experiment's own (bound.b), fitted to errors of students without fakes and not measured ` +
      "here, stands for " +
      "all that falls with the number of images.",
      ...(isMeasurable ? [] : [
        "TV is not above that of real against real: so few images do not show how far fakes are from real ones.",
      ]),
    ],
  });
}

const DIGITS = 3;

/**
 * What the bound said of the fakes, what students did at equal steps, and whether they agree: one sentence made from
 * the records of this very run.
 */
export async function boundInHindsight(run: ExperimentRun): Promise<string> {
  const identity = await run.identity();
  const [paperTable] = run.experiment.paperTables;
  const rows = resultRows(await run.records(), { paperTable })
    .filter(({ specifications }) => specifications.includes(identity))
    .map((row) => ({ ...row, student: row.student ?? "" }));
  const { context: { specification: { studentEpochs } }, experiment: { metric } } = run;
  return hindsight(await run.verdict(), measuredChanges(rows, studentEpochs), metric.unit);
}
