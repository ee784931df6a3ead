/** Students over their epochs, as bands over seeds. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, headOf, TITLES } from "../vega/chart.ts";
import { bandedLines, placeBands } from "../vega/bands.ts";
import { lineLegend } from "../vega/encodings.ts";
import { tips } from "../vega/interaction.ts";
import { countLeftOut, fitsAxis, leftOutText, withSubtitle } from "../vega/log_axis.ts";
import { numberText, round } from "../vega/numbers.ts";
import { checkRows, groupRows, thinRows } from "../vega/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../vega/theme.ts";
import { axisX, CURVE_POINTS, type CurveOptions } from "./training_curves.ts";

/** The test error or MAE of one student of one seed after one epoch. */
export interface StudentCurveRow {
  /** What is compared: a method, or student and method. */
  readonly series: string;
  /** Of the student. */
  readonly seed: number;
  /** Epochs done. */
  readonly epoch: number;
  /** On the test set, in the unit of the chart. */
  readonly value: number;
}

/** Up to as many epochs, each is marked by a point. */
const FEW = 10;

/** One point of a band over seeds. */
export interface BandRow {
  /** Name of the line: the method. */
  readonly series: string;
  /** Epochs done. */
  readonly epoch: number;
  /** Over the seeds. */
  readonly mean: number;
  /** Smallest of the seeds. */
  readonly low: number;
  /** Greatest of the seeds. */
  readonly high: number;
  /** How many. */
  readonly seeds: number;
}

/** Mean, least and greatest value over the seeds of each series at each epoch. */
export function bandOverSeeds(rows: readonly StudentCurveRow[]): BandRow[] {
  checkList("bandOverSeeds()", rows, "a list of rows");
  const groups = groupRows(
    rows.filter((row) => Number.isFinite(row.value)),
    (row) => JSON.stringify([row.series, row.epoch]),
  );
  return [...groups.values()].map((group) => {
    const values = group.map((row) => row.value);
    return {
      series: group[0]!.series,
      epoch: group[0]!.epoch,
      mean: round(values.reduce((sum, value) => sum + value, 0) / values.length),
      low: round(Math.min(...values)),
      high: round(Math.max(...values)),
      seeds: values.length,
    };
  });
}

/**
 * Rows as an axis holds them: the mean stays that of all seeds, but on a logarithmic axis a band begins at the least
 * seed that is positive, or at the mean where that is lower, so that an epoch stays where one seed of it is 0.
 */
function onAxis(
  rows: readonly StudentCurveRow[],
  log: boolean,
): (BandRow & { readonly from: number })[] {
  const least = new Map(
    bandOverSeeds(rows.filter(({ value }) => fitsAxis(value, log)))
      .map(({ series, epoch, low }) => [JSON.stringify([series, epoch]), low]),
  );
  return bandOverSeeds(rows).flatMap((row) => {
    const from = least.get(JSON.stringify([row.series, row.epoch]));
    return from === undefined || !fitsAxis(row.mean, log)
      ? []
      : [{ ...row, from: Math.min(from, row.mean) }];
  });
}

/**
 * Students over epochs: the mean over seeds as a line, least to greatest as a band; where an epoch has one seed beside
 * epochs of several, it is a point without a band. On a logarithmic axis a line below the title counts the values of
 * single seeds that it cannot hold; means are still those of all seeds.
 *
 * @param options `yTitle` carries metric and unit; "test error (%)".
 * @throws RangeError if no row is left to draw.
 */
export function studentCurves(
  rows: readonly StudentCurveRow[],
  options: Omit<CurveOptions, "smoothing"> = {},
): Chart {
  checkList("studentCurves()", rows, "a list of rows");
  checkOptionNames("studentCurves()", options, {
    known: { ...TITLES, xTitle: true, yTitle: true, log: true },
    example: '{ yTitle: "MAE (degrees)" }',
  });
  const { yTitle = "test error (%)", xTitle = "epoch", log = false } = options;
  const band = onAxis(rows, log);
  checkRows(band, "student curves", rows);
  const leftOut = leftOutText(countLeftOut(rows.map(({ value }) => value), log));
  const groups = groupRows(band, (row) => row.series);
  const names = [...groups.keys()];
  const values = placeBands(
    [...groups.values()].flatMap((group) => thinRows(group, CURVE_POINTS)),
    {
      series: (row) => row.series,
      position: (row) => row.epoch,
      hasInterval: (row) => row.seeds > 1,
    },
  );
  const epochs = band.map((row) => row.epoch);
  const last = Math.max(...epochs);
  // Measured once, they have neither line nor band: points and rules show them, on an axis that starts at 0.
  const isOnce = Math.min(...epochs) === last;
  const x = axisX("epoch", xTitle, isOnce ? [0, last] : undefined);
  const scale = log ? { type: "log" } : { zero: false };
  const y = (field: string) => ({ field, type: "quantitative", scale, title: yTitle });
  const isRepeated = band.some(({ seeds }) => seeds > 1);
  return new Chart({
    ...headOf(
      withSubtitle(options, leftOut),
      isRepeated ? "Students: mean over seeds, band from least to greatest" : "Students",
    ),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      layer: bandedLines(values, {
        field: "series",
        names,
        x,
        y,
        low: "from",
        high: "high",
        middle: "mean",
        shade: 0.18,
        legend: lineLegend(names),
        line: { point: new Set(epochs).size <= FEW },
        tooltip: tips(
          { field: "series", title: "student" },
          { field: "epoch", title: xTitle, format: "," },
          { field: "mean", title: isRepeated ? `${yTitle}, mean` : yTitle, format: ".4~g" },
          ...(isRepeated
            ? [
              { field: "low", title: "least", format: ".4~g" },
              { field: "high", title: "greatest", format: ".4~g" },
              { field: "seeds", title: "seeds", format: "d" },
            ]
            : []),
        ),
        reach: 160,
      }),
    },
    facts: [
      ...[...groups].map(([series, group]) => endText(series, group)),
      ...leftOut,
    ],
  });
}

/** Where a line ends, and how far its seeds lie apart there. */
function endText(series: string, rows: readonly BandRow[]): string {
  const end = rows.reduce((best, row) => (row.epoch >= best.epoch ? row : best));
  // One seed has no range.
  const seeds = end.seeds === 1
    ? "1 seed"
    : `${numberText(end.low)} to ${numberText(end.high)}, ${end.seeds} seeds`;
  return `${series}: ${numberText(end.mean)} (${seeds}) after epoch ${end.epoch}`;
}
