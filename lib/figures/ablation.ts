/** An ablation as a chart: ours with intervals, and behind it what the paper's figure shows. */
import { checkSweep } from "../ablations/check_sweep.ts";
import type { AblationRow } from "../ablations/ablation_rows.ts";
import { ablationRows } from "../ablations/ablation_rows.ts";
import type { PublishedPoint } from "../ablations/ablation.ts";
import type { Sweep } from "../ablations/sweep.ts";
import { type Chart, componentsChart, errorAgainst } from "../report/all_charts.ts";
import { numberText } from "../report/vega/numbers.ts";
import { ablationMap } from "./ablation_map.ts";
import { counted, unitOfDifferences } from "../report/words.ts";

/** Errors there are of images that are the authors' own: chairs rendered by us cannot stand beside theirs. */
const COMPARABLE = { dataset: "CIFAR-10", metric: "error_rate_pct" } as const;

/**
 * Test error against the points of an ablation, with Student's 95 % intervals where there are two seeds or more. On
 * CIFAR-10 the paper's figure, read off, stands behind it.
 *
 * @throws {RangeError} Every training failed: there is nothing to draw.
 */
export function ablationFigure(sweep: Sweep): Chart {
  checkSweep("figures.ablationFigure()", sweep);
  const { ablation, experiment: { metric }, dataset, setting, preset, points } = sweep;
  const rows = ablationRows(sweep);
  if (ablation.row !== undefined) return ablationMap(sweep);
  if (ablation.draws === "differences") return differencesFigure(sweep, rows);
  const published = publishedFor(sweep, rows);
  const hasPlaces = ablation.x.scale !== "names";
  const shared = {
    title: `${ablation.title}: ${dataset}, ${setting}, preset "${preset}"`,
    ...(published.length > 0 && {
      subtitle: "Paper: whole width, 350 epochs over all images. Compare shapes, not heights.",
    }),
    yTitle: `${metric.title} (${metric.unit})`,
    finding: findingOf(sweep, rows),
  };
  const ours = rows.flatMap((row) => {
    const { mean, halfWidth } = row;
    if (mean === undefined) return [];
    const ends = halfWidth !== undefined && { low: mean - halfWidth, high: mean + halfWidth };
    return [{ row, series: seriesOf(row, rows), value: mean, ...ends, source: "ours" as const }];
  });
  if (!hasPlaces) {
    const labels = new Set(points.map(({ label }) => label));
    return componentsChart([
      ...ours.map(({ row, series, ...rest }) => ({
        ...rest,
        processing: row.point.label,
        student: series,
      })),
      ...published.flatMap(({ label, student, error }) =>
        label === undefined || !labels.has(label)
          ? []
          : [{ processing: label, student, value: error, source: "paper" as const }]
      ),
    ], { ...shared, steps: [...labels] });
  }
  return errorAgainst([
    ...ours.flatMap(({ row, ...rest }) =>
      row.point.value === undefined ? [] : [{ ...rest, x: row.point.value }]
    ),
    ...published.flatMap(({ value, student, error }) =>
      value === undefined
        ? []
        : [{ x: value, series: student, value: error, source: "paper" as const }]
    ),
  ], {
    ...shared,
    xTitle: ablation.x.title,
    xScale: ablation.x.scale === "sqrt" ? "sqrt" : "linear",
    markers: boundMarkers(points),
    levels: ours.flatMap(({ row, series, value }) =>
      row.point.value === undefined ? [{ series, value, label: row.point.label }] : []
    ),
  });
}

/** Where the right side of the bound is least; without fakes nothing changes in it. */
function boundMarkers(points: Sweep["points"]): { x: number; label: string }[] {
  if (!points.some(({ bound }) => bound !== undefined)) return [];
  const placed = points.flatMap(({ value, fakes, bound }) => {
    const change = fakes === 0 ? 0 : bound?.change;
    return value === undefined || change === undefined ? [] : [{ x: value, change }];
  });
  const [first, ...rest] = placed;
  if (first === undefined || rest.length === 0) return [];
  const least = rest.reduce((best, one) => one.change < best.change ? one : best, first);
  return [{ x: least.x, label: "least bound" }];
}

/** What fakes change in the error at each point, each beside the point that it is compared with. */
function differencesFigure(sweep: Sweep, rows: readonly AblationRow[]): Chart {
  const { ablation, experiment: { metric }, dataset, setting, preset } = sweep;
  const unit = unitOfDifferences(metric.unit);
  const drawn = rows.flatMap((row) => {
    const { difference: value, differenceHalfWidth: half, point } = row;
    if (value === undefined || point.value === undefined) return [];
    const ends = half !== undefined && { low: value - half, high: value + half };
    return [{
      x: point.value,
      series: seriesOf(row, rows),
      value,
      ...ends,
      source: "ours" as const,
    }];
  });
  const best = drawn.length === 0
    ? undefined
    : drawn.reduce((least, one) => one.value < least.value ? one : least);
  return errorAgainst(drawn, {
    title: `${ablation.title}: ${dataset}, ${setting}, preset "${preset}"`,
    subtitle: "Below 0 is a gain. Lines: 95 % intervals of paired differences.",
    xTitle: ablation.x.title,
    xScale: ablation.x.scale === "sqrt" ? "sqrt" : "linear",
    yTitle: `${metric.title} with fakes less without (${unit})`,
    levels: [{ series: drawn[0]?.series ?? "", value: 0, label: "no gain" }],
    ...(best && {
      finding: best.value < 0
        ? `${best.series} gains most at ${numberText(best.x)}: ${numberText(-best.value)} ${unit}.`
        : `No point gains: fakes cost least at ${numberText(best.x)}, ${
          numberText(best.value)
        } ${unit}.`,
    }),
  });
}

/** The student; with what it is compared with where several methods were run. */
function seriesOf({ names }: AblationRow, rows: readonly AblationRow[]): string {
  const methods = new Set(rows.map((row) => row.names.plain));
  const teachers = new Set(rows.map((row) => row.names.teacher));
  const method = methods.size > 1 ? `, ${names.plain}` : "";
  const teacher = teachers.size > 1 && names.teacher ? ` from ${names.teacher}` : "";
  return `${names.student}${method}${teacher}`;
}

/** The paper's points of our students; its figures have no other method than cGAN-KD. */
function publishedFor(
  { ablation, experiment, dataset, setting }: Sweep,
  rows: readonly AblationRow[],
): PublishedPoint[] {
  if (dataset !== COMPARABLE.dataset || experiment.metric.name !== COMPARABLE.metric) return [];
  const students = new Set(
    rows.filter(({ names }) => names.plain === "NOKD").map((row) => seriesOf(row, rows)),
  );
  return (ablation.published?.({ dataset, setting }) ?? [])
    .filter(({ student }) => students.has(student));
}

/** Where each series is lowest, and whether the seeds can tell that from the point without fakes. */
function findingOf(
  { experiment: { metric }, points }: Sweep,
  rows: readonly AblationRow[],
): string {
  const unit = unitOfDifferences(metric.unit);
  const names = [...new Set(rows.map((row) => seriesOf(row, rows)))];
  const sentences = names.map((name) => {
    const own = rows.filter((row) => seriesOf(row, rows) === name && row.mean !== undefined);
    if (own.length === 0) return `${name}: every training failed.`;
    const best = own.reduce((least, row) => row.mean! < least.mean! ? row : least);
    const lowest = `${name}: lowest ${metric.title} ${best.mean!.toFixed(2)} ${metric.unit}, at ` +
      `"${best.point.label}"`;
    const { difference, differenceHalfWidth, seeds } = best;
    if (best.point === points[0]) return `${lowest}: no point is below it.`;
    // Seeds that failed at one of the two points can turn it round.
    if (difference === undefined || difference >= 0) return `${lowest}.`;
    // The best of many points is among the luckiest of them, too.
    const doubt = differenceHalfWidth !== undefined && Math.abs(difference) > differenceHalfWidth
      ? `± ${numberText(differenceHalfWidth)} over ${
        counted(seeds, "seed")
      }; it is the best of ${own.length}`
      : `${counted(seeds, "seed")}; this may be chance`;
    return `${lowest}, ${Math.abs(difference).toFixed(2)} ${unit} below ${
      points[0]!.label
    } (${doubt}).`;
  });
  return sentences.join(" ");
}
