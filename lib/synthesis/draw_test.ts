import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { TOY_TASK } from "../density_ratio/toy_parts.ts";
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

Deno.test("drawFakes() takes as many of each class, without replacement, the rest from the last", () => {
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

Deno.test("drawFakes() draws scalar labels uniformly", () => {
  const pool = poolOf(Array.from({ length: 1000 }, (_, i) => i / 20), {
    kind: "regression",
    minimum: 0,
    maximum: 50,
    scale: 60,
    unit: "years",
    labels: [1, 2, 3],
  });
  const { set, positions, perClass } = drawFakes(pool, { count: 400 }, rngOf(2));
  assert.equal(perClass, undefined);
  assert.equal(new Set(positions).size, 400);
  const mean = set.labels.reduce((sum, label) => sum + label, 0) / 400;
  // Uniform on [0, 50): standard error 0.56 of 400 of 1,000 draws without replacement.
  assert.ok(Math.abs(mean - 25) < 2.5, `mean ${mean}`);
});

Deno.test("drawFakes() refuses more fakes than the pool holds", () => {
  for (const shortfall of ["accept", "refill"] as const) {
    assert.throws(() => drawFakes(UNEVEN, { count: 43, shortfall }, rngOf(1)), {
      name: "RangeError",
      message: "Cannot draw M^g = 43 fake images: found 42 in the pool, want at least as many; " +
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
