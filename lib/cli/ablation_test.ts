import assert from "node:assert/strict";
import { ABLATIONS } from "../ablations/registry.ts";
import { ablationList, ablationName } from "./ablation.ts";

Deno.test("--ablation list has every name with its sentence", () => {
  const lines = ablationList().split("\n");
  assert.equal(lines.length, Object.keys(ABLATIONS).length);
  for (const { name, what } of Object.values(ABLATIONS)) {
    assert.ok(lines.some((line) => line.startsWith(`${name} `) && line.endsWith(what)), name);
  }
});

Deno.test("--ablation takes the start of a name, and refuses another one and what does not go with it", () => {
  assert.equal(ablationName("compo", {}), "components");
  assert.throws(() => ablationName("compnents", {}), /did you mean "components"/);
  assert.throws(() => ablationName("rho", { until: "generator" }), /--until with --ablation/);
});
