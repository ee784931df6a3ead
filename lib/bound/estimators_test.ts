import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import {
  bootstrap,
  disagreement,
  meanEstimate,
  totalVariationLowerBound,
  totalVariationOfBoth,
} from "./estimators.ts";
import { normalTails } from "../base/distributions.ts";

/** Φ. */
const normalCdf = (z: number) => z >= 0 ? 1 - normalTails(z) / 2 : normalTails(z) / 2;
/** TV of N(0, 1) and N(μ, 1). */
const truth = (mu: number) => 2 * normalCdf(Math.abs(mu) / 2) - 1;
/** p_r / p_g with p_r = N(0, 1), p_g = N(μ, 1). */
const ratio = (x: number, mu: number) => Math.exp(mu * mu / 2 - mu * x);

Deno.test("totalVariationOfBoth() with the exact ratio covers the truth, and no ratio decides alone", () => {
  const mu = 0.8;
  let covered = 0;
  for (let run = 0; run < 100; run++) {
    const rng = rngOf(1, "both", run);
    const draw = (centre: number) =>
      Float64Array.from({ length: 300 }, () => ratio(centre + rng.normal(), mu));
    const { low, high } = totalVariationOfBoth({ real: draw(0), fake: draw(mu) }, {
      rng,
      replicates: 200,
    });
    if (low <= truth(mu) && truth(mu) <= high) covered++;
  }
  assert.ok(covered >= 86, `covered in ${covered} of 100 runs`);
  const options = { rng: rngOf(0), replicates: 5 };
  assert.equal(totalVariationOfBoth({ real: [1, 1], fake: [1] }, options).value, 0);
  assert.equal(totalVariationOfBoth({ real: [1e30, 1], fake: [1, 1] }, options).value, 0.25);
  const realWeights = [0, 1];
  assert.equal(totalVariationOfBoth({ real: [3, 1], fake: [1], realWeights }, options).value, 0);
});

Deno.test("totalVariationLowerBound() exceeds the truth in at most 5 % of 200 repetitions", () => {
  const mu = 1;
  let exceeded = 0;
  let sum = 0;
  let width = 0;
  for (let run = 0; run < 200; run++) {
    const rng = rngOf(2, "lower", run);
    const marks = (centre: number, isReal: boolean) =>
      Array.from({ length: 300 }, () => (centre + rng.normal() < mu / 2) === isReal);
    const bound = totalVariationLowerBound({ real: marks(0, true), fake: marks(mu, false) });
    if (bound.low > truth(mu)) exceeded++;
    sum += bound.low;
    width = bound.width;
  }
  // 10 expected at most; three standard deviations more are 19.
  assert.ok(exceeded <= 19, `exceeded in ${exceeded} of 200 runs`);
  // The best classifier leaves only the allowance for chance between bound and truth.
  assert.ok(Math.abs(sum / 200 - (truth(mu) - width)) < 0.02);
});

// By hand: √(ln 20 / 2 · (1/100 + 1/400)) = 0.13684…
Deno.test("totalVariationLowerBound() subtracts Hoeffding's width and stays at 0 or above", () => {
  const real = Array.from({ length: 100 }, (_, i) => i < 80);
  const fake = Array.from({ length: 400 }, (_, i) => i < 280);
  const { low, advantage, width } = totalVariationLowerBound({ real, fake });
  assert.ok(Math.abs(advantage - 0.5) < 1e-12);
  assert.ok(Math.abs(width - 0.136836) < 1e-5);
  assert.equal(low, advantage - width);
  assert.equal(totalVariationLowerBound({ real: [true], fake: [false] }).low, 0);
  assert.throws(() => totalVariationLowerBound({ real: [], fake }), /found no real images/);
});

Deno.test("disagreement() is a share for classes and a share of the range for real labels", () => {
  const options = { rng: rngOf(0), replicates: 50 };
  assert.equal(disagreement([0, 1, 2, 3], [0, 1, 0, 3], options).value, 0.25);
  assert.equal(disagreement([10, 20], [19, 11], { ...options, range: 90 }).value, 0.1);
  // An answer far outside the range counts as the range.
  assert.equal(disagreement([200, 9], [0, 0], { ...options, range: 90 }).value, 0.55);
  assert.throws(() => disagreement([1], [1, 2], options), /found 1 and 2/);
});

Deno.test("bootstrap() is reproducible and as wide as the standard error says", () => {
  const values = Array.from({ length: 400 }, (_, i) => i % 2);
  const estimate = () => meanEstimate(values, { rng: rngOf(5, "boot") });
  assert.deepEqual(estimate(), estimate());
  const { value, low, high } = estimate();
  assert.equal(value, 0.5);
  // 2 · 1.96 · √(0.25 / 400) = 0.098.
  assert.ok(Math.abs(high - low - 0.098) < 0.015);
  assert.throws(() => bootstrap(0, () => 0, { rng: rngOf(0) }), RangeError);
});
