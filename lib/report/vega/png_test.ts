import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
// @ts-types="../../data/files/pngjs.d.ts"
import { PNG } from "pngjs";
import { Chart, saveChart } from "./chart.ts";
import { renderPNG } from "./png.ts";

const RED =
  '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="4"><rect width="5" height="4" fill="#ff0000"/></svg>';

Deno.test("renderPNG() has the pixels of the SVG, times the scale, on white", async () => {
  const { width, height, data } = PNG.sync.read(Buffer.from(await renderPNG(RED, 2)));
  assert.deepEqual([width, height], [20, 8]);
  assert.deepEqual([...data.subarray(0, 4)], [255, 0, 0, 255]);
  assert.deepEqual([...data.subarray(4 * 19, 4 * 20)], [255, 255, 255, 255]);
  await assert.rejects(renderPNG(RED, 0), /Cannot use scale = 0/);
});

Deno.test("saveChart() writes what the ending of the file says", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const body = {
      data: { values: [{ x: 1 }] },
      mark: "point",
      encoding: { x: { field: "x", type: "quantitative" } },
    };
    const chart = new Chart({ title: "One point", body });
    await saveChart(chart, `${folder}/new/chart.svg`);
    await saveChart(chart, `${folder}/new/chart.png`);
    assert.match(await Deno.readTextFile(`${folder}/new/chart.svg`), /^<svg /);
    const { width } = PNG.sync.read(Buffer.from(await Deno.readFile(`${folder}/new/chart.png`)));
    assert.ok(width > 300);
    await assert.rejects(saveChart(chart, `${folder}/chart.pdf`), {
      name: "RangeError",
      message:
        `Cannot save a chart as "${folder}/chart.pdf": want a file that ends in .svg or .png`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
