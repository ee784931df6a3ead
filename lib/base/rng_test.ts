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

Deno.test("rngOf() has another stream at the end of a path of zeros", () => {
  const paths = [[], [0], [0, 0], [0, 0, 0], ["0"], [""]];
  assert.equal(new Set(paths.map((path) => rngOf(7, ...path).nextUint32())).size, paths.length);
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

// Last bits of log, sin and cos differ between versions of V8 (15.0 of Deno 2.9.6 and 14.9 of Deno 2.8.2): uniform draws
// do not need them, and normal ones were the same after rounding to float32, which another engine need not keep.
Deno.test("streams have the bits that published parts and records were made with", () => {
  const engine = `drawn by V8 ${Deno.version.v8}; stored bits are of V8 15.0.245.2`;
  const stream = rngOf(2020, "latent", 7);
  const integers = Array.from({ length: 4 }, () => stream.nextUint32());
  assert.deepEqual(integers, [3579572065, 2423468136, 1018559509, 198647597], engine);
  assert.equal(rngOf(2020, "u").uniform(), 0.09178218781016767, engine);
  assert.equal(rngOf(2020, "u").integer(1000), 495, engine);
  const order = permutation(1000, rngOf(2020, "order"));
  assert.deepEqual([...order].slice(0, 6), [818, 19, 475, 497, 535, 501], engine);

  const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer);
  const first = [3219053728, 3208538912, 1060402973, 1045947247, 3213402903, 3212273834];
  assert.deepEqual([...bitsOf(normalArray(6, rngOf(2020, "latent", 7)))], first, engine);
  const many = bitsOf(normalArray(100_000, rngOf(2020, "latent", 8)));
  assert.equal(
    many.reduce((sum, bits) => (Math.imul(sum, 31) + bits) >>> 0, 0),
    1976672869,
    engine,
  );
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
