/** Labels beside what networks predict for them. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { tips } from "../vega/interaction.ts";
import { numberText, round } from "../vega/numbers.ts";
import { checkRows, thinRows } from "../vega/rows.ts";
import { COLOURS } from "../vega/theme.ts";

/** A label and what a network predicted for it, in label units. */
export interface PredictionRow {
  /** The label, in its unit. */
  readonly truth: number;
  /** In the same unit. */
  readonly predicted: number;
}

/** Titles of charts of predictions. */
export interface PredictionOptions extends ChartTitles {
  /** "degrees" or "years". */
  readonly unit?: string;
  /** What the horizontal axis shows, without its unit; "true label". */
  readonly xTitle?: string;
  /** What the vertical axis shows, without its unit; "predicted label". */
  readonly yTitle?: string;
  /** What a point is, in the plural; "images". */
  readonly points?: string;
}

const PREDICTION_OPTIONS: Readonly<Record<keyof PredictionOptions, true>> = {
  ...TITLES,
  unit: true,
  xTitle: true,
  yTitle: true,
  points: true,
};

/**
 * Predicted against true labels with the line of perfect prediction; at most 2,000 points are drawn.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function predictedAgainstTrue(
  rows: readonly PredictionRow[],
  options: PredictionOptions = {},
): Chart {
  checkList("predictedAgainstTrue()", rows, "a list of rows");
  checkOptionNames("predictedAgainstTrue()", options, {
    known: PREDICTION_OPTIONS,
    example: '{ unit: "years" }',
  });
  const drawn = drawable(rows);
  checkRows(drawn, "predictions");
  const mae = errorOf(drawn, options);
  return new Chart({
    ...headOf({ ...options, subtitle: options.subtitle ?? mae }, "Predicted against true labels"),
    body: {
      width: 400,
      height: 400,
      layer: panelOf(drawn, { ...options, range: rangeOf(drawn), most: 2000 }),
    },
    facts: [mae],
  });
}

/** Predictions of one panel. */
export interface PredictionPanel {
  /** For instance "before adjustment". */
  readonly name: string;
  /** One for each image. */
  readonly rows: readonly PredictionRow[];
}

/**
 * Predicted against true labels in panels with one range, for instance of fakes before and after their
 * labels are adjusted: the nearer the points to the line, the better the labels fit the images. The
 * network that predicts must not be the one that adjusts; to itself every adjusted label is perfect.
 *
 * @throws RangeError if a panel has nothing to draw.
 */
export function predictionPanels(
  panels: readonly PredictionPanel[],
  options: PredictionOptions = {},
): Chart {
  checkList("predictionPanels()", panels, "a list of panels");
  checkOptionNames("predictionPanels()", options, {
    known: PREDICTION_OPTIONS,
    example: '{ unit: "years" }',
  });
  checkRows(panels, "panels of predictions");
  const drawn = panels.map(({ name, rows }) => ({ name, rows: drawable(rows) }));
  for (const { name, rows } of drawn) checkRows(rows, `predictions "${name}"`);
  const range = rangeOf(drawn.flatMap(({ rows }) => rows));
  const side = drawn.length <= 2 ? 270 : 200;
  return new Chart({
    ...headOf(options, "Predicted against true labels"),
    body: {
      spacing: 24,
      hconcat: drawn.map(({ name, rows }, k) => ({
        title: {
          text: name,
          subtitle: errorOf(rows, options),
          anchor: "start",
          fontSize: 12,
          offset: 6,
        },
        width: side,
        height: side,
        layer: panelOf(rows, { ...options, range, most: 1500, bare: k > 0 }),
      })),
    },
    facts: drawn.map(({ name, rows }) => `${name}: ${errorOf(rows, options)}`),
  });
}

interface PanelOptions extends PredictionOptions {
  readonly range: readonly [number, number];
  /** Most points that are drawn. */
  readonly most: number;
  /** Without the title of the vertical axis, which the first panel has. */
  readonly bare?: boolean;
}

function panelOf(rows: readonly PredictionRow[], options: PanelOptions): object[] {
  const { unit = "label units", xTitle = "true label", yTitle = "predicted label" } = options;
  const { range, most, bare = false } = options;
  const shown = thinRows(rows, most);
  const mark = shown.length > 200 ? { size: 14, opacity: 0.35 } : { size: 40, opacity: 0.7 };
  const scale = { domain: [...range], nice: true };
  return [
    {
      data: {
        values: shown.map(({ truth, predicted }) => ({
          truth: round(truth),
          predicted: round(predicted),
        })),
      },
      mark: { type: "circle", ...mark, color: COLOURS[0] },
      encoding: {
        x: { field: "truth", type: "quantitative", title: `${xTitle} (${unit})`, scale },
        y: {
          field: "predicted",
          type: "quantitative",
          title: bare ? null : `${yTitle} (${unit})`,
          // Labels in every panel: without, its title would not stand as high as the first one's.
          scale,
        },
        tooltip: tips(
          { field: "truth", title: `${xTitle} (${unit})`, format: ".4~g" },
          { field: "predicted", title: `${yTitle} (${unit})`, format: ".4~g" },
        ),
      },
    },
    {
      data: { values: [{ at: range[0] }, { at: range[1] }] },
      mark: { type: "line", strokeDash: [5, 4], strokeWidth: 1.5, color: "#000000" },
      encoding: {
        x: { field: "at", type: "quantitative" },
        y: { field: "at", type: "quantitative" },
      },
    },
  ];
}

function drawable(rows: readonly PredictionRow[]): PredictionRow[] {
  return rows.filter((row) => Number.isFinite(row.truth) && Number.isFinite(row.predicted));
}

function errorOf(rows: readonly PredictionRow[], options: PredictionOptions): string {
  const { unit = "label units", points = "images" } = options;
  const sum = rows.reduce((total, row) => total + Math.abs(row.truth - row.predicted), 0);
  return `MAE ${numberText(sum / rows.length)} ${unit} over ` +
    `${rows.length.toLocaleString("en-US")} ${points}`;
}

function rangeOf(rows: readonly PredictionRow[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { truth, predicted } of rows) {
    low = Math.min(low, truth, predicted);
    high = Math.max(high, truth, predicted);
  }
  return [low, high];
}
