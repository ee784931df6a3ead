import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  draw,
  type Function,
} from "../../testing/kernels.ts";
import { upsample2 } from "./upsample.ts";

Deno.test("upsample2() repeats every pixel twice in both directions", () => {
  const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
  const wanted = [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4];
  assert.deepEqual([...upsample2(x).dataSync()], wanted);
});

Deno.test("upsample2() equals the stock resize", () => {
  const inputs = [draw("x", [2, 3, 5, 2])];
  const kernel: Function = (x) => upsample2(x as tf.Tensor4D);
  const stock: Function = (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [6, 10]);
  assertMatches(kernel, stock, inputs);
  assertFiniteDifferences(kernel, inputs);
  assertNoLeak(kernel, inputs);
});
