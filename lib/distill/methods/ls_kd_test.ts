import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertValue, waves } from "../../testing/distill.ts";
import { temperatureKd } from "../losses.ts";
import { standardised } from "./ls_kd.ts";

// By hand: mean 2, variance (1 + 0 + 1) / 2.
Deno.test("standardised() divides by the deviation with K − 1 in the denominator", () => {
  const found = standardised(tf.tensor2d([[1, 2, 3], [10, 20, 30]])).dataSync();
  [-1, 0, 1, -1, 0, 1].forEach((wanted, i) => assert.ok(Math.abs(found[i]! - wanted) < 1e-6));
});

Deno.test("standardised() ignores scale and shift of a row, and so does the loss on it", () => {
  const logits = (kind: "student" | "teacher") => waves(kind, [2, 3], 5) as tf.Tensor2D;
  const loss = (student: tf.Tensor2D) =>
    temperatureKd(standardised(student), standardised(logits("teacher")), { temperature: 2 });
  const wanted = loss(logits("student")).dataSync()[0]!;
  const moved = logits("student").mul<tf.Tensor2D>(3).add<tf.Tensor2D>(tf.tensor2d([[7], [-2]]));
  assertValue(loss(moved), wanted);
  assert.ok(Math.abs(loss(logits("teacher").mul(0.2)).dataSync()[0]!) < 1e-6);
});

Deno.test("standardised() has a finite gradient where all logits are equal", () => {
  const gradient = tf.grad((z) => tf.sum(standardised(z as tf.Tensor2D)))(tf.ones([2, 3]));
  assert.ok(gradient.dataSync().every(Number.isFinite));
});
