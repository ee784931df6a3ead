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
import { withFirstPixel } from "../../testing/first_pixel.ts";
import { batchNormActivation, batchNormTraining, composedBatchNorm } from "./batch_norm.ts";

const EPSILON = 1e-5;

type BatchNorm = typeof batchNormTraining;

/** Mean and variance as read while the tensors lived. */
type Seen = { mean: number[]; variance: number[] };

function normalise(form: BatchNorm, seen?: Seen[]): Function {
  return (x, scale, offset) =>
    form(
      x as tf.Tensor4D,
      scale as tf.Tensor1D,
      offset as tf.Tensor1D,
      EPSILON,
      ({ mean, variance }) =>
        seen?.push({ mean: [...mean.dataSync()], variance: [...variance.dataSync()] }),
    );
}

/** Shifted and stretched, so that mean and variance matter; scale and offset are not the identity. */
function normInputs(shape: number[]): tf.Tensor[] {
  return [
    draw("x", shape, 3).add(2),
    draw("scale", [shape.at(-1)!]),
    draw("offset", [shape.at(-1)!]),
  ];
}

for (const shape of [[3, 4, 5, 2], [8, 1, 1, 3]]) {
  Deno.test(`batchNormTraining() of ${shape.join(" x ")} equals composedBatchNorm()`, () => {
    const inputs = normInputs(shape);
    assertMatches(normalise(batchNormTraining), normalise(composedBatchNorm), inputs);
    assertNoLeak(normalise(batchNormTraining), inputs);
  });
}

Deno.test("batchNormTraining() has the gradient of its finite differences", () => {
  assertFiniteDifferences(normalise(batchNormTraining), normInputs([2, 2, 3, 2]));
});

Deno.test("batchNormTraining() hands out the mean and the unbiased variance of the batch", () => {
  // Channel 0 holds 1, 2, 3, 6 (mean 3, squares 4 + 1 + 0 + 9), channel 1 twice that.
  const x = tf.tensor4d([1, 2, 2, 4, 3, 6, 6, 12], [2, 1, 2, 2]);
  for (const form of [batchNormTraining, composedBatchNorm]) {
    const seen: Seen[] = [];
    const y = normalise(form, seen)(x, tf.tensor1d([1, 10]), tf.tensor1d([0, 5]));
    assert.equal(seen.length, 1);
    assertSame(tf.tensor1d(seen[0]!.mean), tf.tensor1d([3, 6]));
    assertSame(tf.tensor1d(seen[0]!.variance), tf.tensor1d([14 / 3, 56 / 3]));
    // Values are divided by the root of the biased variance, 14 / 4 and 56 / 4.
    const unit = [-2, -1, 0, 3].map((value) => value / Math.sqrt(3.5));
    assertSame(y, tf.tensor4d(unit.flatMap((v) => [v, 10 * v + 5]), [2, 1, 2, 2]), 1e-4);
  }
});

Deno.test("batchNormActivation() is flat at the kinks of relu6", () => {
  const x = draw("x", [2, 3, 3, 5]) as tf.Tensor4D;
  // Without a scale every value is its channel's offset, exactly.
  const scale = tf.zeros([5]) as tf.Tensor1D;
  const slopes = tf.grad((offset: tf.Tensor) =>
    tf.sum(batchNormActivation({
      x,
      scale,
      offset: offset as tf.Tensor1D,
      epsilon: EPSILON,
      onStatistics: () => {},
    }, "relu6"))
  )(tf.tensor1d([0, 6, 3, -1, 7]));
  assert.deepEqual([...slopes.dataSync()], [0, 0, 18, 0, 0]);
});

for (const [first, most] of [[10, 5e-4], [99, 5e-4], [1000, 1e-5], [1e5, 1e-5]] as const) {
  Deno.test(`batchNormTraining() keeps its variance where the first pixel is ${first}`, () => {
    const { x, variances } = withFirstPixel([32, 32, 32, 6], first);
    const seen: Seen[] = [];
    tf.tidy(() => void normalise(batchNormTraining, seen)(x, tf.ones([6]), tf.zeros([6])));
    x.dispose();
    for (const [c, wanted] of variances.entries()) {
      const error = Math.abs(seen[0]!.variance[c]! / wanted - 1);
      assert.ok(error < (c % 2 === 0 ? most : 1e-5), `channel ${c}: off by ${100 * error} %`);
    }
  });
}
