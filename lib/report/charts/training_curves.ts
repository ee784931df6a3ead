/** Losses and other numbers over the steps of a training. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { nameScale, TINT, tintBy } from "../vega/encodings.ts";
import { legendSwitch, tips, unseen } from "../vega/interaction.ts";
import { numberText, round } from "../vega/numbers.ts";
import { countLeftOut, fitsAxis, leftOutText, withSubtitle } from "../vega/log_axis.ts";
import { checkRows, groupRows, thinRows } from "../vega/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../vega/theme.ts";

/** Points a curve keeps; more than a screen can show only makes notebooks heavy. */
export const CURVE_POINTS = 400;

/** A measured value of one series at one step or epoch. */
export interface CurveRow {
  /** Name of the line. */
  readonly series: string;
  /** Along the x axis. */
  readonly step: number;
  /** Along the y axis. */
  readonly value: number;
}

/** Titles and scales of {@link trainingCurves}. */
export interface CurveOptions extends ChartTitles {
  /** Title of the horizontal axis; "step". */
  readonly xTitle?: string;
  /** Title of the vertical axis with its unit; "loss". */
  readonly yTitle?: string;
  /** True for a logarithmic vertical axis; values that are not positive are left out, and counted below the title. */
  readonly log?: boolean;
  /**
   * Weight of the past in an exponential moving average, in [0, 1); 0 draws the values as they are.
   * With smoothing the values themselves stay visible as a faint line.
   */
  readonly smoothing?: number;
}

/**
 * Curves of one or more series over steps or epochs.
 *
 * @throws RangeError if no row is left to draw or `smoothing` is outside [0, 1).
 */
export function trainingCurves(rows: readonly CurveRow[], options: CurveOptions = {}): Chart {
  checkList("trainingCurves()", rows, "a list of rows");
  checkOptionNames("trainingCurves()", options, {
    known: { ...TITLES, xTitle: true, yTitle: true, log: true, smoothing: true },
    example: "{ smoothing: 0.9 }",
  });
  const { log = false, smoothing = 0, yTitle = "loss", xTitle = "step" } = options;
  const drawn = drawable(rows, log);
  checkRows(drawn, "training curves", rows);
  const leftOut = leftOutText(countLeftOut(rows.map(({ value }) => value), log));
  const groups = groupRows(drawn, (row) => row.series);
  const values = [...groups.values()].flatMap((group) =>
    thinRows(smooth(group, smoothing), CURVE_POINTS)
  );
  const scales = nameScale([...groups.keys()]);
  const x = axisX("step", xTitle);
  const y = (field: string) => ({
    field,
    type: "quantitative",
    scale: log ? { type: "log" } : { zero: false },
    title: yTitle,
  });
  const color = { field: "series", type: "nominal", scale: scales.color };
  const strokeDash = { field: "series", type: "nominal", scale: scales.strokeDash };
  const { params, opacity, isOn } = legendSwitch("series", [...groups.keys()]);
  const line = {
    params,
    mark: "line",
    encoding: { x, y: y("smooth"), color, strokeDash, opacity: opacity() },
  };
  const faint = {
    transform: [tintBy("series", [...groups.keys()])],
    mark: { type: "line", strokeWidth: 1 },
    encoding: { x, y: y("value"), stroke: TINT, opacity: opacity(0.25) },
  };
  const told = unseen({ type: "point", size: 120 }, {
    x,
    y: y("smooth"),
    tooltip: tips(
      { field: "series", title: "series" },
      { field: "step", title: xTitle, format: "," },
      { field: "value", title: yTitle, format: ".4~g" },
      ...(smoothing > 0 ? [{ field: "smooth", title: `${yTitle}, smoothed`, format: ".4~g" }] : []),
    ),
  }, isOn);
  return new Chart({
    ...headOf(withSubtitle(options, leftOut), "Training curves"),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      layer: [...(smoothing > 0 ? [faint] : []), line, told],
    },
    facts: [...lastValues(groups, yTitle, xTitle), ...leftOut],
  });
}

/**
 * Exponential moving average of a series, corrected for its start (Kingma and Ba 2015, section 3):
 * the first value is kept as it is instead of being drawn towards zero.
 *
 * @param weight Weight of the past, in [0, 1).
 * @returns The rows with `smooth` beside `value`.
 * @throws {RangeError} The weight is not in [0, 1).
 */
export function smooth<T extends { readonly value: number }>(
  rows: readonly T[],
  weight: number,
): (T & { smooth: number })[] {
  checkList("smooth()", rows, "a list of rows");
  if (!(weight >= 0 && weight < 1)) {
    throw new RangeError(`Cannot smooth a curve: found weight ${weight}, want a number in [0, 1)`);
  }
  let sum = 0;
  let total = 0;
  return rows.map((row) => {
    sum = weight * sum + (1 - weight) * row.value;
    total = weight * total + (1 - weight);
    return { ...row, value: round(row.value), smooth: round(sum / total) };
  });
}

/** The rows that an axis can hold. */
export function drawable(rows: readonly CurveRow[], log: boolean): CurveRow[] {
  return rows.filter((row) => fitsAxis(row.value, log));
}

/** The axis of steps or epochs. */
export function axisX(
  field: string,
  title: string,
  domain?: readonly number[],
): Record<string, unknown> {
  return {
    field,
    type: "quantitative",
    title,
    axis: { grid: false, tickCount: 8, tickMinStep: 1 },
    scale: domain === undefined ? { nice: false, zero: false } : { domain, nice: false },
  };
}

/** The last value of each series as a fact. */
export function lastValues(
  groups: Map<string, CurveRow[]>,
  yTitle: string,
  xTitle: string,
): string[] {
  return [...groups].map(([series, group]) => {
    const end = group.at(-1)!;
    return `${series}: ${yTitle} ${numberText(end.value)} at ${xTitle} ${numberText(end.step)}`;
  });
}
