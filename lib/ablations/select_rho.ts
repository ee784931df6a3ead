/** rho chosen on held-out training images: by the paper's grid search, and by the error bound, with what each costs. */
import { checkCall } from "../chain/check_call.ts";
import { checkArgument } from "../base/check_argument.ts";
import { checkSweep } from "./check_sweep.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { DataTable } from "../report/tables.ts";
import { numberText } from "../report/vega/numbers.ts";
import { unitOfDifferences } from "../report/words.ts";
import { ablationRows } from "./ablation_rows.ts";
import { rho } from "./rho.ts";
import { type AblationOptions, runAblation } from "./run_ablation.ts";
import type { Sweep, SweepPoint } from "./sweep.ts";

/** A choice of rho. */
export interface RhoChoice {
  /** What chose. */
  readonly by: "grid search" | "bound";
  /** The choice. */
  readonly rho: number;
  /** Mean validation error there, over students and seeds, in the unit of the metric. */
  readonly error: number;
  /** What choosing took beside teacher, generator and pool: all students of the grid, or all measurements of the bound. */
  readonly seconds: number;
}

/** Both choices, and the sweep that they come from. */
export interface SelectedRho {
  /** Least mean validation error of the students with fakes (the paper's way). */
  readonly byGrid: RhoChoice;
  /** Least right side of the bound, for which no student is trained. */
  readonly byBound: RhoChoice;
  /** `rho` on the validation split. */
  readonly sweep: Sweep;
}

/**
 * Runs the ablation `rho` on the validation split, whose parts have not seen the images that they are judged by, and
 * reads both choices off it. Test images choose nothing.
 *
 * @throws {RangeError} The experiment has no filter, or every training failed.
 */
export async function selectRho(
  experiment: Experiment,
  options: AblationOptions = {},
): Promise<SelectedRho> {
  checkCall(experiment, options, ["bound"]);
  const changes = { ...options.changes, split: "validation" };
  return chooseRho(await runAblation(experiment, rho, { ...options, changes, bound: true }));
}

/**
 * Both choices from a sweep of rho.
 *
 * @throws {RangeError} No point has an error, or none a bound.
 */
export function chooseRho(sweep: Sweep): SelectedRho {
  checkSweep("chooseRho()", sweep);
  const rows = ablationRows(sweep);
  const points = sweep.points.flatMap((point) => {
    const means = rows.flatMap((row) =>
      row.point === point && row.mean !== undefined ? [row.mean] : []
    );
    if (point.fakes === 0 || point.value === undefined || means.length === 0) return [];
    return [{ point, rho: point.value, error: means.reduce((a, b) => a + b) / means.length }];
  });
  const bounded = points.filter(({ point }) => point.bound !== undefined);
  if (points.length === 0 || bounded.length === 0) {
    throw new RangeError(
      `Cannot choose rho: found ${points.length} points with errors and ${bounded.length} of them with a bound, want ` +
        "at least one of each",
    );
  }
  const total = (of: (point: SweepPoint) => number) =>
    points.reduce((sum, { point }) => sum + of(point), 0);
  const grid = points.reduce((least, one) => one.error < least.error ? one : least);
  const bound = bounded.reduce((least, one) =>
    one.point.bound!.change < least.point.bound!.change ? one : least
  );
  return {
    byGrid: {
      by: "grid search",
      rho: grid.rho,
      error: grid.error,
      seconds: total(({ results }) => results.reduce((sum, { seconds = 0 }) => sum + seconds, 0)),
    },
    byBound: {
      by: "bound",
      rho: bound.rho,
      error: bound.error,
      seconds: total(({ bound }) => bound?.seconds ?? 0),
    },
    sweep,
  };
}

/** Both choices as a table, with what the bound's costs in error and saves in time. */
export function rhoTable(selected: SelectedRho): DataTable {
  checkArgument("rhoTable()", selected, {
    want: "both choices, as from await selectRho(...)",
    fits: (value) => "byGrid" in value && "byBound" in value,
  });
  const { byGrid, byBound, sweep } = selected;
  const { metric } = sweep.experiment;
  const dearer = byBound.error - byGrid.error;
  const faster = byGrid.seconds / byBound.seconds;
  return DataTable.of({
    title: `Choice of rho: ${sweep.dataset}, ${sweep.setting}, preset "${sweep.preset}"`,
    columns: [
      { key: "by", title: "chosen by" },
      { key: "rho", title: "rho", digits: 2 },
      { key: "error", title: metric.title, unit: metric.unit, digits: 2 },
      { key: "minutes", title: "minutes", digits: 1 },
    ],
    rows: [byGrid, byBound].map(({ seconds, ...row }) => ({ ...row, minutes: seconds / 60 })),
    notes: [
      `${
        byBound.rho === byGrid.rho
          ? "Both choose the same rho"
          : `The bound's choice costs ${dearer.toFixed(2)} ${unitOfDifferences(metric.unit)}`
      }${timeText(faster)}. ` +
      "The least of a grid is too low by luck: its error is of the images that chose it.",
    ],
  });
}

/** How the time of the bound's choice compares with that of the grid's. */
function timeText(faster: number): string {
  if (!Number.isFinite(faster) || faster <= 0) return "";
  return faster >= 1
    ? `, at 1/${numberText(faster)} of the time`
    : `, and takes ${numberText(1 / faster)} times as long`;
}
