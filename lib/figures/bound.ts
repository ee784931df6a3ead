/** The error bound beside what was measured. */
import { spreadOf } from "../base/metrics.ts";
import { allowedGaps, boundChanges } from "../bound/error_bound.ts";
import { numberText, signedText } from "../report/vega/numbers.ts";
import { groupRows } from "../report/vega/rows.ts";
import { type Chart, errorBoundChart, type MeasuredRow } from "../report/all_charts.ts";
import { DataTable, resultRows } from "../report/tables.ts";
import { counted, listed, unitOfDifferences } from "../report/words.ts";
import type { Verdict } from "../bound/verdict.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { titled } from "./titled.ts";

/**
 * What fakes change in each term of the bound on the excess error, beside what they changed in the test errors of the
 * same students: at equal epochs, and at equal steps where controls are among them.
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
  const measured = measuredChanges(errorsOf(students)).map(
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
    title: titled(run, "What fakes change: bound on the excess error, and test error"),
    subtitle: [
      "The bound limits the excess over the best student of its class, not the test error: compare signs, not lengths.",
      `N = ${bound.real.toLocaleString("en-US")}, M^g = ${bound.fakes.toLocaleString("en-US")}; ` +
      `b = ${bound.b} is fitted to the paper's errors.`,
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
          listed(measured.map(({ cell, value }) => `${signedText(value)} (${cell})`))
        } ${unit}.`),
  });
}

/** What fakes changed in the errors of one student. */
export interface MeasuredChange {
  /** As tables name it. */
  readonly student: string;
  /** What it is compared with: plain training for as many epochs, or for as many steps. */
  readonly at: "equal epochs" | "equal steps";
  /** With fakes less without, one for each seed that both have. */
  readonly values: readonly number[];
}

/** Changes of test errors by fakes, student by student and seed by seed, in the order of the students. */
export function measuredChanges(
  errors: readonly {
    readonly student: string;
    readonly method: string;
    readonly values: ReadonlyMap<number, number>;
  }[],
): MeasuredChange[] {
  const names = [...new Set(errors.map(({ student }) => student))];
  const bases = [["NOKD", "equal epochs"], ["NOKD (equal steps)", "equal steps"]] as const;
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

/** Errors of students by seed, a row a student and method. */
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
  return new DataTable({
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
      `b / √n with b = ${b}, fitted to the paper's errors of students without fakes and not measured here, stands for ` +
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
  const rows = resultRows(await run.records())
    .filter(({ specifications }) => specifications.includes(identity))
    .map((row) => ({ ...row, student: row.student ?? "" }));
  return hindsight(await run.verdict(), measuredChanges(rows), run.experiment.metric.unit);
}

/** The sentence of {@link boundInHindsight}. */
export function hindsight(
  verdict: Pick<
    Verdict,
    "expectation" | "basis" | "leastGap" | "greatestGap" | "threshold" | "limit"
  >,
  measured: readonly MeasuredChange[],
  unit: string,
): string {
  const promise = verdict.basis === "bound" ? verdict.expectation : "unclear";
  const { leastGap, greatestGap, threshold, limit } = verdict;
  const said = {
    help: `The bound promised a gain (gap Δ ${numberText(greatestGap)}, below the ` +
      `${numberText(threshold)} that it allows)`,
    hurt: `The bound warned of harm (gap Δ at least ${numberText(leastGap)}, and it allows ` +
      `${numberText(limit)})`,
    unclear: `The bound promised no gain (gap Δ up to ${numberText(greatestGap)}, and it allows ` +
      `${numberText(threshold)})`,
  }[promise];
  const [steps, epochs] = ["equal steps", "equal epochs"].map((wanted) =>
    measured.filter(({ at }) => at === wanted)
  ) as [MeasuredChange[], MeasuredChange[]];
  if (steps.length > 0) {
    return `${said}; at equal steps fakes changed the test error by ${changesText(steps, unit)}: ` +
      `${agreementText(promise, steps)}.`;
  }
  const open = `${said}; whether students agree is open, as none was trained on real images for ` +
    "as many steps as with fakes";
  if (epochs.length === 0) return `${open}.`;
  return `${open} (at equal epochs, with more steps, fakes changed the test error by ` +
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

function agreementText(
  promise: Verdict["expectation"],
  changes: readonly MeasuredChange[],
): string {
  const means = changes.map(({ values }) => spreadOf(values).mean);
  const gained = means.filter((mean) => mean < 0).length;
  if (gained > 0 && gained < means.length) return "students do not agree among themselves";
  const isGain = gained > 0;
  if (promise === "unclear") {
    return isGain ? "the bound, an upper limit, was too cautious" : "the two agree";
  }
  return isGain === (promise === "help") ? "the two agree" : "the two disagree";
}
