import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertRefused } from "../../testing/refusals.ts";
import { convExplicit, depthwiseConvExplicit } from "./explicit_padding.ts";
import { convNormInference } from "./norm_inference.ts";
import { convNormTraining } from "./norm_training.ts";
import { convSame, convTransposed2 } from "./same_padding.ts";

// Whichever kernel computes a convolution: our own, TensorFlow's, or the composed form.

const map = (...shape: number[]) => tf.ones<tf.Rank>(shape) as tf.Tensor4D;
const vector = (channels: number) => tf.ones([channels]) as tf.Tensor1D;
const X = [2, 4, 6, 8] as const;

const plain = { stride: 1, padding: 1 } as const;
assertRefused("convExplicit()", TypeError, {
  "a filter of too few channels": [
    () => convExplicit(map(...X), map(3, 3, 7, 5), plain),
    /the filter has shape \[3, 3, 7, 5\], want \[3, 3, 8, 5\]/,
  ],
  "a filter that is not square": [
    () => convExplicit(map(...X), map(3, 1, 8, 5), plain),
    /want \[3, 3, 8, 5\]/,
  ],
  "maps without a batch": [
    () => convExplicit(map(4, 6, 8), map(3, 3, 8, 5), plain),
    /x has shape \[4, 6, 8\], want four sides/,
  ],
});
assertRefused("convExplicit()", RangeError, {
  "a stride of 0": [
    () => convExplicit(map(...X), map(3, 3, 8, 5), { stride: 0, padding: 1 }),
    /the stride must be a whole number from 1 to 4096: current value is 0/,
  ],
  "a stride of 0 for 1 x 1": [
    () => convExplicit(map(...X), map(1, 1, 8, 5), { stride: 0, padding: 0 }),
    /the stride must be/,
  ],
  "half a stride": [
    () => convExplicit(map(...X), map(3, 3, 8, 5), { stride: 1.5, padding: "same" }),
    /the stride must be .* 1\.5/,
  ],
  "negative padding": [
    () => convExplicit(map(...X), map(3, 3, 8, 5), { stride: 1, padding: -1 }),
    /the padding must be a whole number from 0 to 3: current value is -1/,
  ],
  "maps smaller than the filter": [
    () => convExplicit(map(2, 2, 6, 8), map(5, 5, 8, 5), plain),
    /found 2 x 6 pixels with 1 zeros on each side, want 5 x 5/,
  ],
});
assertRefused("depthwiseConvExplicit()", TypeError, {
  "a filter of too few channels": [
    () => depthwiseConvExplicit(map(...X), map(3, 3, 7, 1), plain),
    /want \[3, 3, 8, 1\]/,
  ],
  "two filters a channel": [
    () => depthwiseConvExplicit(map(...X), map(3, 3, 8, 2), plain),
    /want \[3, 3, 8, 1\]/,
  ],
});
assertRefused("depthwiseConvExplicit()", RangeError, {
  "a stride of 0": [
    () => depthwiseConvExplicit(map(...X), map(3, 3, 8, 1), { stride: 0, padding: 1 }),
    /the stride must be/,
  ],
});
assertRefused("convSame()", TypeError, {
  "a filter of too few channels": [
    () => convSame(map(...X), map(3, 3, 7, 5)),
    /want \[3, 3, 8, 5\]/,
  ],
});
assertRefused("convSame()", RangeError, {
  "an even kernel": [() => convSame(map(...X), map(4, 4, 8, 5)), /want an odd one with stride 1/],
  "odd sides with stride 2": [
    () => convSame(map(2, 5, 6, 8), map(4, 4, 8, 5), 2),
    /found a kernel of 4 with stride 2 for 5 x 6 pixels/,
  ],
});
assertRefused("convTransposed2()", TypeError, {
  "a filter of other channels": [
    () => convTransposed2(map(...X), map(4, 4, 5, 7)),
    /want \[4, 4, 5, 8\]/,
  ],
});

const convolution = { x: map(...X), filter: map(1, 1, 8, 5), kind: "dense" } as const;
const zeros = { stride: 1, padding: 0 };
const moments = () => ({
  mean: tf.variable(vector(5)),
  variance: tf.variable(vector(4)),
  momentum: 0.1,
});
const norm = { epsilon: 1e-5, activation: "relu" } as const;
assertRefused("convNormInference()", TypeError, {
  "a scale of other channels": [
    () => {
      const [four, five] = [vector(4), vector(5)];
      const numbers = { scale: four, offset: five, mean: five, variance: five };
      convNormInference({ ...convolution, padding: zeros }, numbers, norm);
    },
    /scale has shape \[4\], want \[5\]/,
  ],
});
Deno.test("convNormTraining() refuses a running variance of other channels", () => {
  const running = moments();
  const rest = { scale: vector(5), offset: vector(5), running, ...norm };
  const call = () => convNormTraining({ ...convolution, padding: zeros }, rest);
  assert.throws(call, /^TypeError: .*variance has shape \[4\], want \[5\]$/);
  tf.dispose([running.mean, running.variance, rest.scale, rest.offset]);
});
