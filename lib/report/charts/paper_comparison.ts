/**
 * Ours beside the paper, cell by cell, and the steps of the component ablation; for the notebooks' ablation cells to
 * come.
 */
import { Chart, type ChartTitles, headOf } from "../vega/chart.ts";
import { hasInterval, layersWith, WITH_INTERVAL, withIntervalText } from "../vega/encodings.ts";
import { tips } from "../vega/interaction.ts";
import { numberText } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { CHART_WIDTH, COLOURS } from "../vega/theme.ts";
import type { Source } from "./error_against.ts";

/** One cell of a table: ours with its interval, and the published value. */
export interface ResultDot {
  /** For instance "VGG11, cGAN-KD". */
  readonly cell: string;
  /** Mean over our seeds; left out where nothing was run. */
  readonly ours?: number;
  /** Lower end of our interval; left out where there is none. */
  readonly low?: number;
  /** Upper end of our interval. */
  readonly high?: number;
  /** The published value; left out where there is none. */
  readonly paper?: number;
}

/**
 * Ours and the paper's value of each cell on one line: a filled circle with its interval, and a
 * hollow diamond.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function resultDots(
  rows: readonly ResultDot[],
  options: ChartTitles & { xTitle?: string } = {},
): Chart {
  checkRows(rows, "a comparison with the paper");
  const values = rows.flatMap((row) => [
    ...(row.paper === undefined
      ? []
      : [{ cell: row.cell, value: row.paper, source: "paper" as Source }]),
    ...(row.ours === undefined ? [] : [{
      cell: row.cell,
      value: row.ours,
      low: row.low,
      high: row.high,
      source: "ours" as Source,
    }]),
  ]);
  const domain = ["ours", "paper"];
  const x = {
    field: "value",
    type: "quantitative",
    title: options.xTitle ?? "test error (%)",
    scale: { zero: false },
  };
  const y = {
    field: "cell",
    type: "nominal",
    sort: null,
    title: null,
    axis: { grid: true, labelLimit: 300 },
    scale: { domain: rows.map((row) => row.cell) },
  };
  const color = {
    field: "source",
    type: "nominal",
    scale: { domain, range: [COLOURS[0], COLOURS[1]] },
  };
  return new Chart({
    ...headOf(options, "Ours beside the paper"),
    body: {
      width: CHART_WIDTH - 140,
      height: { step: 20 },
      data: { values: withIntervalText(values) },
      layer: [
        ...layersWith([rows.some(hasInterval), {
          transform: [{ filter: WITH_INTERVAL }],
          mark: { type: "rule", strokeWidth: 1.5, color: COLOURS[0] },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y },
        }]),
        {
          mark: { type: "point", filled: true, size: 70 },
          encoding: {
            x,
            y,
            stroke: color,
            fill: {
              field: "source",
              type: "nominal",
              scale: { domain, range: [COLOURS[0], "white"] },
            },
            shape: {
              field: "source",
              type: "nominal",
              scale: { domain, range: ["circle", "diamond"] },
            },
            tooltip: tips(
              { field: "cell", title: "cell" },
              { field: "source", title: "measured by" },
              { field: "value", title: options.xTitle ?? "test error (%)", format: ".4~g" },
              ...(rows.some(hasInterval) ? [{ field: "interval", title: "95 % interval" }] : []),
            ),
          },
        },
      ],
    },
    facts: rows.map((row) =>
      `${row.cell}: ours ${row.ours === undefined ? "–" : numberText(row.ours)}, ` +
      `paper ${row.paper === undefined ? "–" : numberText(row.paper)}`
    ),
  });
}

/** The error of one student after one processing of the fakes. */
export interface ComponentRow {
  /** For instance "subsampling+filtering". */
  readonly processing: string;
  /** What was trained on them. */
  readonly student: string;
  /** Mean over seeds (ours) or the published value. */
  readonly value: number;
  /** Lower end of the interval; left out where there is none. */
  readonly low?: number;
  /** Upper end of the interval. */
  readonly high?: number;
  /** Who measured it. */
  readonly source: Source;
}

/**
 * The effect of each processing step, one panel per student: ours as bars with intervals, the paper's
 * values as hollow diamonds.
 *
 * @param options `steps`: the order of the steps; as they appear when left out.
 * @throws RangeError if there is nothing to draw.
 */
export function componentsChart(
  rows: readonly ComponentRow[],
  options: ChartTitles & { yTitle?: string; steps?: readonly string[] } = {},
): Chart {
  checkRows(rows, "the effect of components");
  const steps = options.steps ?? [...new Set(rows.map((row) => row.processing))];
  const students = [...new Set(rows.map((row) => row.student))];
  // Each bar adds a step to the one before: its label needs only what is new.
  const values = withIntervalText(rows).map((row) => ({
    ...row,
    step: steps.indexOf(row.processing) + 1,
  }));
  const labels = steps.map((step) => (step.includes("+") ? `+ ${step.split("+").at(-1)}` : step));
  const y = {
    field: "value",
    type: "quantitative",
    title: options.yTitle ?? "test error (%)",
  };
  const x = {
    field: "step",
    type: "ordinal",
    title: null,
    scale: { domain: steps.map((_, index) => index + 1) },
    axis: {
      labelAngle: -35,
      labelExpr: `${JSON.stringify(labels)}[datum.value - 1]`,
    },
  };
  const tooltip = tips(
    { field: "student", title: "student" },
    { field: "processing", title: "fakes" },
    { field: "source", title: "measured by" },
    { field: "value", title: options.yTitle ?? "test error (%)", format: ".4~g" },
    ...(rows.some(hasInterval) ? [{ field: "interval", title: "95 % interval" }] : []),
  );
  const domain = ["ours", "paper"];
  const bySource = (...range: string[]) => ({
    field: "source",
    type: "nominal",
    scale: { domain, range },
  });
  return new Chart({
    ...headOf(options, "Effect of components"),
    body: {
      data: { values },
      facet: { column: { field: "student", type: "nominal", sort: students } },
      spacing: 12,
      spec: {
        width: Math.max(110, Math.floor(CHART_WIDTH / students.length) - 12),
        height: 220,
        layer: layersWith(
          [rows.some((row) => row.source === "ours"), {
            transform: [{ filter: "datum.source === 'ours'" }],
            mark: { type: "bar", width: { band: 0.7 }, color: COLOURS[5] },
            encoding: { x, y, tooltip },
          }],
          [rows.some(hasInterval), {
            transform: [{ filter: WITH_INTERVAL }],
            mark: { type: "rule", strokeWidth: 1.5 },
            encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
          }],
          [rows.some((row) => row.source === "paper"), {
            transform: [{ filter: "datum.source === 'paper'" }],
            mark: { type: "point", filled: true, size: 80 },
            encoding: {
              x,
              y,
              stroke: bySource(COLOURS[5], COLOURS[1]),
              fill: bySource(COLOURS[5], "white"),
              shape: bySource("square", "diamond"),
              tooltip,
            },
          }],
        ),
      },
    },
    facts: rows.map((row) =>
      `${row.student}, ${row.processing} (${row.source}): ${numberText(row.value)}`
    ),
  });
}
