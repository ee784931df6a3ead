import { tf } from "../base/tf.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  draw,
  type Function,
} from "./kernel_checks.ts";
import { activate, type Activation, composedBatchNorm } from "./kernels.ts";
import { batchNormFork } from "./norm_fork.ts";

const EPSILON = 1e-5;

/** Both results side by side, the second one squared so that its slope differs from entry to entry. */
const forked = (activation: Activation): Function => (x, scale, offset) => {
  const both = batchNormFork({
    x: x as tf.Tensor4D,
    scale: scale as tf.Tensor1D,
    offset: offset as tf.Tensor1D,
    epsilon: EPSILON,
    onStatistics: () => {},
  }, activation);
  return tf.concat([both.normalised, tf.square(both.x)], 3);
};

const composed = (activation: Activation): Function => (x, scale, offset) => {
  const y = composedBatchNorm(
    x as tf.Tensor4D,
    scale as tf.Tensor1D,
    offset as tf.Tensor1D,
    EPSILON,
    () => {},
  );
  return tf.concat([activate(y, activation), tf.square(x)], 3);
};

const inputsOf = (shape: [number, number, number, number]): tf.Tensor[] => [
  draw("x", shape),
  draw("scale", [shape[3]]),
  draw("offset", [shape[3]], 0.5),
];

for (const activation of ["none", "relu", "relu6", "swish"] as const) {
  for (const shape of [[2, 3, 5, 3], [4, 8, 8, 20]] as [number, number, number, number][]) {
    Deno.test(`batchNormFork() with ${activation} of ${shape.join(" x ")} equals stock ops`, () => {
      tf.tidy(() => assertMatches(forked(activation), composed(activation), inputsOf(shape)));
    });
  }
}

Deno.test("batchNormFork() has the gradients of finite differences", () => {
  tf.tidy(() => assertFiniteDifferences(forked("swish"), inputsOf([2, 2, 3, 2]), 3e-3));
});

Deno.test("batchNormFork() leaves no tensor behind", () => {
  const inputs = inputsOf([2, 4, 4, 4]);
  assertNoLeak(forked("relu"), inputs);
  tf.dispose(inputs);
});
