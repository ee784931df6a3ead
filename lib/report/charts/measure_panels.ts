/** Measures of several generators beside what their fakes were worth. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { nameScale, shapeScale } from "../vega/encodings.ts";
import { legendSwitch, tips } from "../vega/interaction.ts";
import { checkRows, groupRows } from "../vega/rows.ts";

/** One measure of one generator. */
export interface MeasureRow {
  /** Name of the measure, a panel each. */
  readonly measure: string;
  /** Its value. */
  readonly x: number;
  /** What the generator's fakes changed in the error. */
  readonly change: number;
  /** Colour and shape, such as the family of the generator. */
  readonly series: string;
  /** Which generator, for the pointer. */
  readonly label: string;
}

/**
 * A panel for each measure: change of the error against the measure, a point for each generator and student.
 *
 * @param options `yTitle`: with the unit. `notes`: below the title of each measure.
 * @throws RangeError if there is nothing to draw.
 */
export function measurePanels(
  rows: readonly MeasureRow[],
  options: ChartTitles & {
    readonly yTitle: string;
    readonly notes?: Readonly<Record<string, string>>;
  },
): Chart {
  checkList("measurePanels()", rows, "a list of rows");
  checkOptionNames("measurePanels()", options, {
    known: { ...TITLES, yTitle: true, notes: true },
    example: '{ yTitle: "change of the error (points)" }',
  });
  checkRows(rows, "measures of generators");
  const { yTitle, notes = {} } = options;
  const names = [...new Set(rows.map(({ series }) => series))];
  const color = { field: "series", type: "nominal", title: null, scale: nameScale(names).color };
  const shape = { field: "series", type: "nominal", title: null, scale: shapeScale(names) };
  const panels = [...groupRows([...rows], ({ measure }) => measure)];
  const { params, opacity } = legendSwitch("series", names);
  const y = { field: "change", type: "quantitative", scale: { zero: true, padding: 8 } };
  return new Chart({
    ...headOf(options, "Measures of generators and what their fakes are worth"),
    body: {
      columns: 3,
      spacing: 26,
      concat: panels.map(([measure, own], k) => ({
        title: {
          text: measure,
          ...(notes[measure] !== undefined && { subtitle: notes[measure] }),
          anchor: "start",
          fontSize: 12,
          offset: 6,
        },
        width: 140,
        height: 130,
        data: { values: own },
        ...(k === 0 && { params }),
        mark: { type: "point", filled: true, size: 50 },
        encoding: {
          x: {
            field: "x",
            type: "quantitative",
            title: null,
            scale: { zero: false, padding: 10 },
            axis: { tickCount: 4 },
          },
          y: { ...y, title: k % 3 === 0 ? yTitle : null },
          color,
          shape,
          opacity: opacity(),
          tooltip: tips(
            { field: "label", title: "generator" },
            { field: "x", title: measure, format: ".3~g" },
            { field: "change", title: yTitle, format: "+.3~g" },
          ),
        },
      })),
    },
    facts: panels.map(([measure]) => `${measure}: ${notes[measure] ?? ""}`),
  });
}
