/** A quantity over two others that are varied together. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { tips } from "../vega/interaction.ts";
import { numberText, signedText } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { CHART_WIDTH } from "../vega/theme.ts";

/** One cell of a map. */
export interface MapCell {
  /** Along the horizontal axis. */
  readonly x: number;
  /** Along the vertical axis. */
  readonly y: number;
  /** What is drawn: blue below 0, red above. */
  readonly value: number;
}

/** Titles of {@link heatMap}, and cells to mark. */
export interface HeatMapOptions extends ChartTitles {
  /** Of the horizontal axis. */
  readonly xTitle: string;
  /** Of the vertical axis. */
  readonly yTitle: string;
  /** Of the values, with their unit. */
  readonly valueTitle: string;
  /** Frames around cells, such as the minimiser of the bound; the first is a full line, the second a dashed one. */
  readonly marks?: readonly { readonly x: number; readonly y: number; readonly label: string }[];
}

/**
 * A cell for each pair of values, coloured by what it holds, with the number in it: blue is below 0, red above, white is 0.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function heatMap(cells: readonly MapCell[], options: HeatMapOptions): Chart {
  checkList("heatMap()", cells, "a list of cells");
  checkOptionNames("heatMap()", options, {
    known: { ...TITLES, xTitle: true, yTitle: true, valueTitle: true, marks: true },
    example: '{ xTitle: "N", yTitle: "M^g", valueTitle: "gain (points)" }',
  });
  checkRows(cells, "a map");
  const { xTitle, yTitle, valueTitle, marks = [] } = options;
  const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  const [xs, ys] = [ascending(cells.map(({ x }) => x)), ascending(cells.map(({ y }) => y))];
  const most = Math.max(...cells.map(({ value }) => Math.abs(value)), 1e-9);
  const x = {
    field: "x",
    type: "ordinal",
    title: xTitle,
    sort: xs,
    axis: { labelAngle: 0, format: ",d" },
  };
  const y = { field: "y", type: "ordinal", title: yTitle, sort: ys.toReversed() };
  const dashes = [[1, 0], [5, 3]];
  return new Chart({
    ...headOf({
      ...options,
      subtitle: [
        ...[options.subtitle ?? []].flat(),
        ...marks.map(({ label }, i) => `${i === 0 ? "Full" : "Dashed"} frame: ${label}.`),
      ],
    }, "Map"),
    body: {
      width: CHART_WIDTH,
      height: 44 * ys.length,
      layer: [
        {
          data: { values: cells.map((cell) => ({ ...cell, text: signedText(cell.value) })) },
          mark: { type: "rect", stroke: "#ffffff" },
          encoding: {
            x,
            y,
            color: {
              field: "value",
              type: "quantitative",
              title: valueTitle,
              scale: { domain: [-most, 0, most], range: ["#0072b2", "#ffffff", "#d55e00"] },
            },
            tooltip: tips(
              { field: "x", title: xTitle, format: ",d" },
              { field: "y", title: yTitle },
              { field: "value", title: valueTitle, format: "+.3~g" },
            ),
          },
        },
        {
          data: { values: cells.map((cell) => ({ ...cell, text: signedText(cell.value) })) },
          mark: { type: "text", color: "#000000" },
          encoding: { x, y, text: { field: "text" } },
        },
        ...marks.map((mark, i) => ({
          data: { values: [mark] },
          mark: {
            type: "rect",
            fill: null,
            stroke: "#000000",
            strokeWidth: 2.5,
            strokeDash: dashes[i] ?? [2, 2],
          },
          encoding: { x, y },
        })),
      ],
    },
    facts: [
      `least ${numberText(Math.min(...cells.map(({ value }) => value)))}`,
      ...marks.map(({ label, x, y }) => `${label}: ${numberText(x)}, ${numberText(y)}`),
    ],
  });
}
