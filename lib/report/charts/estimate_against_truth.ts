/** Estimates beside the truth that they estimate, where it is known. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { tips } from "../vega/interaction.ts";
import { numberText } from "../vega/numbers.ts";
import { checkRows, groupRows } from "../vega/rows.ts";
import { COLOURS } from "../vega/theme.ts";

/** An estimate with its interval, and the truth. */
export interface TruthRow {
  /** What is estimated: a panel each. */
  readonly term: string;
  /** What was set. */
  readonly at: string;
  /** What it truly is. */
  readonly truth: number;
  /** Its estimate. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
}

/**
 * A panel for each term: estimates with intervals against the truth, and the line on which they are equal.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function estimateAgainstTruth(
  rows: readonly TruthRow[],
  options: ChartTitles = {},
): Chart {
  checkList("estimateAgainstTruth()", rows, "a list of rows");
  checkOptionNames("estimateAgainstTruth()", options, {
    known: TITLES,
    example: '{ title: "Estimates" }',
  });
  checkRows(rows, "estimates against the truth");
  const panels = [...groupRows([...rows], ({ term }) => term)];
  return new Chart({
    ...headOf(options, "Estimates against the truth"),
    body: {
      columns: 3,
      spacing: 30,
      concat: panels.map(([term, own]) => panelOf(term, own)),
    },
    facts: panels.map(([term, own]) => `${term}: ${distanceText(own)}`),
  });
}

function panelOf(term: string, rows: readonly TruthRow[]): object {
  const most = Math.max(...rows.flatMap(({ truth, value }) => [truth, value]), 1e-6);
  const scale = { domain: [0, 1.08 * most], nice: false, clamp: true };
  const axis = { tickCount: 4 };
  const x = { field: "truth", type: "quantitative", title: "truth", scale, axis };
  const y = { field: "value", type: "quantitative", title: "estimate", scale, axis };
  return {
    title: { text: term, anchor: "start", fontSize: 12, offset: 6 },
    width: 150,
    height: 150,
    layer: [
      {
        data: { values: [{ at: 0 }, { at: 1.08 * most }] },
        mark: { type: "line", strokeDash: [5, 4], strokeWidth: 1.5, color: "#000000" },
        encoding: {
          x: { field: "at", type: "quantitative" },
          y: { field: "at", type: "quantitative" },
        },
      },
      {
        data: { values: rows },
        mark: { type: "rule", strokeWidth: 1.5, color: COLOURS[0] },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
      },
      {
        data: { values: rows },
        mark: { type: "point", filled: true, size: 50, color: COLOURS[0] },
        encoding: {
          x,
          y,
          tooltip: tips(
            { field: "at", title: "set" },
            { field: "truth", title: "truth", format: ".3~g" },
            { field: "value", title: "estimate", format: ".3~g" },
          ),
        },
      },
    ],
  };
}

/** How far estimates are from the truth at the most. */
function distanceText(rows: readonly TruthRow[]): string {
  const farthest = rows.reduce(
    (most, { truth, value }) => Math.abs(value - truth) > Math.abs(most) ? value - truth : most,
    0,
  );
  return farthest === 0 ? "never off" : `off by ${numberText(farthest)} at the most`;
}
