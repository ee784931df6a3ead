/** An ablation as a table: every student at every point, beside what the error bound says of the point. */
import { kendallTauB } from "../bound/kendall.ts";
import { DataTable } from "../report/tables.ts";
import { counted, unitOfDifferences } from "../report/words.ts";
import { type AblationRow, ablationRows } from "./ablation_rows.ts";
import type { Sweep } from "./sweep.ts";

/** Fewer cells are in some order by chance: of three, one order of six. */
const LEAST_CELLS = 4;

/**
 * A row for each point, student and method: mean over seeds and difference to the point without fakes, seed by seed, both
 * with half of Student's 95 % interval; and the bound's terms where they were measured.
 */
export function ablationTable(sweep: Sweep): DataTable {
  const { ablation, experiment: { metric }, preset, setting, dataset } = sweep;
  const rows = ablationRows(sweep);
  const has = (test: (row: AblationRow) => boolean) => rows.some(test);
  const columns = [
    { key: "point", title: "point" },
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
      title: `against no fakes (${unitOfDifferences(metric.unit)})`,
      digits: 2,
      signed: true,
    },
    { key: "differenceHalfWidth", title: "95 %", digits: 2, plusMinus: true },
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
    rows: rows.map(({ point: { label, fakes, bound }, names, ...row }) => ({
      point: label,
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

function notesOf({ hasEqualSteps, points }: Sweep, rows: readonly AblationRow[]): string[] {
  const [first] = points;
  const notes = [
    `± is half of Student's 95 % interval over seeds; differences are to "${first?.label}", seed by seed.`,
    hasEqualSteps
      ? "All students took equal steps."
      : 'Students with more fakes took more steps (studentEpochs = "all images"): differences are not of fakes alone.',
  ];
  if (!rows.some(({ point }) => point.bound !== undefined)) return notes;
  return [
    ...notes,
    "Gap Δ = TV + Λ as measured; below what is allowed, the error bound promises a gain. Its change is with losses in [0, 1].",
    ...orderText(rows),
  ];
}

/** Whether the bound orders the cells as they turned out: that is what it is good for, since its size says little. */
function orderText(rows: readonly AblationRow[]): string[] {
  const pairs = rows.flatMap(({ point: { bound }, difference }) =>
    bound === undefined || difference === undefined ? [] : [[bound.change, difference] as const]
  );
  if (pairs.length < LEAST_CELLS) return [];
  const { tau, pValue } = kendallTauB(pairs.map(([x]) => x), pairs.map(([, y]) => y));
  if (Number.isNaN(tau)) return [];
  return [
    `Order of the bound's changes against that of the differences, over ${
      counted(pairs.length, "row")
    }: Kendall's tau-b ${tau.toFixed(2)}, p = ${pValue.toFixed(2)}.`,
  ];
}
