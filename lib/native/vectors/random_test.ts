import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { normalTensor, uniformTensor } from "./random.ts";

/** Draws of the host, for backends without the kernel. */
function hostDraws(kind: "normal" | "uniform", seed: number) {
  const rng = rngOf(seed, kind);
  return (count: number) => Float32Array.from({ length: count }, () => rng[kind]());
}

for (const [kind, make] of [["normal", normalTensor], ["uniform", uniformTensor]] as const) {
  Deno.test(`${kind}Tensor() depends only on its seed`, () => {
    const values = (seed: [number, number]) => [
      ...make([3, 4], seed, hostDraws(kind, seed[0] + seed[1])).dataSync(),
    ];
    assert.equal(values([1, 2]).length, 12);
    assert.deepEqual(values([1, 2]), values([1, 2]));
    assert.notDeepEqual(values([1, 2]), values([1, 3]));
    assert.notDeepEqual(values([1, 2]), values([5, 2]));
    // Seeds are unsigned 32-bit numbers; the kernel takes signed ones.
    assert.notDeepEqual(values([4294967295, 2]), values([2147483648, 2]));
  });

  Deno.test(`${kind}Tensor() leaves only its result`, () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => void make([3, 4], [1, 2], hostDraws(kind, 1)));
    assert.equal(tf.memory().numTensors, before);
  });
}

Deno.test("normalTensor() has mean 0, variance 1 and 4.6 % beyond two", () => {
  const x = normalTensor([100, 100], [7, 8], hostDraws("normal", 7));
  const { mean, variance } = tf.moments(x);
  // Four standard errors of 10,000 draws.
  assert.ok(Math.abs(mean.dataSync()[0]!) < 0.04);
  assert.ok(Math.abs(variance.dataSync()[0]! - 1) < 0.057);
  const beyond = x.abs().greater(2).cast("float32").mean().dataSync()[0]!;
  assert.ok(Math.abs(beyond - 0.0455) < 0.0084);
});

Deno.test("uniformTensor() fills [0, 1) evenly", () => {
  const x = uniformTensor([100, 100], [7, 8], hostDraws("uniform", 7));
  const values = x.dataSync();
  assert.ok(values.every((value) => value >= 0 && value < 1));
  const tenths = new Array<number>(10).fill(0);
  for (const value of values) tenths[Math.floor(10 * value)]!++;
  // 1000 wanted in each, with a standard deviation of 30.
  assert.ok(tenths.every((count) => Math.abs(count - 1000) < 120), tenths.join(" "));
});
