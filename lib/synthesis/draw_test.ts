import assert from "node:assert/strict";
import {
  imagesInMemory,
  type LabelledImages,
  type Regression,
  type Task,
} from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { TOY_TASK } from "../testing/density_ratio.ts";
import { drawFakes } from "./draw.ts";

function poolOf(labels: number[], task: Task = TOY_TASK): LabelledImages {
  const shape = { height: 1, width: 1, channels: 1 };
  return {
    images: imagesInMemory(new Uint8Array(labels.length), shape),
    labels: Float32Array.from(labels),
    task,
    origin: "fake",
  };
}

const EVEN = poolOf(Array.from({ length: 60 }, (_, i) => i % 3));
// 2, 30 and 10 fakes of the three classes.
const UNEVEN = poolOf([...Array(2).fill(0), ...Array(30).fill(1), ...Array(10).fill(2)]);

Deno.test("drawFakes() takes equal counts of each class, without replacement, the rest from the last", () => {
  const { set, positions, perClass, missing } = drawFakes(EVEN, { count: 20 }, rngOf(1));
  assert.deepEqual([...perClass!], [6, 6, 8]);
  assert.equal(missing, 0);
  assert.equal(new Set(positions).size, 20);
  assert.equal(set.images.count, 20);
  for (const [i, position] of positions.entries()) {
    assert.equal(set.labels[i], EVEN.labels[position]);
  }
});

Deno.test("drawFakes() gives the same fakes for the same stream", () => {
  const draw = (seed: number) => [...drawFakes(EVEN, { count: 9 }, rngOf(seed)).positions];
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

Deno.test("drawFakes() leaves a class short or refills from the others", () => {
  const accepted = drawFakes(UNEVEN, { count: 24, shortfall: "accept" }, rngOf(1));
  assert.deepEqual([...accepted.perClass!], [2, 8, 8]);
  assert.equal(accepted.missing, 6);
  assert.equal(accepted.set.images.count, 18);
  const refilled = drawFakes(UNEVEN, { count: 24 }, rngOf(1));
  assert.equal(refilled.missing, 0);
  assert.equal(new Set(refilled.positions).size, 24);
  assert.equal(refilled.perClass![0], 2);
  assert.ok(refilled.perClass![1]! >= 8 && refilled.perClass![2]! >= 8);
  // The balanced part is the same draw.
  assert.deepEqual([...refilled.positions.subarray(0, 18)], [...accepted.positions]);
});

Deno.test("drawFakes() takes a whole pool and nothing at all", () => {
  const all = drawFakes(UNEVEN, { count: 42 }, rngOf(1));
  assert.deepEqual(
    [...all.positions].sort((a, b) => a - b),
    Array.from({ length: 42 }, (_, i) => i),
  );
  assert.equal(drawFakes(UNEVEN, { count: 0 }, rngOf(1)).set.images.count, 0);
});

const AGES: Regression = {
  kind: "regression",
  minimum: 0,
  maximum: 50,
  scale: 60,
  unit: "years",
  labels: [1, 2, 3],
};

Deno.test("drawFakes() draws scalar labels uniformly where no balance is wanted", () => {
  const pool = poolOf(Array.from({ length: 1000 }, (_, i) => i / 20), AGES);
  const options = { count: 400, regressionBalance: "none" } as const;
  const { set, positions, perClass, perBin } = drawFakes(pool, options, rngOf(2));
  assert.equal(perClass, undefined);
  assert.equal(perBin, undefined);
  assert.equal(new Set(positions).size, 400);
  const mean = set.labels.reduce((sum, label) => sum + label, 0) / 400;
  // Uniform on [0, 50): standard error 0.56 of 400 of 1,000 draws without replacement.
  assert.ok(Math.abs(mean - 25) < 2.5, `mean ${mean}`);
});

Deno.test("drawFakes() takes equal counts from each part of the range, as far as it holds so many", () => {
  // 3 below 10 years, 40 below 20, 20 below 30, none below 40, 30 above; some beyond the range.
  const labels = [
    ...[-4, 0, 9.9],
    ...Array.from({ length: 40 }, (_, i) => 10 + i / 4),
    ...Array.from({ length: 20 }, (_, i) => 20 + i / 2),
    ...Array.from({ length: 30 }, (_, i) => 40 + i),
  ];
  const pool = poolOf(labels, AGES);
  const draw = (count: number, seed = 1) => drawFakes(pool, { count, bins: 5 }, rngOf(seed));
  // 45 of five parts: 9 each; 3 and none are short by 15, which the others share.
  const { set, positions, perBin, missing } = draw(45);
  assert.deepEqual([...perBin!], [3, 14, 14, 0, 14]);
  assert.equal(missing, 0);
  assert.equal(new Set(positions).size, 45);
  const found = [0, 0, 0, 0, 0];
  for (const [i, position] of positions.entries()) {
    assert.equal(set.labels[i], Math.fround(labels[position]!));
    found[Math.min(4, Math.max(0, Math.floor(set.labels[i]! / 10)))]!++;
  }
  assert.deepEqual(found, [...perBin!]);
  // What cannot be shared evenly goes to parts at random, one each.
  const odd = [...draw(47).perBin!];
  assert.equal(odd.reduce((sum, share) => sum + share, 0), 47);
  assert.deepEqual([odd[0], odd[3], ...odd.slice(1).sort((a, b) => a - b)], [3, 0, 0, 14, 15, 15]);
  // Parts that are exhausted give all, up to the whole pool.
  assert.deepEqual([...draw(81).perBin!], [3, 29, 20, 0, 29]);
  assert.deepEqual([...draw(93).perBin!], [3, 40, 20, 0, 30]);
  assert.equal(draw(0).set.images.count, 0);
  // Draws are balanced by default, and the stream decides which fakes.
  assert.deepEqual([...draw(45).positions], [...positions]);
  assert.notDeepEqual([...draw(45, 2).positions], [...positions]);
  const stratified = { count: 45, bins: 5, regressionBalance: "stratified" } as const;
  assert.deepEqual([...drawFakes(pool, stratified, rngOf(1)).positions], [...positions]);
});

Deno.test("drawFakes() refuses labels that are not finite and odd numbers of parts", () => {
  for (const regressionBalance of ["stratified", "none"] as const) {
    assert.throws(
      () => drawFakes(poolOf([1, NaN], AGES), { count: 1, regressionBalance }, rngOf(1)),
      {
        name: "RangeError",
        message: "Cannot draw fake images: found label NaN at 1, want finite numbers",
      },
    );
  }
  assert.throws(() => drawFakes(poolOf([1, 2], AGES), { count: 1, bins: 0 }, rngOf(1)), {
    message: "Cannot use bins = 0: want an integer of at least 1",
  });
  assert.throws(() => drawFakes(poolOf([1, 2], AGES), { count: 3 }, rngOf(1)), {
    name: "RangeError",
    message: "Cannot draw M^g = 3 fake images: found 2 in the pool, want at least 3; " +
      "lower M^g, raise rho or accept more fakes for each label",
  });
});

Deno.test("drawFakes() refuses more fakes than the pool holds", () => {
  for (const shortfall of ["accept", "refill"] as const) {
    assert.throws(() => drawFakes(UNEVEN, { count: 43, shortfall }, rngOf(1)), {
      name: "RangeError",
      message: "Cannot draw M^g = 43 fake images: found 42 in the pool, want at least 43; " +
        "lower M^g, raise rho or accept more fakes for each label",
    });
  }
  assert.throws(() => drawFakes(UNEVEN, { count: 1.5 }, rngOf(1)), {
    message: "Cannot use M^g = 1.5: want an integer of at least 0",
  });
  assert.throws(() => drawFakes(poolOf([0, 3]), { count: 1 }, rngOf(1)), {
    name: "RangeError",
    message: "Cannot draw fake images: found class 3 at 1, want an integer in [0, 2]",
  });
});
