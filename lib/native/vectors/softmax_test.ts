import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  draw,
} from "../../testing/kernels.ts";
import { composedCrossEntropy, crossEntropy } from "./softmax.ts";

const LABELS = tf.tensor1d([2, 0, 1, 2, 2], "int32");
const ofLogits = (loss: typeof crossEntropy) => (z: tf.Tensor) => loss(z as tf.Tensor2D, LABELS);

Deno.test("crossEntropy() and its gradient equal their composed form", () => {
  const inputs = [draw("logits", [5, 3], 4)];
  assertMatches(ofLogits(crossEntropy), ofLogits(composedCrossEntropy), inputs);
  assertNoLeak(ofLogits(crossEntropy), inputs);
});

Deno.test("crossEntropy() has the gradient of its finite differences", () => {
  assertFiniteDifferences(ofLogits(crossEntropy), [draw("logits", [5, 3])]);
});

Deno.test("crossEntropy() of equal logits is the logarithm of the number of classes", () => {
  const [loss] = crossEntropy(tf.fill([5, 3], 7), LABELS).dataSync();
  assert.ok(Math.abs(loss! - Math.log(3)) < 1e-6, `${loss}`);
});

Deno.test("crossEntropy() of logits far apart stays finite", () => {
  const logits = tf.tensor2d([[0, 0, 1e4], [1e4, 0, 0], [0, 1e4, 0], [0, 0, 1e4], [0, 0, 1e4]]);
  assert.equal(crossEntropy(logits, LABELS).dataSync()[0], 0);
  const [wrong] = crossEntropy(logits, tf.tensor1d([0, 1, 2, 0, 1], "int32")).dataSync();
  assert.equal(wrong, 1e4);
});
