/** An ablation over two axes as a map, with the measured minimiser and that of the bound. */
import { ablationRows } from "../ablations/ablation_rows.ts";
import type { Sweep, SweepPoint } from "../ablations/sweep.ts";
import { type Chart, heatMap } from "../report/all_charts.ts";
import { signedText } from "../report/vega/numbers.ts";
import { unitOfDifferences } from "../report/words.ts";

/** A point with its place on both axes. */
interface Placed {
  readonly x: number;
  readonly y: number;
  /** Mean over students. */
  readonly value: number;
  readonly change?: number;
}

/**
 * What fakes change in the error, mean over students, over both axes. Frames: where it is least, and where the right side
 * of the bound is.
 *
 * @throws {RangeError} Every training failed: there is nothing to draw.
 */
export function ablationMap(sweep: Sweep): Chart {
  const { ablation, experiment: { metric }, dataset, setting, preset } = sweep;
  const unit = unitOfDifferences(metric.unit);
  const rows = ablationRows(sweep);
  const placed = sweep.points.flatMap((point): Placed[] => {
    const { value: x, row: y, bound } = point;
    const value = meanDifference(point, rows);
    if (x === undefined || y === undefined || value === undefined) return [];
    return [{ x, y, value, ...(bound && { change: bound.change }) }];
  });
  const best = leastOf(placed, ({ value }) => value);
  const bound = leastOf(
    placed.filter(({ change }) => change !== undefined),
    ({ change }) => change!,
  );
  return heatMap(placed, {
    title: `${ablation.title}: ${dataset}, ${setting}, preset "${preset}"`,
    xTitle: ablation.x.title,
    yTitle: ablation.row!.title,
    valueTitle: `change of ${metric.title} (${unit})`,
    marks: [
      ...(best ? [{ x: best.x, y: best.y, label: "least measured error" }] : []),
      ...(bound ? [{ x: bound.x, y: bound.y, label: "least bound" }] : []),
    ],
    finding: [
      ...(best
        ? [
          `The error is least at M^g = ${best.x.toLocaleString("en-US")} and ` +
          `${ablation.row!.title} = ${best.y} (${signedText(best.value)} ${unit}).`,
        ]
        : []),
      ...(best && bound
        ? [
          best === bound
            ? "The bound is least there, too."
            : `The bound is least at ${
              bound.x.toLocaleString("en-US")
            } and ${bound.y}, which costs ${(bound.value - best.value).toFixed(2)} ${unit} more.`,
        ]
        : []),
    ].join(" "),
  });
}

function meanDifference(
  point: SweepPoint,
  rows: ReturnType<typeof ablationRows>,
): number | undefined {
  const own = rows.flatMap((row) =>
    row.point === point && row.difference !== undefined ? [row.difference] : []
  );
  return own.length === 0 ? undefined : own.reduce((a, b) => a + b) / own.length;
}

function leastOf<T>(values: readonly T[], of: (value: T) => number): T | undefined {
  const [first, ...rest] = values;
  return rest.reduce<T | undefined>(
    (least, one) => of(one) < of(least!) ? one : least,
    first,
  );
}
