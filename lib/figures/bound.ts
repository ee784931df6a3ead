/** The error bound beside what was measured. */
import { checkOptionNames } from "../base/check_argument.ts";
import { spreadOf } from "../base/metrics.ts";
import { allowedGaps, type BoundChange, boundChanges } from "../bound/error_bound.ts";
import { optimisationError } from "../bound/optimisation_error.ts";
import { numberText, signedText } from "../report/vega/numbers.ts";
import { groupRows } from "../report/vega/rows.ts";
import { type Chart, errorBoundChart, type MeasuredRow } from "../report/all_charts.ts";
import { DataTable, resultRows } from "../report/tables.ts";
import { counted, listed, unitOfDifferences } from "../report/words.ts";
import { checkRun, checkRunAndStudents } from "../chain/check_run.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { hindsight, measuredChanges } from "./hindsight.ts";
import { measuredOn, titled } from "./titled.ts";

/**
 * What fakes change in each term of the bound on the excess error, beside what they changed in the test errors of the
 * same students: at equal steps, and at equal epochs where these are more steps with fakes.
 *
 * @param options.optimisation Whether ε_opt counts as well, at the most that it can be: errors of students without a
 *   teacher on their own training sets, which are then measured. Default: false.
 */
export async function boundFigure(
  run: ExperimentRun,
  students: readonly StudentResult[],
  options: { readonly optimisation?: boolean } = {},
): Promise<Chart> {
  checkRunAndStudents("figures.boundFigure()", run, students);
  checkOptionNames("figures.boundFigure()", options, {
    known: { optimisation: true },
    example: "{ optimisation: true }",
  });
  const bound = await run.bound();
  const { task } = run.dataset.train;
  const scale = task.kind === "classification" ? 100 : task.scale;
  const unit = unitOfDifferences(run.experiment.metric.unit);
  const changes = [
    ...boundChanges(bound.terms, bound.without),
    ...(options.optimisation ? await optimisationChange(run, students) : []),
  ].map(({ term, change }) => ({ term, change: change * scale }));
  const { studentEpochs } = run.specification;
  const part = measuredOn(run);
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
    title: titled(run, `What fakes change: bound and ${part} error`),
    subtitle: [
      `The bound limits the excess over the best student of its class, not the ${part} error: compare signs, not ` +
      "lengths.",
      `N = ${bound.real.toLocaleString("en-US")}, M^g = ${bound.fakes.toLocaleString("en-US")}${
        bound.share === undefined ? "" : `, ${100 * bound.share} % of each batch`
      }; ` +
      `b = ${bound.b} is the experiment's, fitted to errors of students without fakes.`,
    ],
    unit,
    measured: `${part} error`,
    finding:
      `The bound ${total < 0 ? "falls" : "rises"} by ${numberText(Math.abs(total))} ${unit}: ` +
      `it would fall with a gap Δ below ${numberText(threshold)}, and ${
        numberText(gap)
      } was measured.` +
      (measured.length === 0
        ? ""
        : ` Changes of the ${part} error: ${
          listed(measured.map(({ cell, value }) => `${signedText(value)} ${unit} (${cell})`))
        }.`),
  });
}

/** What fakes change in the mean training error of the students by the ordinary loss; nothing where a side is missing. */
async function optimisationChange(
  run: ExperimentRun,
  students: readonly StudentResult[],
): Promise<BoundChange[]> {
  const means: number[] = [];
  for (const method of ["cGAN-KD", "NOKD"]) {
    const own = students.filter(({ cell }) => cell.method === method);
    if (own.length === 0) return [];
    let sum = 0;
    for (const student of own) sum += await run.trainingError(student);
    means.push(sum / own.length);
  }
  return [{ term: "left by training, ε_opt at most", change: means[0]! - means[1]! }];
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
  checkRun("figures.boundTable()", run);
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
 * The terms that belong to students, in losses from 0 to 1: training error and test error, ε_opt between what another seed
 * reached and the training error, and how far test and training error lie apart, of which 2 𝓡_n + √(ln(2/δ) / 2n) is the
 * bound. One row for each student.
 */
export async function studentTermsTable(
  run: ExperimentRun,
  students: readonly StudentResult[],
): Promise<DataTable> {
  checkRunAndStudents("figures.studentTermsTable()", run, students);
  const { task } = run.dataset.train;
  const scale = task.kind === "classification" ? 100 : task.scale;
  const measured: { readonly student: StudentResult; readonly training: number }[] = [];
  for (const student of students) {
    measured.push({ student, training: await run.trainingError(student) });
  }
  // One class of functions on one training set.
  const groups = groupRows(
    measured,
    ({ student }) => JSON.stringify([student.cell.student, student.added?.id]),
  );
  return DataTable.of({
    title: titled(run, "Terms that belong to students"),
    columns: [
      { key: "student", title: "student" },
      { key: "method", title: "method" },
      { key: "seed", title: "seed", digits: 0 },
      { key: "training", title: "training error", digits: DIGITS },
      { key: "test", title: `${measuredOn(run)} error`, digits: DIGITS },
      { key: "apart", title: "apart", digits: DIGITS, signed: true },
      { key: "low", title: "ε_opt at least", digits: DIGITS },
      { key: "high", title: "at most", digits: DIGITS },
    ],
    rows: [...groups.values()].flatMap((group) =>
      group.map(({ student: { cell, seed, record }, training }) => {
        const test = record.value / scale;
        const others = group.map(({ training }) => training);
        return {
          student: cell.student,
          method: cell.method,
          seed,
          training,
          test,
          apart: test - training,
          ...optimisationError(training, others),
        };
      })
    ),
    notes: [
      "ε_opt lies between what other students of the same network left below on the same training set and the training error " +
      "itself, since no loss is below 0.",
    ],
  });
}

/** Complexity by random signs beside what the learning curve says; each draw trains a student. */
export async function complexityTable(run: ExperimentRun, draws?: number): Promise<DataTable> {
  checkRun("figures.complexityTable()", run);
  const { randomSigns, learningCurve, images, draws: done } = await run.complexity(draws);
  const { low, high, value } = randomSigns;
  return DataTable.of({
    title: titled(run, "Complexity of the student"),
    columns: [
      { key: "by", title: "4 𝓡_N" },
      { key: "value", title: "value", digits: DIGITS },
      { key: "low", title: "95 % from", digits: DIGITS },
      { key: "high", title: "to", digits: DIGITS },
    ],
    rows: [
      {
        by: `random signs, ${counted(done, "draw")}, at least`,
        value: 4 * value,
        low: 4 * low,
        high: 4 * high,
      },
      { by: "learning curve, b/√N", value: 4 * learningCurve },
    ],
    notes: [
      `N = ${images.toLocaleString("en-US")}. ${
        4 * value > 1
          ? "By random signs the bound is vacuous, above the greatest loss 1: the student can learn any labels by heart. " +
            "What fakes change in it, and the order of that, is what can be tested."
          : "By random signs this term alone leaves the bound below the greatest loss 1."
      }`,
    ],
  });
}

/**
 * What the bound said of the fakes, what students did at equal steps, and whether they agree: one sentence made from
 * the records of this very run.
 */
export async function boundInHindsight(run: ExperimentRun): Promise<string> {
  checkRun("figures.boundInHindsight()", run);
  const identity = await run.identity();
  const [paperTable] = run.experiment.paperTables;
  const rows = resultRows(await run.records(), { paperTable })
    .filter(({ specifications }) => specifications.includes(identity))
    .map((row) => ({ ...row, student: row.student ?? "" }));
  const { specification: { studentEpochs }, experiment: { metric } } = run;
  return hindsight(await run.verdict(), measuredChanges(rows, studentEpochs), {
    unit: metric.unit,
    part: measuredOn(run),
  });
}
