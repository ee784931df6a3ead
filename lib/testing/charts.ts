/** What every chart must pass; used by the tests of charts. */
import assert from "node:assert/strict";
import type { Chart } from "../report/vega/chart.ts";
import { onlySeen } from "../report/vega/interaction.ts";
import { renderSVG } from "../report/vega/render.ts";

/** A chart and what its drawing must hold. */
export interface Drawing {
  readonly chart: Chart;
  /** Least number of each class of mark in the SVG, such as "mark-line". */
  readonly marks: Readonly<Record<string, number>>;
  /** Texts of the SVG. */
  readonly words: readonly string[];
}

const LOUD = "#ff00ff";

/** What JupyterLab and VS Code merge in under a dark theme (vega-themes, "dark"), in a colour that nobody overlooks. */
const DARK = {
  background: LOUD,
  view: { stroke: LOUD, fill: LOUD },
  title: { color: LOUD, subtitleColor: LOUD },
  style: {
    "guide-label": { fill: LOUD },
    "guide-title": { fill: LOUD },
    "group-title": { fill: LOUD },
    "group-subtitle": { fill: LOUD },
    cell: { stroke: LOUD },
  },
  axis: {
    domainColor: LOUD,
    gridColor: LOUD,
    tickColor: LOUD,
    labelColor: LOUD,
    titleColor: LOUD,
  },
  legend: { labelColor: LOUD, titleColor: LOUD },
  header: { labelColor: LOUD, titleColor: LOUD },
  mark: { color: LOUD },
  text: { color: LOUD, fill: LOUD },
  rule: { color: LOUD, stroke: LOUD },
};

/** Gradients are numbered on through the process. */
const withoutCounters = (svg: string) => svg.replaceAll(/gradient_\d+/g, "gradient");

/** Registers a test that draws a chart: marks and words are there, and nothing complains. */
export function testDrawing(name: string, { chart, marks, words }: Drawing): void {
  Deno.test(`${name}: the SVG holds its marks and words, and nothing complains`, async () => {
    const complaints: string[] = [];
    const onWarning = (text: string) => void complaints.push(text);
    const svg = await chart.toSVG();
    // As it is drawn live, with what answers the mouse.
    await renderSVG(chart.spec, { onWarning });
    assert.deepEqual(complaints, []);
    const [light, dark] = await Promise.all(
      [{}, DARK].map((theme) => renderSVG(onlySeen(chart.spec), { theme })),
    );
    assert.ok(withoutCounters(dark!) === withoutCounters(light!), "a theme shines through");
    assert.match(svg, /^<svg role="img" aria-label="[^"]+"/);
    for (const [mark, least] of Object.entries(marks)) {
      const found = svg.split(`class="${mark} `).length - 1;
      assert.ok(found >= least, `found ${found} of ${mark}, want ${least}`);
    }
    const text = svg.replaceAll("&amp;", "&");
    for (const word of words) assert.ok(text.includes(word), `the SVG lacks "${word}"`);
    assert.ok(!svg.includes("NaN") && !svg.includes("undefined"));
  });
}
