/** Panels of a generator's training: losses as smoothed lines, and what a judge saw in the samples. */
import { nameScale, TINT, tintBy } from "../vega/encodings.ts";
import { legendSwitch, tips, unseen } from "../vega/interaction.ts";
import { groupRows, thinRows } from "../vega/rows.ts";
import { CHART_WIDTH, COLOURS } from "../vega/theme.ts";
import {
  axisX,
  CURVE_POINTS,
  type CurveRow,
  drawable,
  lastValues,
  smooth,
} from "./training_curves.ts";

/** A part of a chart, and what it says in words. */
export interface Panel {
  readonly body: Record<string, unknown>;
  readonly layer: object[];
  readonly facts: readonly string[];
}

/** Vertical axes by what they are good for. */
const AXES = {
  /** Losses that come from both sides of 0, or stay near one value. */
  free: { zero: false },
  /** Losses of which 0 is the best. */
  "from zero": { zero: true },
  /** Positive ones that fall by powers of ten. */
  log: { type: "log" },
};

/** What a panel of losses is made of. */
export interface LossPanelOptions {
  readonly smoothing: number;
  /** Step at the right end. */
  readonly last: number;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly height: number;
  /** Tells its switch apart. */
  readonly name: string;
  /** Of the losses; a logarithmic one leaves out what is not above 0. */
  readonly axis: keyof typeof AXES;
  /** All series that such a panel may have: each keeps its colour where others are missing. */
  readonly colours: readonly string[];
}

/** Losses as smoothed lines over what they were. */
export function lossPanel(
  losses: readonly CurveRow[],
  options: LossPanelOptions,
): Panel | undefined {
  const { smoothing, last, xTitle, yTitle, height, name, axis, colours } = options;
  const groups = groupRows(drawable(losses, axis === "log"), (row) => row.series);
  if (groups.size === 0) return undefined;
  const values = [...groups.values()].flatMap((group) =>
    thinRows(smooth(group, smoothing), CURVE_POINTS)
  );
  const all = nameScale(colours);
  const domain = colours.filter((series) => groups.has(series));
  const own = <T>(range: readonly T[]) => ({
    domain,
    range: domain.map((series) => range[colours.indexOf(series)]!),
  });
  const x = axisX("step", xTitle, [0, last]);
  const y = (field: string) => ({
    field,
    type: "quantitative",
    title: yTitle,
    scale: AXES[axis],
  });
  const { params, opacity, isOn } = legendSwitch("series", domain, name);
  return {
    body: { width: CHART_WIDTH, height, data: { values } },
    layer: [
      {
        transform: [tintBy("series", colours)],
        mark: { type: "line", strokeWidth: 1 },
        encoding: { x, y: y("value"), stroke: TINT, opacity: opacity(0.25) },
      },
      {
        params,
        mark: "line",
        encoding: {
          x,
          y: y("smooth"),
          color: { field: "series", type: "nominal", scale: own(all.color.range) },
          strokeDash: { field: "series", type: "nominal", scale: own(all.strokeDash.range) },
          opacity: opacity(),
        },
      },
      unseen({ type: "point", size: 120 }, {
        x,
        y: y("smooth"),
        tooltip: tips(
          { field: "series", title: "loss" },
          { field: "step", title: "step", format: "," },
          { field: "value", title: yTitle, format: ".4~g" },
          { field: "smooth", title: "smoothed", format: ".4~g" },
        ),
      }, isOn),
    ],
    facts: lastValues(groups, yTitle, "step"),
  };
}

/** A judge's opinion at one step: one of the two. */
export interface JudgedRow {
  /** Training steps done. */
  readonly step: number;
  /** Share of fakes whose label a classifier confirms, in [0, 1]. */
  readonly agreement?: number;
  /** Mean |prediction of a regressor − label| of fakes, in the labels' unit. */
  readonly labelError?: number;
}

/** What the judge saw over the steps of G, and its newest value in words. */
export function judgedPanel(
  rows: readonly JudgedRow[],
  { classes, unit, xTitle }: {
    readonly classes?: number;
    readonly unit?: string;
    readonly xTitle: string;
  },
): Panel | undefined {
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
  const colour = COLOURS[2];
  const line = {
    data: { values: thinRows(points, CURVE_POINTS) },
    mark: { type: "line", color: colour, point: { color: colour, size: 30 } },
    encoding: {
      x: axisX("step", xTitle, [0, rows.at(-1)!.step]),
      y: { field: "value", type: "quantitative", ...y },
      tooltip: tips(
        { field: "step", title: "step", format: "," },
        { field: "value", title: y.title, format: ".3~g" },
      ),
    },
  };
  const chance = agreements.length > 0 && classes !== undefined ? chanceLine(100 / classes) : [];
  return {
    body: { width: CHART_WIDTH, height: 130 },
    layer: [line, ...chance],
    facts: [
      agreements.length > 0
        ? `labels confirmed: ${newest.value.toFixed(1)} % at step ${newest.step}`
        : `label error: ${newest.value.toPrecision(3)} ${unit ?? ""} at step ${newest.step}`,
    ],
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
