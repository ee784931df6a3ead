/** Labels beside what networks predict for them. */
import { Chart, type ChartTitles } from "../chart/chart.ts";
import { numberText } from "../chart/numbers.ts";
import { checkRows, thinRows } from "../chart/rows.ts";
import { COLOURS } from "../chart/theme.ts";

/** A label and what a network predicted for it, in label units. */
export interface PredictionRow {
  readonly truth: number;
  readonly predicted: number;
}

/**
 * Predicted against true labels with the line of perfect prediction; at most 2,000 points are drawn.
 *
 * @param options `unit`: "degrees" or "years".
 * @throws RangeError if there is nothing to draw.
 */
export function predictedAgainstTrue(
  rows: readonly PredictionRow[],
  options: ChartTitles & { unit?: string } = {},
): Chart {
  const drawn = rows.filter((row) => Number.isFinite(row.truth) && Number.isFinite(row.predicted));
  checkRows(drawn, "predictions");
  const unit = options.unit ?? "label units";
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  for (const { truth, predicted } of drawn) {
    low = Math.min(low, truth, predicted);
    high = Math.max(high, truth, predicted);
    sum += Math.abs(truth - predicted);
  }
  const scale = { domain: [low, high], nice: true };
  const mae = `MAE ${numberText(sum / drawn.length)} ${unit} over ` +
    `${drawn.length.toLocaleString("en-US")} images`;
  return new Chart({
    title: options.title ?? "Predicted against true labels",
    subtitle: options.subtitle ?? mae,
    body: {
      width: 400,
      height: 400,
      layer: [
        {
          data: { values: thinRows(drawn, 2000) },
          mark: { type: "circle", size: 14, opacity: 0.35, color: COLOURS[0] },
          encoding: {
            x: { field: "truth", type: "quantitative", title: `true label (${unit})`, scale },
            y: {
              field: "predicted",
              type: "quantitative",
              title: `predicted label (${unit})`,
              scale,
            },
          },
        },
        {
          data: { values: [{ at: low }, { at: high }] },
          mark: { type: "line", strokeDash: [5, 4], strokeWidth: 1.5, color: "#000000" },
          encoding: {
            x: { field: "at", type: "quantitative" },
            y: { field: "at", type: "quantitative" },
          },
        },
      ],
    },
    facts: [mae],
  });
}
