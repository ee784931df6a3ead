/** Charts of what happens while networks train: losses, a GAN's balance, students over epochs. */
import {
  Chart,
  CHART_HEIGHT,
  CHART_WIDTH,
  checkRows,
  groupRows,
  nameScale,
  numberText,
  round,
  thinRows,
  TINT,
  tintBy,
} from "./chart.ts";

/** Points a curve keeps; more than a screen can show only makes notebooks heavy. */
const CURVE_POINTS = 400;

/** A measured value of one series at one step or epoch. */
export interface CurveRow {
  readonly series: string;
  readonly step: number;
  readonly value: number;
}

/** Titles and scales of {@link trainingCurves}. */
export interface CurveOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Title of the horizontal axis; "step". */
  readonly xTitle?: string;
  /** Title of the vertical axis with its unit; "loss". */
  readonly yTitle?: string;
  /** True for a logarithmic vertical axis; values that are not positive are left out. */
  readonly log?: boolean;
  /**
   * Weight of the past in an exponential moving average, in [0, 1); 0 draws the values as they are.
   * With smoothing the values themselves stay visible as a faint line.
   */
  readonly smoothing?: number;
}

/**
 * Curves of one or more series over steps or epochs.
 *
 * @throws RangeError if there is nothing to draw or `smoothing` is outside [0, 1).
 */
export function trainingCurves(rows: readonly CurveRow[], options: CurveOptions = {}): Chart {
  const { log = false, smoothing = 0, yTitle = "loss", xTitle = "step" } = options;
  checkRows(rows, "training curves");
  const groups = groupRows(drawable(rows, log), (row) => row.series);
  const values = [...groups.values()].flatMap((group) =>
    thinRows(smooth(group, smoothing), CURVE_POINTS)
  );
  const scales = nameScale([...groups.keys()]);
  const x = axisX("step", xTitle);
  const y = (field: string) => ({
    field,
    type: "quantitative",
    scale: log ? { type: "log" } : { zero: false },
    title: yTitle,
  });
  const color = { field: "series", type: "nominal", scale: scales.color };
  const strokeDash = { field: "series", type: "nominal", scale: scales.strokeDash };
  const line = { mark: "line", encoding: { x, y: y("smooth"), color, strokeDash } };
  const faint = {
    transform: [tintBy("series", [...groups.keys()])],
    mark: { type: "line", strokeWidth: 1, opacity: 0.25 },
    encoding: { x, y: y("value"), stroke: TINT },
  };
  return new Chart({
    title: options.title ?? "Training curves",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      layer: smoothing > 0 ? [faint, line] : [line],
    },
    facts: lastValues(groups, yTitle, xTitle),
  });
}

/** The state of a GAN at one step. */
export interface GanCurveRow {
  readonly step: number;
  readonly discriminatorLoss?: number;
  readonly generatorLoss?: number;
  /** Share of fakes whose label a classifier confirms, in [0, 1]. */
  readonly agreement?: number;
}

/** Titles of {@link ganCurves}. */
export interface GanCurveOptions {
  readonly title?: string;
  readonly subtitle?: string;
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
    title: options.title ?? "GAN training",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: agreements.length > 0 ? { vconcat: [lossPanel, agreementPanel], spacing: 16 } : lossPanel,
    facts,
  });
}

/** The test error or MAE of one student of one seed after one epoch. */
export interface StudentCurveRow {
  /** What is compared: a method, or student and method. */
  readonly series: string;
  readonly seed: number;
  readonly epoch: number;
  readonly value: number;
}

/** One point of a band over seeds. */
export interface BandRow {
  readonly series: string;
  readonly epoch: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly seeds: number;
}

/** Mean, least and greatest value over the seeds of each series at each epoch. */
export function bandOverSeeds(rows: readonly StudentCurveRow[]): BandRow[] {
  const groups = groupRows(
    rows.filter((row) => Number.isFinite(row.value)),
    (row) => JSON.stringify([row.series, row.epoch]),
  );
  return [...groups.values()].map((group) => {
    const values = group.map((row) => row.value);
    return {
      series: group[0]!.series,
      epoch: group[0]!.epoch,
      mean: round(values.reduce((sum, value) => sum + value, 0) / values.length),
      low: round(Math.min(...values)),
      high: round(Math.max(...values)),
      seeds: values.length,
    };
  });
}

/**
 * Students over epochs: the mean over seeds as a line, least to greatest as a band.
 *
 * @param options `yTitle` carries metric and unit; "test error (%)".
 * @throws RangeError if there is nothing to draw.
 */
export function studentCurves(
  rows: readonly StudentCurveRow[],
  options: Omit<CurveOptions, "smoothing"> = {},
): Chart {
  const { yTitle = "test error (%)", xTitle = "epoch", log = false } = options;
  const band = bandOverSeeds(rows).filter((row) => !log || row.low > 0);
  checkRows(band, "student curves");
  const groups = groupRows(band, (row) => row.series);
  const values = [...groups.values()].flatMap((group) => thinRows(group, CURVE_POINTS));
  const scales = nameScale([...groups.keys()]);
  const x = axisX("epoch", xTitle);
  const scale = log ? { type: "log" } : { zero: false };
  const y = (field: string) => ({ field, type: "quantitative", scale, title: yTitle });
  const color = { field: "series", type: "nominal", scale: scales.color };
  return new Chart({
    title: options.title ?? "Students: mean over seeds, band from least to greatest",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      layer: [
        {
          transform: [tintBy("series", [...groups.keys()])],
          mark: { type: "area", opacity: 0.18 },
          encoding: { x, y: y("low"), y2: { field: "high" }, fill: TINT },
        },
        {
          mark: "line",
          encoding: {
            x,
            y: y("mean"),
            color,
            strokeDash: { field: "series", type: "nominal", scale: scales.strokeDash },
          },
        },
      ],
    },
    facts: [...groups].map(([series, group]) => {
      const end = group.reduce((best, row) => (row.epoch >= best.epoch ? row : best));
      return `${series}: ${numberText(end.mean)} (${numberText(end.low)} to ` +
        `${numberText(end.high)}, ${end.seeds} ${end.seeds === 1 ? "seed" : "seeds"}) ` +
        `after epoch ${end.epoch}`;
    }),
  });
}

/**
 * Exponential moving average of a series, corrected for its start (Kingma and Ba 2015, section 3):
 * the first value is kept as it is instead of being drawn towards zero.
 *
 * @param weight Weight of the past, in [0, 1).
 * @returns The rows with `smooth` beside `value`.
 */
export function smooth<T extends { readonly value: number }>(
  rows: readonly T[],
  weight: number,
): (T & { smooth: number })[] {
  if (!(weight >= 0 && weight < 1)) {
    throw new RangeError(`Cannot smooth a curve: found weight ${weight}, want a number in [0, 1)`);
  }
  let sum = 0;
  let total = 0;
  return rows.map((row) => {
    sum = weight * sum + (1 - weight) * row.value;
    total = weight * total + (1 - weight);
    return { ...row, value: round(row.value), smooth: round(sum / total) };
  });
}

function drawable(rows: readonly CurveRow[], log: boolean): CurveRow[] {
  return rows.filter((row) => Number.isFinite(row.value) && (!log || row.value > 0));
}

function pick(series: string, step: number, value: number | undefined): CurveRow[] {
  return value === undefined ? [] : [{ series, step, value }];
}

function axisX(field: string, title: string, domain?: readonly number[]): Record<string, unknown> {
  return {
    field,
    type: "quantitative",
    title,
    axis: { grid: false, tickCount: 8, tickMinStep: 1 },
    scale: domain === undefined ? { nice: false, zero: false } : { domain, nice: false },
  };
}

function quantity(field: string, title: string): Record<string, unknown> {
  return { field, type: "quantitative", title, scale: { zero: false } };
}

function lastValues(groups: Map<string, CurveRow[]>, yTitle: string, xTitle: string): string[] {
  return [...groups].map(([series, group]) => {
    const end = group.at(-1)!;
    return `${series}: ${yTitle} ${numberText(end.value)} at ${xTitle} ${numberText(end.step)}`;
  });
}
