import assert from "node:assert/strict";
import { countBins } from "./bins.ts";

Deno.test("countBins() puts what lies outside into the outermost bins", () => {
  const bins = countBins([-1, 0, 0.5, 1, 1.9, 7, NaN, Infinity], { low: 0, high: 2, bins: 2 });
  assert.deepEqual(bins.map((bin) => [bin.low, bin.high, bin.count]), [[0, 1, 3], [1, 2, 4]]);
  assert.ok(Math.abs(bins[0]!.percent - 300 / 7) < 1e-12);
  assert.throws(() => countBins([1], { low: 1, high: 1, bins: 3 }), RangeError);
});
