import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chart, saveChart } from "./chart.ts";

function aChart(): Chart {
  return new Chart({
    title: "A point",
    body: {
      data: { values: [{ x: 1 }] },
      mark: "point",
      encoding: { x: { field: "x", type: "quantitative" } },
    },
    facts: ["x is 1"],
  });
}

Deno.test("a chart's bundle carries Vega-Lite 5, SVG and text", async () => {
  const chart = aChart();
  const bundle = await chart.bundle();
  assert.deepEqual(Object.keys(bundle), [
    "application/vnd.vegalite.v5+json",
    "image/svg+xml",
    "text/plain",
  ]);
  assert.equal(bundle["application/vnd.vegalite.v5+json"], chart.spec);
  const shownByItself = (chart as unknown as Record<symbol, () => Promise<unknown>>)[
    Symbol.for("Jupyter.display")
  ]!.call(chart);
  assert.deepEqual(await shownByItself, bundle);
});

Deno.test("saveChart() writes the SVG and makes the folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chart-"));
  try {
    const chart = aChart();
    await saveChart(chart, join(folder, "figures", "mae.svg"));
    const svg = await readFile(join(folder, "figures", "mae.svg"), "utf8");
    assert.ok(svg.startsWith("<svg"));
    assert.equal(svg, await chart.toSVG());
  } finally {
    await rm(folder, { recursive: true });
  }
});
Deno.test("a title that is longer than its chart is wide takes two lines", () => {
  const textOf = (title: string, width?: number) => {
    const body = { data: { values: [] }, mark: "point", ...width !== undefined && { width } };
    return (new Chart({ title, body }).spec.title as { text: string | string[] }).text;
  };
  const title = "Labels through the embedding and back, chairs rendered by us";
  assert.deepEqual(textOf(title, 400), [
    "Labels through the embedding and back,",
    "chairs rendered by us",
  ]);
  assert.deepEqual(textOf("Labels and what comes back", 100), ["Labels and", "what comes back"]);
  assert.equal(textOf(title, 520), title);
  assert.equal(textOf(title), title);
});
