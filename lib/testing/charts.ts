/** What every chart must pass; used by the tests of charts. */
import assert from "node:assert/strict";
import type { Chart } from "../report/vega/chart.ts";
import { renderSVG } from "../report/vega/render.ts";

/** A chart and what its drawing must hold. */
export interface Drawing {
  readonly chart: Chart;
  /** Least number of each class of mark in the SVG, such as "mark-line". */
  readonly marks: Readonly<Record<string, number>>;
  /** Texts of the SVG. */
  readonly words: readonly string[];
}

/** Registers a test that draws a chart: marks and words are there, and nothing complains. */
export function testDrawing(name: string, { chart, marks, words }: Drawing): void {
  Deno.test(`${name}: the SVG holds its marks and words, and nothing complains`, async () => {
    const complaints: string[] = [];
    const svg = await renderSVG(chart.spec, (text) => complaints.push(text));
    assert.deepEqual(complaints, []);
    for (const [mark, least] of Object.entries(marks)) {
      const found = svg.split(`class="${mark} `).length - 1;
      assert.ok(found >= least, `found ${found} of ${mark}, want ${least}`);
    }
    const text = svg.replaceAll("&amp;", "&");
    for (const word of words) assert.ok(text.includes(word), `the SVG lacks "${word}"`);
    assert.ok(!svg.includes("NaN") && !svg.includes("undefined"));
  });
}
