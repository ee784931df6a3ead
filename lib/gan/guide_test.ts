import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { classGuide, scalarGuide } from "./guide.ts";
import { beyondMargin } from "./losses.ts";

const SIDE = 8;
/** The mean of an image, which is what the network of these tests sees in it. */
const level = (images: tf.Tensor4D) => tf.mean(images, [1, 2, 3]).reshape<tf.Tensor2D>([-1, 1]);
const grey = (levels: number[]) =>
  tf.tensor4d(levels, [levels.length, 1, 1, 1]).tile<tf.Tensor4D>([1, SIDE, SIDE, 3]);
const near = (found: ArrayLike<number>, want: readonly number[]) => {
  assert.equal(found.length, want.length);
  want.forEach((value, i) =>
    assert.ok(Math.abs(found[i]! - value) < 1e-6, `${found[i]}, ${value}`)
  );
};

Deno.test("scalarGuide() tells the distance of each label, in label scales", () => {
  tf.tidy(() => {
    const errors = scalarGuide(level)(
      grey([0.25, 0.5, 1]),
      tf.tensor2d([0.5, 0.5, 0], [3, 1]),
      rngOf(1),
    );
    near(errors.dataSync(), [0.25, 0, 1]);
  });
});

Deno.test("scalarGuide() pulls an image towards its label until it is within the margin", () => {
  tf.tidy(() => {
    const target = tf.tensor2d([0.5, 0.5, 0.5], [3, 1]);
    const loss = (images: tf.Tensor) =>
      beyondMargin(scalarGuide(level)(images as tf.Tensor4D, target, rngOf(1)), 0.1);
    const slope = tf.grad(loss)(grey([0.2, 0.45, 0.9]));
    // Of a mean over 3 images of a mean over pixels.
    near(tf.sum(slope, [1, 2, 3]).dataSync(), [-1 / 3, 0, 1 / 3]);
  });
});

Deno.test("scalarGuide() does not move an image whose label is met exactly", () => {
  tf.tidy(() => {
    const target = tf.tensor2d([0.5, 0.25], [2, 1]);
    const loss = (images: tf.Tensor) =>
      tf.sum(scalarGuide(level)(images as tf.Tensor4D, target, rngOf(1)));
    const slope = tf.grad(loss)(grey([0.5, 0.75]));
    near(tf.sum(slope, [1, 2, 3]).dataSync(), [0, 1]);
  });
});

Deno.test("classGuide() shows moved and cut images, the same ones for the same stream", () => {
  const seen: number[][] = [];
  const guide = classGuide((images) => {
    seen.push([...images.dataSync()]);
    return tf.concat([level(images), tf.zeros([images.shape[0], 1])], 1);
  });
  tf.tidy(() => {
    const images = grey([1, -1]);
    const target = tf.tensor2d([[1, 0], [0, 1]]);
    const errors = [1, 1, 2].map((seed) => [...guide(images, target, rngOf(seed)).dataSync()]);
    assert.deepEqual(seen[0], seen[1]);
    assert.notDeepEqual(seen[0], seen[2]);
    assert.ok(seen[0]!.includes(0), "no pixel was cut");
    assert.deepEqual(errors[0], errors[1]);
    // Both images show their class: below the ln 2 of one that shows nothing.
    for (const error of errors.flat()) assert.ok(error > 0 && error < Math.LN2, `${error}`);
  });
});
