import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
} from "./kernel_checks.ts";
import {
  batchNormTraining,
  biasAdd,
  composedBatchNorm,
  relu,
  relu6,
  swish,
  upsample2,
} from "./kernels.ts";

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

Deno.test("relu() and relu6() are flat at and beyond their kinks", () => {
  const x = tf.tensor1d([-1, 0, 3, 6, 7]);
  const slope = (f: typeof relu) => [...tf.grad((z) => tf.sum(f(z)))(x).dataSync()];
  assert.deepEqual(slope(relu), [0, 0, 1, 1, 1]);
  assert.deepEqual(slope(relu6), [0, 0, 1, 0, 0]);
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
