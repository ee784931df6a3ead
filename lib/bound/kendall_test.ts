import assert from "node:assert/strict";
import { kendallTauB } from "./kendall.ts";

function assertNear(found: number, wanted: number, tolerance = 1e-10) {
  assert.ok(Math.abs(found - wanted) <= tolerance * Math.abs(wanted), `${found} for ${wanted}`);
}

// 348 of the 5,040 permutations are at least as far from independence, counted one by one.
Deno.test("kendallTauB() without ties has the exact p-value", () => {
  const { tau, pValue, method } = kendallTauB([0, 1, 2, 3, 4, 5, 6], [1, 0, 3, 2, 6, 4, 5]);
  assert.equal(method, "exact");
  assertNear(tau, 13 / 21);
  assertNear(pValue, 348 / 5040);
});

// The example of scipy.stats.kendalltau.
Deno.test("kendallTauB() with ties equals SciPy's example", () => {
  const { tau, pValue, method } = kendallTauB([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]);
  assert.equal(method, "normal");
  assertNear(tau, -0.47140452079103173);
  assertNear(pValue, 0.2827454599327748);
});

Deno.test("kendallTauB() is 1 for equal orderings, −1 for reversed ones, blind to scale", () => {
  const x = [3, 1, 4, 1.5, 9];
  assert.equal(kendallTauB(x, x.map((value) => value ** 3)).tau, 1);
  const reversed = kendallTauB(x, x.map((value) => -value));
  assert.equal(reversed.tau, -1);
  assertNear(reversed.pValue, 2 / 120);
});

Deno.test("kendallTauB() is not a number for a constant list and refuses unequal lengths", () => {
  const { tau, pValue } = kendallTauB([1, 1, 1], [1, 2, 3]);
  assert.ok(Number.isNaN(tau) && Number.isNaN(pValue));
  assert.throws(() => kendallTauB([1, 2], [1]), /found 2 and 1 values/);
  assert.throws(() => kendallTauB([1], [1]), RangeError);
});
