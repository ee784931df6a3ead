/** The losses of a generator's training, and whether its samples show their labels. */
import { Chart, type ChartTitles, headOf } from "../vega/chart.ts";
import { nameScale, TINT, tintBy } from "../vega/encodings.ts";
import { checkRows, groupRows, thinRows } from "../vega/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../vega/theme.ts";
import {
  axisX,
  CURVE_POINTS,
  type CurveRow,
  drawable,
  lastValues,
  smooth,
} from "./training_curves.ts";

/** The state of a generator at one step. */
export interface GanCurveRow {
  /** Training steps done; of a GAN those of G. */
  readonly step: number;
  /** Hinge loss of D, averaged since the row before. */
  readonly discriminatorLoss?: number;
  /** Of G, averaged likewise. */
  readonly generatorLoss?: number;
  /** Weighted squared error of a diffusion model's network, averaged likewise. */
  readonly loss?: number;
  /** Share of fakes whose label a classifier confirms, in [0, 1]. */
  readonly agreement?: number;
  /** Mean |prediction of a regressor − label| of fakes, in the labels' unit. */
  readonly labelError?: number;
}

/** Titles of {@link ganCurves}. */
export interface GanCurveOptions extends ChartTitles {
  /** Smoothing of the losses as in {@link CurveOptions}; 0.9. */
  readonly smoothing?: number;
  /** Number of classes, to mark the agreement of pure chance. */
  readonly classes?: number;
  /** Unit of scalar labels, for the axis of the label error. */
  readonly unit?: string;
}

/**
 * Losses of a GAN's two players or of a diffusion model, and below them what a judge saw in its samples over the same steps: the share whose label a
 * classifier confirms, or how far from their label a regressor puts them. Left out when no row was judged.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function ganCurves(rows: readonly GanCurveRow[], options: GanCurveOptions = {}): Chart {
  checkRows(rows, "GAN curves");
  const losses: CurveRow[] = rows.flatMap((row) => [
    ...pick("discriminator", row.step, row.discriminatorLoss),
    ...pick("generator", row.step, row.generatorLoss),
    ...pick("denoiser", row.step, row.loss),
  ]);
  const isGan = losses.every(({ series }) => series !== "denoiser");
  const names = isGan ? ["discriminator", "generator"] : ["denoiser"];
  const lossTitle = isGan ? "hinge loss" : "weighted squared error";
  const judged = judgedPanel(rows, options);
  const groups = groupRows(drawable(losses, false), (row) => row.series);
  const values = [...groups.values()].flatMap((group) =>
    thinRows(smooth(group, options.smoothing ?? 0.9), CURVE_POINTS)
  );
  const scales = nameScale(names);
  const last = rows.at(-1)!.step;
  const x = axisX("step", isGan ? "generator step" : "training step", [0, last]);
  const color = { field: "series", type: "nominal", scale: scales.color };
  const lossPanel = {
    width: CHART_WIDTH,
    height: judged === undefined ? CHART_HEIGHT : 180,
    data: { values },
    layer: [
      {
        transform: [tintBy("series", names)],
        mark: { type: "line", strokeWidth: 1, opacity: 0.25 },
        encoding: { x, y: quantity("value", lossTitle), stroke: TINT },
      },
      {
        mark: "line",
        encoding: {
          x,
          y: quantity("smooth", lossTitle),
          color,
          strokeDash: { field: "series", type: "nominal", scale: scales.strokeDash },
        },
      },
    ],
  };
  return new Chart({
    ...headOf(options, isGan ? "GAN training" : "Training of the diffusion model"),
    body: judged === undefined ? lossPanel : { vconcat: [lossPanel, judged.panel], spacing: 16 },
    facts: [...lastValues(groups, "loss", "step"), ...(judged === undefined ? [] : [judged.fact])],
  });
}

/** What the judge saw over the steps of G, and its newest value in words. */
function judgedPanel(
  rows: readonly GanCurveRow[],
  { classes, unit }: GanCurveOptions,
): { panel: Record<string, unknown>; fact: string } | undefined {
  const agreements = rows.flatMap(({ step, agreement }) =>
    agreement === undefined ? [] : [{ step, value: 100 * agreement }]
  );
  const errors = rows.flatMap(({ step, labelError }) =>
    labelError === undefined ? [] : [{ step, value: labelError }]
  );
  const points = agreements.length > 0 ? agreements : errors;
  const newest = points.at(-1);
  if (newest === undefined) return undefined;
  const y = agreements.length > 0
    ? { title: "labels confirmed (%)", scale: { domain: [0, 100] } }
    : { title: `label error${unit === undefined ? "" : ` (${unit})`}`, scale: { zero: true } };
  const line = {
    data: { values: thinRows(points, CURVE_POINTS) },
    mark: { type: "line", color: "#009e73", point: { color: "#009e73", size: 30 } },
    encoding: {
      x: axisX("step", "generator step", [0, rows.at(-1)!.step]),
      y: { field: "value", type: "quantitative", ...y },
    },
  };
  const chance = agreements.length > 0 && classes !== undefined ? chanceLine(100 / classes) : [];
  return {
    panel: { width: CHART_WIDTH, height: 130, layer: [line, ...chance] },
    fact: agreements.length > 0
      ? `labels confirmed: ${newest.value.toFixed(1)} % at step ${newest.step}`
      : `label error: ${newest.value.toPrecision(3)} ${unit ?? ""} at step ${newest.step}`,
  };
}

/** The agreement of pure chance. */
function chanceLine(percent: number): Record<string, unknown>[] {
  const data = { values: [{ chance: percent }] };
  const y = { field: "chance", type: "quantitative" };
  return [
    { data, mark: { type: "rule", strokeDash: [4, 4], color: "#555555" }, encoding: { y } },
    {
      data,
      mark: {
        type: "text",
        align: "right",
        baseline: "bottom",
        dy: -3,
        fontSize: 11,
        color: "#555555",
      },
      encoding: { x: { value: CHART_WIDTH }, y, text: { value: "chance" } },
    },
  ];
}

function pick(series: string, step: number, value: number | undefined): CurveRow[] {
  return value === undefined ? [] : [{ series, step, value }];
}

function quantity(field: string, title: string): Record<string, unknown> {
  return { field, type: "quantitative", title, scale: { zero: false } };
}
