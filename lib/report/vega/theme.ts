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

/** Text on the white ground. */
const INK = "#222222";
/** What explains: labels of axes, second lines. */
const SOFT_INK = "#444444";
const LINES = "#888888";

/**
 * The look of every chart. A white ground keeps it readable in a dark editor, whose own theme is merged in below this
 * one: every colour is set here, or white titles of a dark theme would stand on white.
 */
export const THEME: Readonly<Record<string, unknown>> = {
  background: "white",
  padding: 10,
  font: "Helvetica, Arial, 'DejaVu Sans', sans-serif",
  view: { stroke: null, fill: null },
  range: { category: [...COLOURS] },
  mark: { color: COLOURS[0] },
  text: { color: INK, fill: INK },
  rule: { color: INK, stroke: INK },
  style: {
    "guide-label": { fill: SOFT_INK },
    "guide-title": { fill: INK },
    "group-title": { fill: INK },
    "group-subtitle": { fill: SOFT_INK },
    cell: { stroke: null, fill: null },
  },
  title: {
    anchor: "start",
    frame: "group",
    color: INK,
    fontSize: 14,
    fontWeight: 600,
    offset: 12,
    subtitleColor: SOFT_INK,
    subtitleFontSize: 11,
    subtitleLineHeight: 15,
    subtitlePadding: 5,
  },
  axis: {
    domainColor: LINES,
    gridColor: "#e8e8e8",
    labelColor: SOFT_INK,
    labelFontSize: 11,
    labelFlush: false,
    tickColor: LINES,
    titleColor: INK,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 8,
  },
  legend: {
    orient: "bottom",
    labelColor: INK,
    labelFontSize: 11,
    labelLimit: 300,
    columnPadding: 18,
    layout: { bottom: { anchor: "start", direction: "horizontal", margin: 22 } },
    symbolSize: 150,
    symbolStrokeWidth: 2,
    title: null,
    titleColor: INK,
    titleFontSize: 11,
    titleFontWeight: "normal",
    unselectedOpacity: 0.35,
  },
  header: {
    labelColor: INK,
    labelFontSize: 12,
    labelFontWeight: 600,
    title: null,
    titleColor: INK,
  },
  line: { strokeWidth: 2 },
  point: { size: 55, strokeWidth: 1.8, opacity: 1 },
};
