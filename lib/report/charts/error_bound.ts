/** What fakes change in the error bound, beside what they changed in test errors. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import {
  hasInterval,
  layersWith,
  ruleAt,
  WITH_INTERVAL,
  withIntervalText,
} from "../vega/encodings.ts";
import { tips } from "../vega/interaction.ts";
import { signedText } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { COLOURS } from "../vega/theme.ts";

/** What fakes change in one term of the bound. */
export interface BoundChangeRow {
  /** For instance "wrong labels, 2 θ Λ". */
  readonly term: string;
  /** With fakes less without, in the unit of the chart: below 0 the term promises a gain. */
  readonly change: number;
}

/** A measured value with its interval, where there is one. */
export interface MeasuredRow {
  /** What it was measured on. */
  readonly cell: string;
  /** In the unit of the chart. */
  readonly value: number;
  /** Lower end of the interval; left out where there is none. */
  readonly low?: number;
  /** Upper end of the interval. */
  readonly high?: number;
}

/** The bar of all terms together. */
const TOGETHER = "together";

const GAIN = "promises a gain";
const LOSS = "allows a loss";

/**
 * What fakes change in each term of the error bound and in all together, and beside it what they changed in measured
 * test errors. The bound limits the excess over the best student of a class, up to a constant factor: neither are its
 * bars test errors, nor do their lengths compare with those beside them. Signs do: left of 0 is better with fakes.
 *
 * @param changes With fakes less without; see `boundChanges`.
 * @param measured Test errors with fakes less without; none where no student was trained.
 * @param options `unit`: of both axes, for instance "percentage points"; `measured`: what was measured, "test error" by
 *   default.
 * @throws RangeError if there is nothing to draw.
 */
export function errorBoundChart(
  changes: readonly BoundChangeRow[],
  measured: readonly MeasuredRow[],
  options: ChartTitles & { unit?: string; measured?: string } = {},
): Chart {
  checkList("errorBoundChart()", changes, "a list of changes");
  checkOptionNames("errorBoundChart()", options, {
    known: { ...TITLES, unit: true, measured: true },
    example: '{ unit: "degrees" }',
  });
  checkRows(changes, "an error bound");
  const { unit = "in units of the loss", measured: errors = "test error" } = options;
  const sum = changes.reduce((total, { change }) => total + change, 0);
  const bars = [...changes, { term: TOGETHER, change: sum }].map((row) => ({
    ...row,
    effect: row.change < 0 ? GAIN : LOSS,
  }));
  const bound = {
    width: 250,
    height: { step: 26 },
    layer: [
      {
        data: { values: bars },
        mark: { type: "bar" },
        encoding: {
          y: rowsAxis("term", bars.map(({ term }) => term)),
          x: {
            field: "change",
            type: "quantitative",
            title: [`bound on the excess error, with`, `fakes less without (${unit})`],
            axis: { tickCount: 5 },
          },
          color: {
            field: "effect",
            type: "nominal",
            scale: { domain: [GAIN, LOSS], range: [COLOURS[0], COLOURS[1]] },
          },
          tooltip: tips(
            { field: "term", title: "term" },
            { field: "change", title: `change (${unit})`, format: "+.3~g" },
          ),
        },
      },
      ruleAt(0, "x", ""),
    ],
  };
  const students = {
    width: 150,
    height: { step: 26 },
    layer: [
      ruleAt(0, "x", ""),
      ...layersWith([measured.some(hasInterval), {
        data: { values: measured },
        transform: [{ filter: WITH_INTERVAL }],
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: {
          y: rowsAxis("cell", measured.map(({ cell }) => cell)),
          x: { field: "low", type: "quantitative" },
          x2: { field: "high" },
        },
      }]),
      {
        data: { values: withIntervalText(measured) },
        mark: { type: "point", filled: true, color: "#000000", shape: "diamond", size: 70 },
        encoding: {
          y: rowsAxis("cell", measured.map(({ cell }) => cell)),
          x: {
            field: "value",
            type: "quantitative",
            title: [`${errors}, with fakes`, `less without (${unit})`],
            axis: { tickCount: 4 },
          },
          tooltip: tips(
            { field: "cell", title: "compared" },
            { field: "value", title: `change (${unit})`, format: "+.3~g" },
            ...(measured.some(hasInterval) ? [{ field: "interval", title: "95 % interval" }] : []),
          ),
        },
      },
    ],
  };
  return new Chart({
    ...headOf(options, `What fakes change: bound and ${errors}`),
    body: measured.length === 0 ? bound : { spacing: 24, hconcat: [bound, students] },
    facts: [
      ...bars.map(({ term, change }) => `bound, ${term}: ${signedText(change)} ${unit}`),
      ...measured.map(({ cell, value }) => `${errors}, ${cell}: ${signedText(value)} ${unit}`),
    ],
  });
}

function rowsAxis(field: string, names: readonly string[]): object {
  return {
    field,
    type: "nominal",
    title: null,
    scale: { domain: [...names] },
    axis: { labelLimit: 260, grid: true },
  };
}
