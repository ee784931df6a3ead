import assert from "node:assert/strict";
import { compile, type TopLevelSpec } from "vega-lite";
import { parse, View } from "vega";
import { trainingCurves } from "../charts/training_curves.ts";
import { onlySeen, tips, unseen } from "./interaction.ts";

const CHART = trainingCurves([
  { series: "NOKD", step: 1, value: 2 },
  { series: "NOKD", step: 2, value: 1 },
  { series: "cGAN-KD", step: 1, value: 3 },
  { series: "cGAN-KD", step: 2, value: 0.5 },
]);

/** Opacities of the lines, and the series whose points answer the pointer. */
async function drawn(view: View): Promise<{ opacities: number[]; answering: string[] }> {
  const svg = await view.runAsync().then(() => view.toSVG());
  const lines = [...svg.matchAll(/aria-roledescription="line mark"[^>]*?\/>/g)].map(([text]) =>
    text
  );
  const opacities = lines.map((text) =>
    Number(/(?<!stroke-)opacity="([\d.]+)"/.exec(text)?.[1] ?? 1)
  );
  const points = [...svg.matchAll(/series: ([^;"]+)[^>]*aria-roledescription="point"/g)];
  return { opacities, answering: [...new Set(points.map(([, name]) => name!))] };
}

Deno.test("legendSwitch() shows all at first, and what the selection holds later", async () => {
  const view = new View(parse(compile(CHART.spec as unknown as TopLevelSpec).spec), {
    renderer: "none",
  });
  assert.deepEqual(await drawn(view), { opacities: [1, 1], answering: ["NOKD", "cGAN-KD"] });
  // What a click on the legend's entry does.
  const [tuple] = view.data("shown_store").filter(({ values }) => values[0] === "NOKD");
  view.change("shown_store", view.changeset().remove([tuple]));
  assert.deepEqual(await drawn(view), { opacities: [0, 1], answering: ["cGAN-KD"] });
  view.finalize();
});

Deno.test("onlySeen() takes unseen layers out at any depth, and nothing else", () => {
  const layer = { mark: "line", encoding: {} };
  const spec = { vconcat: [{ layer: [layer, unseen({ type: "point" }, {})] }, layer] };
  assert.deepEqual(onlySeen(spec), { vconcat: [{ layer: [layer] }, layer] });
});

Deno.test("tips() prints numbers by their format and everything else as it is", () => {
  assert.deepEqual(
    tips({ field: "a", title: "name" }, { field: "b", title: "MAE", format: ".2f" }),
    [
      { field: "a", title: "name", type: "nominal" },
      { field: "b", title: "MAE", type: "quantitative", format: ".2f" },
    ],
  );
});
