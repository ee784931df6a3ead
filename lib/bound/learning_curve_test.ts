import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { fitLearningCurve } from "./learning_curve.ts";

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
