import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import {
  bootstrap,
  disagreement,
  fitLearningCurve,
  meanEstimate,
  rademacherLowerEstimate,
  totalVariationLowerBound,
  totalVariationPlugIn,
} from "./estimators.ts";
import { erfc } from "./kendall.ts";

/** Φ. */
const normalCdf = (z: number) => z >= 0 ? 1 - erfc(z / Math.SQRT2) / 2 : erfc(-z / Math.SQRT2) / 2;
/** TV of N(0, 1) and N(μ, 1). */
const truth = (mu: number) => 2 * normalCdf(Math.abs(mu) / 2) - 1;
/** p_r / p_g with p_r = N(0, 1), p_g = N(μ, 1). */
const ratio = (x: number, mu: number) => Math.exp(mu * mu / 2 - mu * x);

Deno.test("totalVariationPlugIn() with the exact ratio covers the truth of two Gaussians", () => {
  const mu = 0.8;
  let covered = 0;
  for (let run = 0; run < 100; run++) {
    const rng = rngOf(1, "plug-in", run);
    const ratios = Float64Array.from({ length: 400 }, () => ratio(mu + rng.normal(), mu));
    const { low, high } = totalVariationPlugIn(ratios, { rng, replicates: 200 });
    if (low <= truth(mu) && truth(mu) <= high) covered++;
  }
  // 95 expected; four standard deviations of a binomial are 8.7.
  assert.ok(covered >= 86, `covered in ${covered} of 100 runs`);
});

Deno.test("totalVariationPlugIn() is 0 where the distributions are equal", () => {
  const { value, low, high } = totalVariationPlugIn(new Float32Array(50).fill(1), {
    rng: rngOf(0),
  });
  assert.deepEqual([value, low, high], [0, 0, 0]);
});

Deno.test("totalVariationPlugIn() lets each group count the same", () => {
  const options = { rng: rngOf(0), replicates: 10 };
  const ratios = [1, 1, 1, 3];
  assert.equal(totalVariationPlugIn(ratios, options).value, 0.25);
  assert.equal(totalVariationPlugIn(ratios, { ...options, groups: [0, 0, 0, 1] }).value, 0.5);
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

// Two students, always right or always wrong: the supremum is max(0, mean σ), on average 1/√(2πn).
Deno.test("rademacherLowerEstimate() equals the closed form of a class of two students", () => {
  const n = 100;
  const fits = Array.from({ length: 400 }, (_, run) => {
    const rng = rngOf(8, run);
    const signs = Int8Array.from({ length: n }, () => rng.uniform() < 0.5 ? 1 : -1);
    const loss = signs.reduce((a, b) => a + b, 0) > 0 ? 1 : 0;
    return { signs, losses: new Uint8Array(n).fill(loss) };
  });
  const { low, high } = rademacherLowerEstimate(fits, { rng: rngOf(9), level: 0.999 });
  const wanted = 1 / Math.sqrt(2 * Math.PI * n);
  assert.ok(low <= wanted && wanted <= high, `${low} … ${high} for ${wanted}`);
});

Deno.test("fitLearningCurve() finds a and b of points on the curve", () => {
  const points = [1000, 2000, 5000, 10_000].flatMap((real) =>
    [0, 1, 2].map(() => ({ real, error: 0.05 + 3 / Math.sqrt(real) }))
  );
  const { a, b } = fitLearningCurve(points, { rng: rngOf(0) });
  assert.ok(Math.abs(a - 0.05) < 1e-12);
  for (const value of [b.value, b.low, b.high]) assert.ok(Math.abs(value - 3) < 1e-10);
});

Deno.test("fitLearningCurve() covers b of noisy points and refuses fewer than four sizes", () => {
  let covered = 0;
  for (let run = 0; run < 60; run++) {
    const rng = rngOf(3, run);
    const points = [500, 1000, 2000, 5000, 10_000].flatMap((real) =>
      Array.from({ length: 8 }, () => ({
        real,
        error: 0.1 + 4 / Math.sqrt(real) + 0.01 * rng.normal(),
      }))
    );
    const { b } = fitLearningCurve(points, { rng, replicates: 200 });
    if (b.low <= 4 && 4 <= b.high) covered++;
  }
  // Redrawing 8 seeds a size covers a little less than 95 % of the time.
  assert.ok(covered >= 48, `covered in ${covered} of 60 runs`);
  assert.throws(
    () => fitLearningCurve([{ real: 10, error: 0.5 }], { rng: rngOf(0) }),
    /found 1 sizes, want at least 4/,
  );
});
