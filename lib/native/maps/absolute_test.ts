import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { onPlainBackend } from "../../testing/plain_backend.ts";
import {
  assertFiniteDifferences,
  assertNoLeak,
  draw,
  type Function,
} from "../../testing/kernels.ts";
import { absolute } from "./absolute.ts";

const slopes = (values: readonly number[]) =>
  tf.tidy(() => [...tf.grad((x) => tf.sum(absolute(x)))(tf.tensor1d([...values])).dataSync()]);

Deno.test("absolute() has slope 0 at 0 on every backend", async () => {
  const wanted = [-1, 0, 0, 1, -1, 1];
  const values = [-2, 0, -0, 3, -1e-30, 1e-30];
  // Minus zero counts as zero.
  assert.deepEqual(slopes(values).map((slope) => slope + 0), wanted);
  await onPlainBackend(() => assert.deepEqual(slopes(values).map((slope) => slope + 0), wanted));
});

Deno.test("absolute() has the bits of tf.abs() away from 0", () => {
  const x = draw("x", [5, 7]);
  const weights = draw("w", [5, 7]);
  const [own, stock] = [absolute, tf.abs].map((f) => {
    const { value, grad } = tf.valueAndGrad((z: tf.Tensor) => tf.sum(f(z).mul(weights)))(x);
    return [...value.dataSync(), ...grad.dataSync()];
  });
  assert.deepEqual(own, stock);
});

Deno.test("absolute() has the gradient of its finite differences and leaves nothing behind", () => {
  const x = tf.tensor1d([-3, -0.5, 0.5, 2]);
  assertFiniteDifferences(absolute as Function, [x]);
  assertNoLeak(absolute as Function, [x]);
});
