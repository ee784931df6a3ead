import assert from "node:assert/strict";
import type { ExperimentRun } from "../chain/run.ts";
import { ratioByLabelFigure } from "./scalar_labels/charts.ts";
import { NOT_SUBSAMPLED, notSubsampled } from "./not_subsampled.ts";
import { ratioCurves, ratioFigure } from "./ratio.ts";

const runOf = (steps: readonly string[]) => ({ specification: { synthesis: { steps } } });

Deno.test("where nothing is subsampled, figures of the density ratio say so and make no stage", async () => {
  const run = new Proxy(runOf(["filter", "adjust"]), {
    get(target, name) {
      if (name === "specification") return target.specification;
      // An async figure is awaited, never its run.
      throw new Error(`asked for ${String(name)}`);
    },
  }) as unknown as ExperimentRun;
  for (const figure of [ratioCurves, ratioFigure, ratioByLabelFigure]) {
    assert.equal(await figure(run), NOT_SUBSAMPLED, figure.name);
  }
});

Deno.test("notSubsampled() is silent where fakes are subsampled, also by nothing else", () => {
  assert.equal(notSubsampled(runOf(["subsample"]) as ExperimentRun), undefined);
  assert.match(notSubsampled(runOf([]) as ExperimentRun)!, /no density ratio/);
});
