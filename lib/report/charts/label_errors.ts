/** Errors of students along the label axis. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { quantile } from "../../base/metrics.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { bandedLines, placeBands } from "../vega/bands.ts";
import { lineLegend } from "../vega/encodings.ts";
import { tips } from "../vega/interaction.ts";
import { numberText, round } from "../vega/numbers.ts";
import { checkRows, groupRows } from "../vega/rows.ts";
import { stretchesOf } from "../vega/stretches.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../vega/theme.ts";

/** The mean absolute error of one series at one label. */
export interface LabelErrorRow {
  /** Name of the line. */
  readonly series: string;
  /** In its unit. */
  readonly label: number;
  /** Mean absolute error of the images with this label, in label units. */
  readonly mae: number;
}

/** Titles of {@link maePerLabel}. */
export interface MaePerLabelOptions extends ChartTitles {
  /** "degrees" or "years". */
  readonly unit?: string;
  /** Labels that are drawn one by one; of more, stretches of the axis are averaged; 60. */
  readonly stretches?: number;
}

/**
 * Mean absolute error along the label axis, for instance of a student with and without cGAN-KD. Up to 60
 * labels have a point each. Of more, such as 899 angles, a line joins the means of 60 stretches of the
 * axis, and a band holds the middle 80 % of their labels; a stretch of one label is a point without a band.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function maePerLabel(
  rows: readonly LabelErrorRow[],
  options: MaePerLabelOptions = {},
): Chart {
  checkList("maePerLabel()", rows, "a list of rows");
  checkOptionNames("maePerLabel()", options, {
    known: { ...TITLES, unit: true, stretches: true },
    example: '{ unit: "years" }',
  });
  const drawn = rows.filter((row) => Number.isFinite(row.mae) && Number.isFinite(row.label));
  checkRows(drawn, "the MAE per label");
  const { unit = "label units", stretches = 60 } = options;
  const groups = groupRows(drawn, (row) => row.series);
  const names = [...groups.keys()];
  const distinct = new Set(drawn.map(({ label }) => label)).size;
  const isAveraged = distinct > stretches;
  const rowsOfStretches = [...groups].flatMap(([series, group]) =>
    stretchesOf(group.map(({ label }) => label), stretches).map(({ label, positions }) => {
      const sorted = positions.map((i) => group[i]!.mae).sort((a, b) => a - b);
      return {
        series,
        label: round(label),
        mae: round(sorted.reduce((sum, mae) => sum + mae, 0) / sorted.length),
        low: round(quantile(sorted, 0.1)),
        high: round(quantile(sorted, 0.9)),
        labels: positions.length,
      };
    })
  );
  const values = placeBands(rowsOfStretches, {
    series: (row) => row.series,
    position: (row) => row.label,
    hasInterval: (row) => isAveraged && row.labels > 1,
  });
  const each = Math.round(distinct / stretches);
  const x = {
    field: "label",
    type: "quantitative",
    title: `label (${unit})${isAveraged ? `, about ${each} labels per point` : ""}`,
    axis: { grid: false },
    scale: { zero: false, nice: false },
  };
  const y = (field: string) => ({ field, type: "quantitative", title: `MAE (${unit})` });
  return new Chart({
    ...headOf(options, "MAE per label"),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      layer: bandedLines(values, {
        field: "series",
        names,
        x,
        y,
        low: "low",
        high: "high",
        middle: "mae",
        shade: 0.18,
        legend: lineLegend(names),
        tooltip: tips(
          { field: "series", title: "series" },
          { field: "label", title: `label (${unit})`, format: ".4~g" },
          { field: "mae", title: `MAE (${unit})`, format: ".3~g" },
          ...(isAveraged
            ? [
              { field: "low", title: "a tenth of the labels is below", format: ".3~g" },
              { field: "high", title: "a tenth is above", format: ".3~g" },
            ]
            : []),
        ),
      }),
    },
    facts: [...groups].map(([series, group]) => {
      const worst = group.reduce((most, row) => (row.mae > most.mae ? row : most));
      return `${series}: worst ${numberText(worst.mae)} ${unit} at ${numberText(worst.label)}`;
    }),
  });
}
