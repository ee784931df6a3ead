import assert from "node:assert/strict";
import { rc49 } from "../../../experiments/rc49.ts";
import { resolve } from "../../../experiments/specification/experiment.ts";
import { processedId } from "./process_fakes.ts";

Deno.test("processedId() tells specifications apart by the rule of clipping, whatever else they leave out", async () => {
  const specification = resolve(rc49, "smoke");
  const idOf = (adjustClip?: boolean) => {
    const { regressionBalance: _balance, adjustClip: _clip, ...compat } = specification.compat;
    return processedId(
      { ...specification, compat: { ...compat, ...(adjustClip !== undefined && { adjustClip }) } },
      { pool: { id: "pool" }, teacher: { id: "teacher" } },
      { steps: ["filter", "adjust"], rho: 0.5, fakes: 100 },
    );
  };
  const ids = await Promise.all([undefined, true, false].map(idOf));
  assert.equal(new Set(ids).size, 3);
});
