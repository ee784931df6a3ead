import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { fitLearningCurve, rademacherLowerEstimate } from "./learning_curve.ts";

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
