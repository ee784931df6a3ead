import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import {
  bestThreshold,
  searchedThreshold,
  thresholdComplexity,
  thresholdError,
} from "./threshold_students.ts";

Deno.test("bestThreshold() has the fewest errors of all thresholds and both signs", () => {
  for (let run = 0; run < 50; run++) {
    const rng = rngOf(1, run);
    const x = Array.from({ length: 9 }, () => rng.normal());
    const y = x.map(() => rng.uniform() < 0.5 ? 1 : -1);
    const all = [-Infinity, ...x].flatMap((threshold) =>
      ([1, -1] as const).map((sign) => thresholdError({ threshold, sign }, { x, y }))
    );
    assert.equal(thresholdError(bestThreshold({ x, y }), { x, y }), Math.min(...all));
    const rough = searchedThreshold({ x, y }, { tries: 1, rng });
    assert.ok(thresholdError(rough, { x, y }) >= Math.min(...all));
  }
});

// n = 1: ½ whatever the sign. n = 2: equal signs reach 2, unlike ones 2 as well (0, 2, 0): ½ again.
Deno.test("thresholdComplexity() equals cases by hand", () => {
  assert.equal(thresholdComplexity(1, rngOf(1)), 0.5);
  assert.equal(thresholdComplexity(2, rngOf(1)), 0.5);
  const at = (n: number) => thresholdComplexity(n, rngOf(2), 4000);
  // It falls as 1 / √n.
  assert.ok(Math.abs(at(400) / at(1600) - 2) < 0.1);
});
