/** Ours beside the paper, cell by cell. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
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
  checkList("resultDots()", rows, "a list of rows");
  checkOptionNames("resultDots()", options, {
    known: { ...TITLES, xTitle: true },
    example: '{ xTitle: "test error (%)" }',
  });
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
