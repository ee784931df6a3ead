import assert from "node:assert/strict";
import type { Regression } from "../base/contracts.ts";
import { labelScore } from "./label_score.ts";

const AGES: Regression = {
  kind: "regression",
  minimum: 1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [20, 30],
};

// Errors 1, 3 at 20 and 5, 5, 2 at 30: 2 and 4 per label, 16/5 over all.
const READ = { predicted: [21, 17, 35, 25, 28], labels: [20, 20, 30, 30, 30], task: AGES };

Deno.test("labelScore() averages over fakes, then over labels", () => {
  const { perLabel, mean, deviation, minimum, maximum, allFakes } = labelScore(READ);
  assert.deepEqual(perLabel, [{ label: 20, error: 2 }, { label: 30, error: 4 }]);
  assert.deepEqual({ mean, deviation, minimum, maximum }, {
    mean: 3,
    deviation: 1,
    minimum: 2,
    maximum: 4,
  });
  assert.equal(allFakes.mean, 16 / 5);
  // Squares around 3.2: 4.84 + 0.04 + 3.24 + 3.24 + 1.44 = 12.8, over 5.
  assert.ok(Math.abs(allFakes.deviation - Math.sqrt(2.56)) < 1e-12);
});

Deno.test("labelScore() does not depend on the order of the fakes", () => {
  const reversed = {
    ...READ,
    predicted: READ.predicted.toReversed(),
    labels: READ.labels.toReversed(),
  };
  assert.deepEqual(labelScore(reversed), labelScore(READ));
});

// With radius 10 around 25 all five belong; each error is against the fake's own label.
Deno.test("labelScore() measures against the fake's own label within an interval", () => {
  const { perLabel } = labelScore(READ, { centres: [25], radius: 5 });
  assert.deepEqual(perLabel, [{ label: 25, error: 16 / 5 }]);
});

Deno.test("labelScore() refuses missing fakes and predictions", () => {
  assert.throws(() => labelScore({ ...READ, predicted: [1] }), /found 1 predictions for 5 labels/);
  assert.throws(() => labelScore(READ, { centres: [40] }), /label 40: found no fake image/);
  assert.throws(() => labelScore({ ...READ, predicted: [21, 17, NaN, 25, 28] }), {
    name: "RangeError",
    message: "Cannot score image 2: found prediction NaN for label 30, want finite numbers",
  });
});
