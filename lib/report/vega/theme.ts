/** Colours, sizes and the look that all charts share. */

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

/** A white ground keeps the chart readable in a dark editor. */
export const THEME: Readonly<Record<string, unknown>> = {
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
