/** Errors against what is varied: M^g, rho. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import {
  hasInterval,
  layersWith,
  nameScale,
  shapeScale,
  WITH_INTERVAL,
  withIntervalText,
} from "../vega/encodings.ts";
import { legendSwitch, tips } from "../vega/interaction.ts";
import { maximum, numberText } from "../vega/numbers.ts";
import { checkRows, groupRows } from "../vega/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../vega/theme.ts";

/** Who measured a value: this project or the authors. */
export type Source = "ours" | "paper";

/** What legends and the pointer say of a source; the paper prints no numbers of these figures. */
export const SOURCE_TITLES: Readonly<Record<Source, string>> = {
  ours: "ours",
  paper: "paper, read off figure",
};

/** Of lines. */
const SOURCE_DASHES: Readonly<Record<Source, number[]>> = { ours: [1, 0], paper: [4, 4] };

/** One point of an error curve. */
export interface ErrorRow {
  /** M^g, rho, or whatever is varied. */
  readonly x: number;
  /** Mean over seeds (ours) or the published value. */
  readonly value: number;
  /** Lower end of the interval; left out where there is none. */
  readonly low?: number;
  /** Upper end of the interval. */
  readonly high?: number;
  /** Usually the student. */
  readonly series: string;
  /** Who measured it. */
  readonly source: Source;
}

/** Titles of {@link errorAgainst}. */
export interface ErrorAgainstOptions extends ChartTitles {
  /** Title of the horizontal axis; "processed fake images M^g". */
  readonly xTitle?: string;
  /** "sqrt" gives small numbers room, and has a 0; default: "linear". */
  readonly xScale?: "linear" | "sqrt";
  /** Title of the vertical axis with unit; "test error (%)". */
  readonly yTitle?: string;
  /** Positions to mark, for instance the minimiser of the bound and that of the grid search. */
  readonly markers?: readonly ErrorMarker[];
  /** Errors that have no place on the axis, such as those without fakes: a thin rule in the colour of the series. */
  readonly levels?: readonly ErrorLevel[];
}

/** A position on the horizontal axis of {@link errorAgainst}. */
export interface ErrorMarker {
  /** Where. */
  readonly x: number;
  /** What is there. */
  readonly label: string;
}

/** An error of a series that has no place on the axis of {@link errorAgainst}. */
export interface ErrorLevel {
  /** Whose colour it has. */
  readonly series: string;
  /** The error. */
  readonly value: number;
  /** What it is. */
  readonly label: string;
}

/**
 * Error against a quantity that is varied (M^g, rho): ours with intervals, the paper's beside it.
 *
 * Series differ by colour and shape; ours is filled with a full line, the paper hollow and dashed.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function errorAgainst(rows: readonly ErrorRow[], options: ErrorAgainstOptions = {}): Chart {
  checkList("errorAgainst()", rows, "a list of rows");
  checkOptionNames("errorAgainst()", options, {
    known: { ...TITLES, xTitle: true, xScale: true, yTitle: true, markers: true, levels: true },
    example: '{ xTitle: "rho" }',
  });
  const drawn = rows.filter((row) => Number.isFinite(row.x) && Number.isFinite(row.value));
  checkRows(drawn, "an error curve");
  const xTitle = options.xTitle ?? "processed fake images M^g";
  const yTitle = options.yTitle ?? "test error (%)";
  const names = [...new Set(drawn.map((row) => row.series))];
  const x = {
    field: "x",
    type: "quantitative",
    title: xTitle,
    axis: {
      grid: false,
      ...(options.xScale === "sqrt"
        ? { values: squareRootTicks(drawn.map((row) => row.x)) }
        : { tickCount: 8 }),
    },
    scale: { type: options.xScale ?? "linear", zero: false, nice: false, padding: 12 },
  };
  const y = { field: "value", type: "quantitative", title: yTitle, scale: { zero: false } };
  const tooltip = tips(
    { field: "series", title: "series" },
    { field: "measured", title: "measured by" },
    { field: "x", title: xTitle, format: ",.4~g" },
    { field: "value", title: yTitle, format: ".4~g" },
    ...(drawn.some(hasInterval) ? [{ field: "interval", title: "95 % interval" }] : []),
  );
  const values = withIntervalText(drawn).map((row) => ({
    ...row,
    measured: SOURCE_TITLES[row.source],
  }));
  return new Chart({
    ...headOf(options, "Error against the number of fakes"),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT + 20,
      data: { values },
      layer: [
        ...(options.markers ?? []).map(markerLayer),
        ...(options.levels ?? []).map((level) => levelLayer(level, names)),
        ...curveLayers(drawn, { x, y, tooltip }),
      ],
    },
    facts: [...groupRows(drawn, (row) => `${row.series} (${row.source})`)].map(([name, group]) => {
      const best = group.reduce((least, row) => (row.value < least.value ? row : least));
      return `${name}: least ${numberText(best.value)} at ${numberText(best.x)}`;
    }),
  });
}

/** Intervals, lines and points: ours is a full line and filled points, the paper a dashed line and hollow ones. */
function curveLayers(
  rows: readonly ErrorRow[],
  { x, y, tooltip }: { x: object; y: object; tooltip: readonly object[] },
): object[] {
  const names = [...new Set(rows.map((row) => row.series))];
  const isFrom = (source: Source) => rows.some((row) => row.source === source);
  const sources = (["ours", "paper"] as const).filter(isFrom);
  const color = { field: "series", type: "nominal", scale: nameScale(names).color };
  const shape = { field: "series", type: "nominal", scale: shapeScale(names) };
  const strokeDash = {
    field: "measured",
    type: "nominal",
    scale: {
      domain: sources.map((source) => SOURCE_TITLES[source]),
      range: sources.map((source) => SOURCE_DASHES[source]),
    },
  };
  const { params, opacity } = legendSwitch("series", names);
  return layersWith(
    [rows.some(hasInterval), {
      transform: [{ filter: WITH_INTERVAL }],
      mark: { type: "rule", strokeWidth: 1.5 },
      encoding: {
        x,
        y: { ...y, field: "low" },
        y2: { field: "high" },
        color,
        opacity: opacity(),
      },
    }],
    [true, {
      params,
      mark: { type: "line" },
      encoding: { x, y, color, strokeDash, opacity: opacity() },
    }],
    [isFrom("paper"), {
      transform: [{ filter: "datum.source === 'paper'" }],
      mark: { type: "point", filled: true, fill: "white" },
      encoding: { x, y, stroke: color, shape, opacity: opacity(), tooltip },
    }],
    [isFrom("ours"), {
      transform: [{ filter: "datum.source === 'ours'" }],
      mark: { type: "point", filled: true },
      encoding: { x, y, color, shape, opacity: opacity(), tooltip },
    }],
  );
}

/** A position on the horizontal axis: a dotted rule, and its name below those of the markers before. */
function markerLayer({ x, label }: ErrorMarker, index: number): object {
  return {
    layer: [
      {
        data: { values: [{}] },
        mark: { type: "rule", strokeDash: [2, 3], color: "#444444" },
        encoding: { x: { datum: x, type: "quantitative" } },
      },
      {
        data: { values: [{}] },
        mark: {
          type: "text",
          align: "left",
          baseline: "top",
          dx: 4,
          fontSize: 11,
          color: "#444444",
        },
        encoding: {
          x: { datum: x, type: "quantitative" },
          y: { value: 2 + 14 * index },
          text: { value: label },
        },
      },
    ],
  };
}

/** An error without a place on the axis: a rule over all of it. */
function levelLayer({ series, value, label }: ErrorLevel, names: readonly string[]): object {
  const tint = nameScale(names).color.range[names.indexOf(series)] ?? "#444444";
  const y = { datum: value, type: "quantitative" };
  return {
    layer: [
      { data: { values: [{}] }, mark: { type: "rule", color: tint }, encoding: { y } },
      {
        data: { values: [{}] },
        mark: { type: "text", align: "right", baseline: "bottom", dy: -2, color: tint },
        encoding: { y, x: { value: CHART_WIDTH }, text: { value: label } },
      },
    ],
  };
}

/** 0, 1, 2, 5, 10, ... as far down as labels have room: Vega's own ticks crowd at the left end. */
function squareRootTicks(values: readonly number[]): number[] {
  const most = maximum(values);
  const ticks = [0];
  for (let power = 10 ** Math.floor(Math.log10(most / 40)); power <= most; power *= 10) {
    ticks.push(...[1, 2, 5].map((digit) => digit * power));
  }
  return ticks.filter((tick) => tick === 0 || (tick >= most / 40 && tick <= most));
}
