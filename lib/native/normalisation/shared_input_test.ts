import { tf } from "../../base/tf.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  draw,
  type Function,
} from "../../testing/kernels.ts";
import { activate, type Activation } from "../maps/activation.ts";
import { composedBatchNorm } from "./batch_norm.ts";
import { batchNormSharedInput, type Maps } from "./shared_input.ts";

const EPSILON = 1e-5;

/** Both results side by side, the second one squared so that its slope differs from entry to entry. */
const forked = (activation: Activation): Function => (scale, offset, ...maps) => {
  const inputs = {
    scale: scale as tf.Tensor1D,
    offset: offset as tf.Tensor1D,
    epsilon: EPSILON,
    onStatistics: () => {},
  };
  const both = batchNormSharedInput(maps as unknown as Maps, inputs, activation);
  return tf.concat([both.normalised, tf.square(both.x)], 3);
};

const composed = (activation: Activation): Function => (scale, offset, ...maps) => {
  const x = tf.concat(maps, 3);
  const y = composedBatchNorm(
    x as tf.Tensor4D,
    scale as tf.Tensor1D,
    offset as tf.Tensor1D,
    EPSILON,
    () => {},
  );
  return tf.concat([activate(y, activation), tf.square(x)], 3);
};

/** Scale and offset, and maps of that many channels each. */
const inputsOf = (pixels: [number, number, number], channels: readonly number[]): tf.Tensor[] => {
  const all = channels.reduce((a, b) => a + b);
  const maps = channels.map((count, i) => draw(`map ${i}`, [...pixels, count]));
  return [draw("scale", [all]), draw("offset", [all], 0.5), ...maps];
};

const SHAPES: readonly { pixels: [number, number, number]; channels: readonly number[] }[] = [
  { pixels: [2, 3, 5], channels: [3] },
  { pixels: [4, 8, 8], channels: [20] },
  { pixels: [2, 3, 5], channels: [2, 3] },
  { pixels: [4, 8, 8], channels: [8, 20] },
  { pixels: [32, 16, 16], channels: [8, 48] },
];

for (const activation of ["none", "relu", "relu6", "swish"] as const) {
  for (const { pixels, channels } of SHAPES) {
    const maps = channels.map((count) => `${pixels.join(" x ")} x ${count}`).join(" and ");
    Deno.test(`batchNormSharedInput() with ${activation} of ${maps} equals stock ops`, () => {
      const inputs = () => inputsOf(pixels, channels);
      tf.tidy(() => assertMatches(forked(activation), composed(activation), inputs()));
    });
  }
}

for (const channels of [[2], [1, 2]]) {
  Deno.test(`batchNormSharedInput() of ${channels.length} has the gradients of finite differences`, () => {
    tf.tidy(() => assertFiniteDifferences(forked("swish"), inputsOf([2, 2, 3], channels), 3e-3));
  });

  Deno.test(`batchNormSharedInput() of ${channels.length} leaves no tensor behind`, () => {
    const inputs = inputsOf([2, 4, 4], channels);
    assertNoLeak(forked("relu"), inputs);
    tf.dispose(inputs);
  });
}
