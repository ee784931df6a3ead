/** Errors of students along the label axis. */
import { Chart, type ChartTitles, headOf } from "../chart/chart.ts";
import { nameScale } from "../chart/encodings.ts";
import { numberText } from "../chart/numbers.ts";
import { checkRows, groupRows, thinRows } from "../chart/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../chart/theme.ts";

/** The mean absolute error of one series at one label. */
export interface LabelErrorRow {
  readonly series: string;
  readonly label: number;
  /** Mean absolute error of the images with this label, in label units. */
  readonly mae: number;
}

/**
 * Mean absolute error at each label, for instance of a student with and without cGAN-KD.
 *
 * @param options `unit`: "degrees" or "years".
 * @throws RangeError if there is nothing to draw.
 */
export function maePerLabel(
  rows: readonly LabelErrorRow[],
  options: ChartTitles & { unit?: string } = {},
): Chart {
  const drawn = rows.filter((row) => Number.isFinite(row.mae));
  checkRows(drawn, "the MAE per label");
  const unit = options.unit ?? "label units";
  const groups = groupRows(drawn, (row) => row.series);
  const values = [...groups.values()].flatMap((group) =>
    thinRows([...group].sort((a, b) => a.label - b.label), 900)
  );
  const scales = nameScale([...groups.keys()]);
  return new Chart({
    ...headOf(options, "MAE per label"),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      mark: { type: "line", strokeWidth: 1.5 },
      encoding: {
        x: {
          field: "label",
          type: "quantitative",
          title: `label (${unit})`,
          axis: { grid: false },
          scale: { zero: false, nice: false },
        },
        y: { field: "mae", type: "quantitative", title: `MAE (${unit})` },
        color: { field: "series", type: "nominal", scale: scales.color },
        strokeDash: { field: "series", type: "nominal", scale: scales.strokeDash },
      },
    },
    facts: [...groups].map(([series, group]) => {
      const worst = group.reduce((most, row) => (row.mae > most.mae ? row : most));
      return `${series}: worst ${numberText(worst.mae)} ${unit} at ${numberText(worst.label)}`;
    }),
  });
}
