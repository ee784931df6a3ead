import assert from "node:assert/strict";
import { holm, pairedDifference } from "./paired.ts";

// With two degrees of freedom both tails of t are 1 − |t| / √(2 + t²): t = 2 and t = −11 here.
Deno.test("pairedDifference() has the p-values of the t-test", () => {
  assert.equal(pairedDifference([1, 1, 0]).pValue!.toFixed(6), "0.183503");
  assert.equal(pairedDifference([-2, -2, -1.5]).pValue!.toFixed(6), "0.008163");
  assert.equal(pairedDifference([1]).pValue, undefined);
  assert.equal(pairedDifference([2, 2]).pValue, 0);
  assert.equal(pairedDifference([0, 0]).pValue, 1);
});

Deno.test("pairedDifference() is below a level exactly where 0 is outside of the interval", () => {
  for (const differences of [[0.3, 0.9, 0.1], [1, 2, 3, 1], [0.1, -0.1, 0.3], [-5, -4.9]]) {
    const { mean, halfWidth, pValue } = pairedDifference(differences);
    assert.equal(pValue! < 0.05, Math.abs(mean) > halfWidth!);
  }
});

Deno.test("holm() multiplies the smallest most, keeps the order and stays at most 1", () => {
  // 4 · 0.01, 3 · 0.02, 2 · 0.04, 0.5.
  const found = holm([0.02, 0.5, 0.01, 0.04]).map((p) => Number(p.toFixed(6)));
  assert.deepEqual(found, [0.06, 0.5, 0.04, 0.08]);
  assert.deepEqual(holm([0.6, 0.9]), [1, 1]);
  assert.deepEqual(holm([]), []);
});
