import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertValue, waves } from "../../testing/distill.ts";
import { correlationLoss } from "./cc.ts";

const rows = (kind: "student" | "teacher") => waves(kind, [3, 4]) as tf.Tensor2D;

Deno.test("correlationLoss() equals its stored value", () => {
  assertValue(correlationLoss(rows("student"), rows("teacher")), 0.667173622);
});

Deno.test("correlationLoss() is 0 where every second image is matched, and for a batch of one", () => {
  const mask = tf.tensor2d([[1], [0], [1]]);
  const student = rows("teacher").add<tf.Tensor2D>(rows("student").mul(mask));
  assert.equal(correlationLoss(student, rows("teacher")).dataSync()[0], 0);
  const one = (kind: "student" | "teacher") => waves(kind, [1, 4]) as tf.Tensor2D;
  assert.equal(correlationLoss(one("student"), one("teacher")).dataSync()[0], 0);
});
