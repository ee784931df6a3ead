/** What all charts share: the theme, the drawing as SVG, and the bundle for notebooks. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { TopLevelSpec } from "vega-lite";
import { type Displayable, JUPYTER_DISPLAY, type MimeBundle } from "./display.ts";

/**
 * Colours that stay apart in all common kinds of colour blindness (Okabe and Ito 2008), darkest
 * contrast first.
 */
export const COLOURS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#000000",
] as const;

/** Dash patterns that tell series apart without colour, in the order of {@link COLOURS}. */
export const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [5, 2],
  [12, 4],
  [1, 3],
];

/** Width of a chart in pixels: a notebook's text column. */
export const CHART_WIDTH = 520;
/** Height of a chart of one panel in pixels. */
export const CHART_HEIGHT = 260;

/** MIME type and schema are those of Vega-Lite 5, the newest that VS Code and JupyterLab register. */
const VEGA_LITE_MIME = "application/vnd.vegalite.v5+json";
const VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

/** A white ground keeps the chart readable in a dark editor. */
const THEME: Readonly<Record<string, unknown>> = {
  background: "white",
  padding: 10,
  font: "Helvetica, Arial, 'DejaVu Sans', sans-serif",
  view: { stroke: null },
  range: { category: [...COLOURS] },
  title: {
    anchor: "start",
    frame: "group",
    fontSize: 14,
    fontWeight: 600,
    offset: 12,
    subtitleFontSize: 11,
    subtitleColor: "#555555",
    subtitlePadding: 5,
  },
  axis: {
    domainColor: "#888888",
    gridColor: "#e8e8e8",
    labelColor: "#333333",
    labelFontSize: 11,
    labelFlush: false,
    tickColor: "#888888",
    titleColor: "#222222",
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 8,
  },
  legend: {
    orient: "bottom",
    labelColor: "#222222",
    labelFontSize: 11,
    labelLimit: 300,
    columnPadding: 18,
    layout: { bottom: { anchor: "start", direction: "horizontal", margin: 22 } },
    symbolSize: 150,
    symbolStrokeWidth: 2,
    title: null,
    titleFontSize: 11,
    titleFontWeight: "normal",
  },
  header: { labelFontSize: 12, labelFontWeight: 600, title: null },
  line: { strokeWidth: 2 },
  point: { size: 55, strokeWidth: 1.8, opacity: 1 },
};

/** The parts of a {@link Chart}. */
export interface ChartParts {
  readonly title: string;
  /** One line below the title: preset, data set, number of seeds. */
  readonly subtitle?: string;
  /** The chart itself, without schema, title and theme. */
  readonly body: Record<string, unknown>;
  /** What a reader without graphics gets, one fact a line. */
  readonly facts?: readonly string[];
}

/**
 * A Vega-Lite chart: plain JSON that can be tested, shown by `show` and kept as SVG.
 *
 * The specification uses what Vega-Lite 5 and 6 share, so that editors (5) and the SVG (6) agree.
 */
export class Chart implements Displayable {
  readonly title: string;
  /** The complete Vega-Lite specification with inline data. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly facts: readonly string[];
  #svg: Promise<string> | undefined;

  constructor(parts: ChartParts) {
    this.title = parts.title;
    this.facts = parts.facts ?? [];
    const title = parts.subtitle === undefined
      ? { text: parts.title }
      : { text: parts.title, subtitle: parts.subtitle };
    this.spec = { $schema: VEGA_LITE_SCHEMA, title, ...parts.body, config: THEME };
  }

  /** The chart as an SVG document. */
  toSVG(): Promise<string> {
    this.#svg ??= renderSVG(this.spec);
    return this.#svg;
  }

  /** Title and facts, one a line. */
  toText(): string {
    return [`[chart] ${this.title}`, ...this.facts.map((fact) => `  ${fact}`)].join("\n");
  }

  async bundle(): Promise<MimeBundle> {
    return {
      [VEGA_LITE_MIME]: this.spec,
      "image/svg+xml": await this.toSVG(),
      "text/plain": this.toText(),
    };
  }

  [JUPYTER_DISPLAY](): Promise<MimeBundle> {
    return this.bundle();
  }
}

/**
 * Writes a chart as SVG; missing folders are made.
 *
 * @param chart The chart.
 * @param path The file to write, by convention `results/<experiment>/<name>.svg`.
 */
export async function saveChart(chart: Chart, path: string): Promise<void> {
  const svg = await chart.toSVG();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, svg);
}

/**
 * Draws a Vega-Lite specification as SVG.
 *
 * @param spec A complete specification.
 * @param onWarning Receives what the compiler or the renderer complains about.
 */
export async function renderSVG(
  spec: Readonly<Record<string, unknown>>,
  onWarning: (text: string) => void = () => {},
): Promise<string> {
  // Loaded late: the two take half a second that a run without charts should not wait for.
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const metrics = (vega as unknown as { textMetrics: { width: TextWidth } }).textMetrics;
  metrics.width = textWidth;
  const logger = {
    level: () => logger,
    error: (...words: readonly unknown[]) => (onWarning(words.join(" ")), logger),
    warn: (...words: readonly unknown[]) => (onWarning(words.join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  const compiled = compile(spec as unknown as TopLevelSpec, { logger: logger as never }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  view.logger(logger as never);
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

type TextWidth = (item: { fontSize?: number; limit?: number }, text: unknown) => number;

/**
 * Width of a text in pixels. Vega's own guess without a canvas, 0.8 em a character, leaves wide gaps
 * in legends; these four classes follow DejaVu Sans, the widest of the theme's fonts, so that no label
 * is cut off where the others are missing.
 */
const textWidth: TextWidth = (item, text) => {
  let ems = 0;
  for (const character of String(text ?? "")) {
    if ("ijlIft.,:;'|!()[]-/ ".includes(character)) ems += 0.37;
    else if ("mwMW%@—".includes(character)) ems += 0.95;
    else if (character >= "A" && character <= "Z") ems += 0.72;
    else ems += 0.62;
  }
  return ems * (item.fontSize ?? 11);
};

/** A plain number for facts and labels: three significant digits, thousands apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return value.toExponential(1);
  if (size >= 1000 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

/** Six significant digits: enough for a screen, and notebooks stay small. */
export function round(value: number): number {
  return Number(value.toPrecision(6));
}

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

/** Groups rows by a key, groups and rows in order of appearance. */
export function groupRows<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** At most `limit` of the rows, evenly spaced, the first and the last among them. */
export function thinRows<T>(rows: readonly T[], limit: number): T[] {
  if (rows.length <= limit) return [...rows];
  const step = (rows.length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, index) => rows[Math.round(index * step)]!);
}

/** @throws RangeError when a chart would be empty. */
export function checkRows(rows: { readonly length: number }, chart: string): void {
  if (rows.length === 0) {
    throw new RangeError(`Cannot draw ${chart}: found 0 rows, want at least 1`);
  }
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
