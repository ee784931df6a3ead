import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { batchesInOrder, batchIndicesAt, mixedIndicesAt, stepsPerEpoch } from "./order.ts";

Deno.test("batchIndicesAt() visits every image once per epoch, in another order each epoch", () => {
  const order = { count: 10, batch: 4, rng: rngOf(7, "order") };
  assert.equal(stepsPerEpoch(order), 3);
  const epoch = (n: number) => [0, 1, 2].map((k) => [...batchIndicesAt(3 * n + k, order)]);
  for (let n = 0; n < 3; n++) {
    assert.deepEqual(epoch(n).map((part) => part.length), [4, 4, 2]);
    assert.deepEqual(epoch(n).flat().sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
  assert.notDeepEqual(epoch(0), epoch(1));
  const dropped = { ...order, dropLast: true };
  assert.equal(stepsPerEpoch(dropped), 2);
  assert.deepEqual([...batchIndicesAt(2, dropped)], epoch(1)[0]);
});

Deno.test("a last batch of less than an eighth is left out, and its images come in other epochs", () => {
  const steps = (count: number) => stepsPerEpoch({ count, batch: 16 });
  assert.deepEqual([32, 33, 34, 1].map(steps), [2, 2, 3, 1]);
  assert.deepEqual([7, 8].map((rest) => stepsPerEpoch({ count: 512 + rest, batch: 512 })), [1, 2]);
  const order = { count: 33, batch: 16, rng: rngOf(7, "order") };
  const seen = new Set<number>();
  for (let step = 0; step < 2 * 8; step++) {
    const batch = batchIndicesAt(step, order);
    assert.equal(batch.length, 16);
    batch.forEach((position) => seen.add(position));
  }
  assert.equal(seen.size, 33);
});

Deno.test("batchIndicesAt() depends only on its arguments, not on earlier calls or the caller", () => {
  const at = (step: number, seed = 7) => [
    ...batchIndicesAt(step, { count: 50, batch: 8, rng: rngOf(seed, "order") }),
  ];
  const first = at(40);
  // Pushes the order out of the cache, and tries to spoil it.
  for (let seed = 100; seed < 120; seed++) at(40, seed);
  batchIndicesAt(40, { count: 50, batch: 8, rng: rngOf(7, "order") }).fill(0);
  assert.deepEqual(at(40), first);
  assert.notDeepEqual(at(40, 8), first);
  const order = { count: 3, batch: 8, rng: rngOf(0), dropLast: true };
  assert.throws(() => batchIndicesAt(0, order), /found batch 8 for 3 images, want at most 3/);
});

Deno.test("batchesInOrder() covers every position once", () => {
  assert.deepEqual([...batchesInOrder(5, 2)].map((part) => [...part]), [[0, 1], [2, 3], [4]]);
  assert.deepEqual([...batchesInOrder(0, 2)], []);
});

Deno.test("mixedIndicesAt() has the same share of both parts in every batch, and visits each image once a pass", () => {
  // 6 real images and 4 fakes; 3 and 1 of them a batch.
  const order = { count: 10, first: 6, batch: 4, share: 0.25, rng: rngOf(7, "order") };
  const steps = Array.from({ length: 8 }, (_, step) => [...mixedIndicesAt(step, order)]);
  for (const step of steps) {
    assert.deepEqual(step.map((position) => position >= 6), [false, false, false, true]);
  }
  const reals = steps.flatMap((step) => step.slice(0, 3));
  const fakes = steps.map((step) => step[3]!);
  for (let pass = 0; pass < 4; pass++) {
    assert.deepEqual(reals.slice(6 * pass, 6 * pass + 6).sort(), [0, 1, 2, 3, 4, 5]);
  }
  for (let pass = 0; pass < 2; pass++) {
    assert.deepEqual(fakes.slice(4 * pass, 4 * pass + 4).sort(), [6, 7, 8, 9]);
  }
  assert.notDeepEqual(reals.slice(0, 6), reals.slice(6, 12));
  // However small the share, an image of each part.
  assert.equal(mixedIndicesAt(0, { ...order, share: 0.01 }).filter((i) => i >= 6).length, 1);
  assert.equal(mixedIndicesAt(0, { ...order, share: 0.99 }).filter((i) => i < 6).length, 1);
  for (const bad of [{ first: 0 }, { first: 10 }, { batch: 1 }, { share: 0 }]) {
    assert.throws(() => mixedIndicesAt(0, { ...order, ...bad }), RangeError);
  }
});
