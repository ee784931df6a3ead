/** Pieces of Vega-Lite that several charts use. */
import { numberText } from "./numbers.ts";
import { CHART_WIDTH, COLOURS, DASHES } from "./theme.ts";

/**
 * A transform that gives every row the colour of its name as `tint`. Faint layers draw with it, since a
 * colour scale of theirs would make the legend as faint as they are.
 */
export function tintBy(field: string, names: readonly string[]): object {
  const colours = Object.fromEntries(names.map((name, i) => [name, COLOURS[i % COLOURS.length]!]));
  return { calculate: `(${JSON.stringify(colours)})[datum[${JSON.stringify(field)}]]`, as: "tint" };
}

/** The encoding that draws in the `tint` of {@link tintBy}. */
export const TINT = { field: "tint", type: "nominal", scale: null } as const;

/** The layers whose rows exist; a layer without rows makes the renderer complain. */
export function layersWith(...layers: readonly (readonly [boolean, object])[]): object[] {
  return layers.filter(([exists]) => exists).map(([, layer]) => layer);
}

/** A scale that gives every name its colour, and its dash pattern where `dashes` is asked for. */
export function nameScale(names: readonly string[]): {
  color: { domain: string[]; range: string[] };
  strokeDash: { domain: string[]; range: number[][] };
} {
  const domain = [...names];
  return {
    color: { domain, range: domain.map((_, i) => COLOURS[i % COLOURS.length]!) },
    strokeDash: { domain, range: domain.map((_, i) => [...DASHES[i % DASHES.length]!]) },
  };
}

/** A legend of lines, in as many columns as fit below a chart: names of students and methods can be long. */
export function lineLegend(names: readonly string[]): object {
  const longest = Math.max(...names.map((name) => name.length));
  const columns = Math.max(1, Math.floor(CHART_WIDTH / (45 + 6.8 * longest)));
  return { symbolType: "stroke", ...(columns < names.length && { columns }) };
}

/** Filter of the rows that have both ends of an interval; see {@link hasInterval}. */
export const WITH_INTERVAL = "isValid(datum.low) && isValid(datum.high)";

const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"] as const;

/** A scale that gives every name its shape of point. */
export function shapeScale(names: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...names], range: names.map((_, index) => SHAPES[index % SHAPES.length]!) };
}

interface MaybeInterval {
  readonly low?: number;
  readonly high?: number;
}

/** Whether a row has both ends of an interval. */
export function hasInterval(row: MaybeInterval): boolean {
  return row.low !== undefined && row.high !== undefined;
}

/** The rows with their interval in words, for the pointer: "19 to 21"; a dash where a row has none. */
export function withIntervalText<T extends MaybeInterval>(
  rows: readonly T[],
): (T & { interval: string })[] {
  return rows.map((row) => ({
    ...row,
    interval: hasInterval(row) ? `${numberText(row.low!)} to ${numberText(row.high!)}` : "–",
  }));
}

/** A dashed rule across the chart at a position of one axis, with its label at its upper or right end. */
export function ruleAt(position: number, axis: "x" | "y", label: string): Record<string, unknown> {
  const place = { [axis]: { datum: position, type: "quantitative" } };
  const [text, corner] = axis === "x"
    ? [{ baseline: "top", dx: 5 }, { y: { value: 2 } }]
    : [{ baseline: "middle", dx: 5 }, { x: { value: "width" } }];
  return {
    layer: [
      {
        data: { values: [{}] },
        mark: { type: "rule", strokeDash: [4, 4], strokeWidth: 1.5, color: "#222222" },
        encoding: place,
      },
      {
        data: { values: [{}] },
        mark: { type: "text", align: "left", ...text, fontSize: 11, color: "#222222" },
        encoding: { ...place, ...corner, text: { value: label } },
      },
    ],
  };
}
