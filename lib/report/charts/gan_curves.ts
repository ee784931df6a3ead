/** The balance of a GAN, and whether its samples show their labels. */
import { Chart, type ChartTitles, headOf } from "../chart/chart.ts";
import { nameScale, TINT, tintBy } from "../chart/encodings.ts";
import { checkRows, groupRows, thinRows } from "../chart/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../chart/theme.ts";
import {
  axisX,
  CURVE_POINTS,
  type CurveRow,
  drawable,
  lastValues,
  smooth,
} from "./training_curves.ts";

/** The state of a GAN at one step. */
export interface GanCurveRow {
  /** G steps done. */
  readonly step: number;
  /** Hinge loss of D, averaged since the row before. */
  readonly discriminatorLoss?: number;
  /** Of G, averaged likewise. */
  readonly generatorLoss?: number;
  /** Share of fakes whose label a classifier confirms, in [0, 1]. */
  readonly agreement?: number;
}

/** Titles of {@link ganCurves}. */
export interface GanCurveOptions extends ChartTitles {
  /** Smoothing of the losses as in {@link CurveOptions}; 0.9. */
  readonly smoothing?: number;
  /** Number of classes, to mark the agreement of pure chance. */
  readonly classes?: number;
}

/**
 * A GAN's losses, and below them the share of its samples whose label a classifier confirms, over
 * the same steps. The lower panel is left out when no row has an agreement.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function ganCurves(rows: readonly GanCurveRow[], options: GanCurveOptions = {}): Chart {
  checkRows(rows, "GAN curves");
  const losses: CurveRow[] = rows.flatMap((row) => [
    ...pick("discriminator", row.step, row.discriminatorLoss),
    ...pick("generator", row.step, row.generatorLoss),
  ]);
  const agreements = rows.flatMap((row) => pick("agreement", row.step, row.agreement));
  const groups = groupRows(drawable(losses, false), (row) => row.series);
  const values = [...groups.values()].flatMap((group) =>
    thinRows(smooth(group, options.smoothing ?? 0.9), CURVE_POINTS)
  );
  const scales = nameScale(["discriminator", "generator"]);
  const last = rows.at(-1)!.step;
  const x = axisX("step", "generator step", [0, last]);
  const color = { field: "series", type: "nominal", scale: scales.color };
  const lossPanel = {
    width: CHART_WIDTH,
    height: agreements.length > 0 ? 180 : CHART_HEIGHT,
    data: { values },
    layer: [
      {
        transform: [tintBy("series", ["discriminator", "generator"])],
        mark: { type: "line", strokeWidth: 1, opacity: 0.25 },
        encoding: { x, y: quantity("value", "hinge loss"), stroke: TINT },
      },
      {
        mark: "line",
        encoding: {
          x,
          y: quantity("smooth", "hinge loss"),
          color,
          strokeDash: { field: "series", type: "nominal", scale: scales.strokeDash },
        },
      },
    ],
  };
  const percent = agreements.map((row) => ({ step: row.step, agreement: 100 * row.value }));
  const chance = options.classes === undefined ? [] : [{ chance: 100 / options.classes }];
  const agreementPanel = {
    width: CHART_WIDTH,
    height: 130,
    layer: [
      {
        data: { values: thinRows(percent, CURVE_POINTS) },
        mark: { type: "line", color: "#009e73", point: { color: "#009e73", size: 30 } },
        encoding: {
          x,
          y: {
            field: "agreement",
            type: "quantitative",
            title: "labels confirmed (%)",
            scale: { domain: [0, 100] },
          },
        },
      },
      ...(chance.length === 0 ? [] : [
        {
          data: { values: chance },
          mark: { type: "rule", strokeDash: [4, 4], color: "#555555" },
          encoding: { y: { field: "chance", type: "quantitative" } },
        },
        {
          data: { values: chance },
          mark: {
            type: "text",
            align: "right",
            baseline: "bottom",
            dy: -3,
            fontSize: 11,
            color: "#555555",
          },
          encoding: {
            x: { value: CHART_WIDTH },
            y: { field: "chance", type: "quantitative" },
            text: { value: "chance" },
          },
        },
      ]),
    ],
  };
  const facts = lastValues(groups, "loss", "step");
  const newest = agreements.at(-1);
  if (newest !== undefined) {
    facts.push(`labels confirmed: ${(100 * newest.value).toFixed(1)} % at step ${newest.step}`);
  }
  return new Chart({
    ...headOf(options, "GAN training"),
    body: agreements.length > 0 ? { vconcat: [lossPanel, agreementPanel], spacing: 16 } : lossPanel,
    facts,
  });
}

function pick(series: string, step: number, value: number | undefined): CurveRow[] {
  return value === undefined ? [] : [{ series, step, value }];
}

function quantity(field: string, title: string): Record<string, unknown> {
  return { field, type: "quantitative", title, scale: { zero: false } };
}
