import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
} from "../../testing/kernels.ts";
import { onPlainBackend } from "../../testing/plain_backend.ts";
import { activate, biasAdd, composedRelu6, relu, relu6, swish } from "./activation.ts";

/** Multiples of 0.5 from −1.75 to 8.25, so that no finite difference crosses a kink at 0 or 6. */
const RAMP = tf.tensor(Float32Array.from({ length: 20 }, (_, i) => -1.75 + 0.5 * i), [1, 2, 5, 2]);

for (
  const [name, kernel, composed] of [
    ["relu", relu, tf.relu],
    ["relu6", relu6, tf.relu6],
    ["swish", swish, (x: tf.Tensor) => x.mul(tf.sigmoid(x))],
  ] as const
) {
  Deno.test(`${name}() equals its composed form`, () => {
    assertMatches(kernel as Function, composed as Function, [RAMP]);
    assertMatches(kernel as Function, composed as Function, [draw("x", [3, 7], 4)]);
  });

  Deno.test(`${name}() has the gradient of its finite differences`, () => {
    assertFiniteDifferences(kernel as Function, [RAMP]);
  });

  Deno.test(`${name}() leaves no tensor behind`, () => assertNoLeak(kernel as Function, [RAMP]));
}

Deno.test("relu() and relu6() are flat at and beyond their kinks, on every backend", async () => {
  const slope = (
    f: typeof relu,
  ) => [...tf.grad((z) => tf.sum(f(z)))(tf.tensor1d([-1, 0, 3, 6, 7])).dataSync()];
  assert.deepEqual(slope(relu), [0, 0, 1, 1, 1]);
  assert.deepEqual(slope(relu6), [0, 0, 1, 0, 0]);
  assert.deepEqual(slope(composedRelu6), [0, 0, 1, 0, 0]);
  // Where native TensorFlow is missing, ReLU is that of TensorFlow.js.
  const plain = await onPlainBackend(() => [tf.relu, composedRelu6].map(slope));
  assert.deepEqual(plain, [[0, 0, 1, 1, 1], [0, 0, 1, 0, 0]]);
});

Deno.test("composedRelu6() has the bits of tf.relu6() away from its kinks", () => {
  const [own, stock] = [composedRelu6, tf.relu6].map((f) => {
    const { value, grad } = tf.valueAndGrad((z: tf.Tensor) => tf.sum(tf.square(f(z))))(RAMP);
    return [...value.dataSync(), ...grad.dataSync()];
  });
  assert.deepEqual(own, stock);
});

Deno.test("swish() of large inputs is the input or 0, never NaN", () => {
  const x = tf.tensor1d([-200, 200]);
  assertSame(swish(x), tf.tensor1d([0, 200]));
  assertSame(tf.grad((z) => tf.sum(swish(z)))(x), tf.tensor1d([0, 1]));
});

for (const shape of [[4, 3], [2, 3, 5, 3]]) {
  Deno.test(`biasAdd() of rank ${shape.length} equals its composed form`, () => {
    const inputs = [draw("x", shape), draw("bias", [3])];
    const kernel: Function = (x, bias) => biasAdd(x!, bias!);
    assertMatches(kernel, (x, bias) => tf.add(x!, bias!), inputs);
    assertFiniteDifferences(kernel, inputs);
    assertNoLeak(kernel, inputs);
  });
}

Deno.test("activate() equals the activation of its name", () => {
  const x = tf.tensor4d([-2, 0.5, 5, 7], [1, 2, 2, 1]);
  assert.deepEqual([...activate(x, "none").dataSync()], [-2, 0.5, 5, 7]);
  assert.deepEqual([...activate(x, "relu").dataSync()], [0, 0.5, 5, 7]);
  assert.deepEqual([...activate(x, "relu6").dataSync()], [0, 0.5, 5, 6]);
});
