import assert from "node:assert/strict";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { convAfterUpsample, convBeforeDownsample } from "./resampling_conv.ts";

type Convolution = (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor4D;

/** Value and both gradients of ⟨f(x, W), r⟩ with a fixed random r. */
function probe(f: Convolution, shape: [number, number, number, number], channelsOut: number) {
  return tf.tidy(() => {
    const [, , , channelsIn] = shape;
    const draw = (name: string, size: number[]): tf.Tensor4D =>
      tf.tensor(normalArray(size.reduce((a, b) => a * b), rngOf(4, name))).reshape(size);
    const x = draw("x", shape);
    const kernel = draw("kernel", [3, 3, channelsIn, channelsOut]);
    const value = f(x, kernel);
    const weights = draw("slope", value.shape);
    const [dx, dKernel] = tf.grads((a, b) =>
      tf.sum(f(a as tf.Tensor4D, b as tf.Tensor4D).mul(weights))
    )([x, kernel]);
    return {
      shape: value.shape,
      value: value.dataSync(),
      dx: dx!.dataSync(),
      dKernel: dKernel!.dataSync(),
    };
  });
}

function assertAlike(f: Convolution, slow: Convolution, sizes: [number, number, number, number][]) {
  for (const [height, width, channelsIn, channelsOut] of sizes) {
    for (const batch of [1, 3]) {
      const shape: [number, number, number, number] = [batch, height, width, channelsIn];
      const actual = probe(f, shape, channelsOut);
      const expected = probe(slow, shape, channelsOut);
      assert.deepEqual(actual.shape, expected.shape);
      for (const part of ["value", "dx", "dKernel"] as const) {
        const [found, want] = [actual[part], expected[part]];
        assert.equal(found.length, want.length);
        let scale = 0;
        let error = 0;
        for (let i = 0; i < want.length; i++) {
          scale = Math.max(scale, Math.abs(want[i]!));
          error = Math.max(error, Math.abs(found[i]! - want[i]!));
        }
        assert.ok(
          error <= 1e-5 * scale,
          `${part} of ${shape} to ${channelsOut} channels: found error ${error} of ${scale}`,
        );
      }
    }
  }
}

Deno.test("convAfterUpsample() is the convolution of the up-sampled map, gradients too", () => {
  assertAlike(
    convAfterUpsample,
    (x, kernel) => {
      const [, height, width] = x.shape;
      const large = tf.image.resizeNearestNeighbor(x, [2 * height, 2 * width]);
      return tf.conv2d(large as tf.Tensor4D, kernel, 1, "same");
    },
    [[1, 1, 1, 1], [1, 2, 3, 2], [2, 2, 1, 4], [3, 5, 2, 3], [4, 4, 8, 5], [8, 8, 4, 4]],
  );
});

Deno.test("convBeforeDownsample() is the average pool of the convolution, gradients too", () => {
  assertAlike(
    convBeforeDownsample,
    (x, kernel) => tf.avgPool(tf.conv2d(x, kernel, 1, "same"), 2, 2, "valid"),
    [[2, 2, 1, 1], [2, 4, 3, 2], [4, 6, 2, 3], [8, 8, 8, 5], [16, 16, 3, 4]],
  );
});

Deno.test("the folded convolutions agree with sums taken by hand", () => {
  const sums = (f: Convolution, side: number) =>
    tf.tidy(() => [...f(tf.ones([1, side, side, 1]), tf.ones([3, 3, 1, 1])).dataSync()]);
  // A corner of the 4 x 4 map of ones sees 4 pixels, an edge 6, the middle 9.
  assert.deepEqual(
    sums(convAfterUpsample, 2),
    [4, 6, 6, 4, 6, 9, 9, 6, 6, 9, 9, 6, 4, 6, 6, 4],
  );
  // Every 2 x 2 block of that map holds 4, 6, 6 and 9.
  assert.deepEqual(sums(convBeforeDownsample, 4), [6.25, 6.25, 6.25, 6.25]);
});
