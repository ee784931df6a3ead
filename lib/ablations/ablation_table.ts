/** An ablation as a table: every student at every point, beside what the error bound says of the point. */
import { checkSweep } from "./check_sweep.ts";
import { rngOf } from "../base/rng.ts";
import { kendallTauB } from "../bound/kendall.ts";
import { fitLearningCurve } from "../bound/learning_curve.ts";
import { sizesText } from "../report/student_sizes.ts";
import { DataTable } from "../report/tables.ts";
import { counted, unitOfDifferences } from "../report/words.ts";
import { type AblationRow, ablationRows, keyOf } from "./ablation_rows.ts";
import type { Sweep } from "./sweep.ts";

/** Fewer cells are in some order by chance: of three, one order of six. */
const LEAST_CELLS = 4;

/**
 * A row for each point, student and method: mean over seeds and difference to the point without fakes, seed by seed, both
 * with half of Student's 95 % interval; and the bound's terms where they were measured.
 */
export function ablationTable(sweep: Sweep): DataTable {
  checkSweep("ablationTable()", sweep);
  const { ablation, experiment: { metric }, preset, setting, dataset } = sweep;
  const rows = ablationRows(sweep);
  const has = (test: (row: AblationRow) => boolean) => rows.some(test);
  const columns = [
    { key: "point", title: "point" },
    ...(new Set(rows.map(({ point }) => point.real)).size > 1
      ? [{ key: "real", title: "N", digits: 0 }]
      : []),
    { key: "fakes", title: "M^g", digits: 0 },
    { key: "student", title: "student" },
    ...(has(({ names }) => names.teacher !== undefined)
      ? [{ key: "teacher", title: "teacher" }]
      : []),
    { key: "method", title: "method" },
    { key: "mean", title: metric.title, unit: metric.unit, digits: 2 },
    { key: "halfWidth", title: "95 %", digits: 2, plusMinus: true },
    {
      key: "difference",
      title: `difference (${unitOfDifferences(metric.unit)})`,
      digits: 2,
      signed: true,
    },
    { key: "differenceHalfWidth", title: "95 %", digits: 2, plusMinus: true },
    ...(has(({ pValue }) => pValue !== undefined)
      ? [{ key: "pValue", title: "p (Holm)", digits: 3 }]
      : []),
    { key: "seeds", title: "seeds", digits: 0 },
    ...(has(({ failed }) => failed > 0) ? [{ key: "failed", title: "failed", digits: 0 }] : []),
    ...(has(({ point }) => point.bound !== undefined)
      ? [
        { key: "gap", title: "gap Δ", digits: 3 },
        { key: "allowed", title: "allowed", digits: 3 },
        { key: "bound", title: "change of bound", digits: 3, signed: true },
        { key: "expectation", title: "bound says" },
      ]
      : []),
  ];
  return DataTable.of({
    title: `${ablation.title}: ${dataset}, ${setting}, preset "${preset}"`,
    columns,
    rows: rows.map(({ point: { label, fakes, real, bound }, names, ...row }) => ({
      point: label,
      real,
      ...names,
      ...row,
      fakes,
      failed: row.failed === 0 ? undefined : row.failed,
      seeds: row.seeds === 0 ? undefined : row.seeds,
      gap: bound?.greatestGap,
      allowed: bound?.threshold,
      bound: bound?.change,
      expectation: bound?.expectation,
    })),
    notes: notesOf(sweep, rows),
  });
}

function notesOf(sweep: Sweep, rows: readonly AblationRow[]): string[] {
  const { hasEqualSteps, points: [first, ...others] } = sweep;
  const base = others.some(({ against }) => against !== undefined)
    ? "the students without fakes of as many real images"
    : `"${first?.label}"`;
  const tests = rows.filter(({ pValue }) => pValue !== undefined).length;
  const notes = [
    `± is half of Student's 95 % interval over seeds; differences are to ${base}, seed by seed.`,
    ...(tests === 0 ? [] : [
      `p: t-test of the paired differences, by Holm's correction for ${counted(tests, "test")}.`,
    ]),
    hasEqualSteps
      ? "All students took equal steps."
      : 'Students with more fakes took more steps (studentEpochs = "all images"): differences are not of fakes alone.',
  ];
  notes.push(...sizesText(sweep.points.flatMap(({ results }) => results)));
  if (!rows.some(({ point }) => point.bound !== undefined)) {
    return [...notes, ...learningCurveText(sweep)];
  }
  return [
    ...notes,
    ...learningCurveText(sweep),
    "Gap Δ = TV + Λ as measured; below what is allowed, the error bound promises a gain. Its change is with losses in [0, 1].",
    ...orderText(rows),
  ];
}

/**
 * b of the bound, fitted to the students without fakes where they were trained on four numbers of images or more: those of
 * NOKD, or where a sweep has none those of its first method.
 */
function learningCurveText({ points, experiment: { metric }, setting, scale }: Sweep): string[] {
  const plain = points.filter(({ fakes }) => fakes === 0);
  const all = plain.flatMap(({ results }) => results);
  const chosen = all.find(({ plain }) => plain === "NOKD") ?? all[0];
  const errors = plain.flatMap(({ real, results }) =>
    results.flatMap((result) =>
      result.value === undefined || chosen === undefined || keyOf(result) !== keyOf(chosen)
        ? []
        : [{ real, error: result.value / scale }]
    )
  );
  if (new Set(errors.map(({ real }) => real)).size < LEAST_CELLS) return [];
  const { b } = fitLearningCurve(errors, { rng: rngOf(1, "learning curve", setting) });
  return [
    `b of the bound, fitted to the ${metric.title} of ${chosen!.student}${
      chosen!.plain === "NOKD" ? "" : ` by ${chosen!.plain}`
    } without fakes on a + b/√N: ${b.value.toFixed(1)} (95 % ${b.low.toFixed(1)} to ${
      b.high.toFixed(1)
    }).`,
  ];
}

/** Whether the bound orders the cells as they turned out: that is what it is good for, since its size says little. */
function orderText(rows: readonly AblationRow[]): string[] {
  const pairs = rows.flatMap(({ point: { bound, label }, difference }) =>
    bound === undefined || difference === undefined
      ? []
      : [[bound.change, difference, label] as const]
  );
  if (pairs.length < LEAST_CELLS) return [];
  const { tau, pValue } = kendallTauB(pairs.map(([x]) => x), pairs.map(([, y]) => y));
  if (Number.isNaN(tau)) return [];
  const shared = new Set(pairs.map(([, , label]) => label)).size < pairs.length
    ? " as if rows were independent, which those of one point are not"
    : "";
  return [
    `Order of the bound's changes against that of the differences, over ${
      counted(pairs.length, "row")
    }: Kendall's tau-b ${tau.toFixed(2)}, p = ${pValue.toFixed(2)}${shared}.`,
  ];
}
