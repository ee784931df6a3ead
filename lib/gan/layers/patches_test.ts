import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { fromPatches, toPatches } from "./patches.ts";

/** Entries 0, 1, 2 ... */
const counted = (shape: [number, number, number, number]) =>
  tf.range(0, shape.reduce((a, b) => a * b)).reshape<tf.Tensor4D>(shape);

Deno.test("toPatches() puts the pixels of a square row by row behind one another", () => {
  tf.tidy(() => {
    // 2 x 4 pixels of two channels: pixel (i, j) holds 8 i + 2 j and the number after it.
    const y = toPatches(counted([1, 2, 4, 2]), 2);
    assert.deepEqual(y.shape, [1, 1, 2, 8]);
    assert.deepEqual([...y.dataSync()], [
      ...[0, 1, 2, 3, 8, 9, 10, 11],
      ...[4, 5, 6, 7, 12, 13, 14, 15],
    ]);
  });
});

Deno.test("fromPatches() agrees with TensorFlow's DepthToSpace, and undoes toPatches()", () => {
  tf.tidy(() => {
    const y = counted([3, 2, 4, 12]);
    assert.deepEqual(fromPatches(y, 2).arraySync(), tf.depthToSpace(y, 2).arraySync());
    const x = counted([3, 4, 8, 3]);
    assert.deepEqual(fromPatches(toPatches(x, 2), 2).arraySync(), x.arraySync());
  });
});

Deno.test("toPatches() and fromPatches() hand gradients back to where values came from", () => {
  tf.tidy(() => {
    const x = counted([2, 4, 4, 3]);
    const y = counted([2, 2, 2, 12]);
    const through = (
      move: (from: tf.Tensor4D) => tf.Tensor4D,
      from: tf.Tensor4D,
      by: tf.Tensor4D,
    ) => tf.grad((input) => tf.sum(move(input as tf.Tensor4D).mul(by)))(from).arraySync();
    assert.deepEqual(through((from) => toPatches(from, 2), x, y), fromPatches(y, 2).arraySync());
    assert.deepEqual(through((from) => fromPatches(from, 2), y, x), toPatches(x, 2).arraySync());
  });
});

Deno.test("Patches of one pixel are the image itself", () => {
  tf.tidy(() => {
    const x = counted([1, 2, 2, 3]);
    assert.equal(toPatches(x, 1), x);
    assert.equal(fromPatches(x, 1), x);
  });
});
