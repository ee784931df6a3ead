import assert from "node:assert/strict";
import { normalArray, numpyPermutation, permutation, rngOf } from "./rng.ts";

Deno.test("rngOf() gives the same numbers for the same path and others for another path", () => {
  const draw = (...path: (string | number)[]) => {
    const rng = rngOf(2020, ...path);
    return Array.from({ length: 8 }, () => rng.nextUint32());
  };
  assert.deepEqual(draw("latent", 7), draw("latent", 7));
  assert.notDeepEqual(draw("latent", 7), draw("latent", 8));
  assert.notDeepEqual(draw("latent", 7), draw("labels", 7));
});

Deno.test("rngOf().child() does not depend on what its parent handed out", () => {
  const fresh = rngOf(1, "a");
  const used = rngOf(1, "a");
  used.uniform();
  assert.equal(fresh.child("b").nextUint32(), used.child("b").nextUint32());
});

Deno.test("rngOf() streams of neighbouring steps never share their first draw", () => {
  const seen = new Set<number>();
  for (let step = 0; step < 2000; step++) seen.add(rngOf(0, "gan", step).nextUint32());
  assert.ok(seen.size >= 1999, `found ${2000 - seen.size} collisions`);
});

Deno.test("normalArray() has mean 0 and variance 1 within four standard errors", () => {
  const n = 40_000;
  const values = normalArray(n, rngOf(3, "normal"));
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
  assert.ok(Math.abs(mean) < 4 / Math.sqrt(n));
  assert.ok(Math.abs(variance - 1) < 4 * Math.sqrt(2 / n));
});

Deno.test("permutation() holds every index once", () => {
  const order = permutation(1000, rngOf(5));
  assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: 1000 }, (_, i) => i));
});

Deno.test("numpyPermutation() equals the reference's shuffle of CIFAR-10", () => {
  const order = [...numpyPermutation(50_000, 2020)];
  const head = [24397, 39273, 6546, 13504, 49765, 31361, 27741, 47758, 22393, 18289];
  assert.deepEqual(order.slice(0, 10), head);
  assert.deepEqual(order.slice(-5), [18523, 44739, 47734, 40259, 41824]);
  const sum = (n: number) => order.slice(0, n).reduce((a, b) => a + b, 0);
  assert.equal(sum(10_000), 249_339_781);
  assert.equal(sum(20_000), 501_780_441);
});

Deno.test("integer() refuses a bound below 1", () => {
  assert.throws(() => rngOf(0).integer(0), RangeError);
});
