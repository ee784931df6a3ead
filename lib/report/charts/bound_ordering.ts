/** Whether the error bound orders cells as they turned out; for the notebooks' ablation cells to come. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, TITLES } from "../vega/chart.ts";
import { hasInterval, layersWith, WITH_INTERVAL } from "../vega/encodings.ts";
import { tips } from "../vega/interaction.ts";
import { numberText } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH, COLOURS } from "../vega/theme.ts";
import type { MeasuredRow } from "./error_bound.ts";

/** One cell's bound and measured excess error. */
export interface OrderingRow extends MeasuredRow {
  /** The whole right side of the bound. */
  readonly bound: number;
}

/**
 * Measured excess error against the bound, one labelled point per cell: points that rise from left to
 * right mean that the bound orders the cells as they turned out.
 *
 * @param options `tau`, `pValue`: Kendall's tau-b and its p-value, printed below the title.
 * @throws RangeError if there is nothing to draw.
 */
export function boundOrdering(
  rows: readonly OrderingRow[],
  options: ChartTitles & { tau?: number; pValue?: number } = {},
): Chart {
  checkList("boundOrdering()", rows, "a list of rows");
  checkOptionNames("boundOrdering()", options, {
    known: { ...TITLES, tau: true, pValue: true },
    example: "{ tau: 0.5 }",
  });
  checkRows(rows, "the ordering of the bound");
  const tau = options.tau === undefined ? undefined : `Kendall's tau-b ${options.tau.toFixed(2)}` +
    (options.pValue === undefined ? "" : `, p = ${numberText(options.pValue)}`);
  const subtitle = [options.subtitle, tau].flat().filter((part) => part !== undefined).join("; ");
  const x = {
    field: "bound",
    type: "quantitative",
    title: "bound",
    axis: { tickCount: 6 },
    scale: { zero: false, padding: 30 },
  };
  const y = {
    field: "value",
    type: "quantitative",
    title: "measured excess error",
    scale: { zero: false, padding: 20 },
  };
  return new Chart({
    title: options.title ?? "Does the bound order the cells?",
    ...(subtitle === "" ? {} : { subtitle }),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT + 40,
      data: { values: rows },
      layer: [
        ...layersWith([rows.some(hasInterval), {
          transform: [{ filter: WITH_INTERVAL }],
          mark: { type: "rule", color: "#888888" },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
        }]),
        {
          mark: { type: "point", filled: true, color: COLOURS[0] },
          encoding: {
            x,
            y,
            tooltip: tips(
              { field: "cell", title: "cell" },
              { field: "bound", title: "bound", format: ".3~g" },
              { field: "value", title: "measured excess error", format: ".3~g" },
            ),
          },
        },
        {
          mark: { type: "text", align: "left", dx: 8, dy: -6, fontSize: 10, color: "#444444" },
          encoding: { x, y, text: { field: "cell", type: "nominal" } },
        },
      ],
    },
    facts: tau === undefined ? [] : [tau],
  });
}
