import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertValue, waves } from "../../testing/distill.ts";
import { correlationGap } from "./dist.ts";

const rows = (kind: "student" | "teacher") => waves(kind, [3, 4]) as tf.Tensor2D;

/** Mean over three rows of 1 − Pearson's correlation, in float64. */
function wantedGap(): number {
  let sum = 0;
  for (const row of [0, 1, 2]) {
    const [s, t] = [Math.sin, (i: number) => Math.cos(0.7 * i)].map((value) => {
      const all = [0, 1, 2, 3].map((c) => value(4 * row + c + 1));
      const mean = all.reduce((a, b) => a + b) / 4;
      return all.map((entry) => entry - mean);
    });
    const product = s!.reduce((total, value, c) => total + value * t![c]!, 0);
    sum += 1 - product / (Math.hypot(...s!) * Math.hypot(...t!));
  }
  return sum / 3;
}

Deno.test("correlationGap() is 1 − Pearson's correlation, written out", () => {
  assertValue(correlationGap(rows("student"), rows("teacher")), wantedGap());
});

Deno.test("correlationGap() ignores scale and shift of a row, is 0 for equal rows and 2 for opposite ones", () => {
  const moved = rows("student").mul<tf.Tensor2D>(tf.tensor2d([[3], [0.1], [2]])).add<tf.Tensor2D>(
    5,
  );
  assertValue(correlationGap(moved, rows("teacher")), wantedGap(), 1e-4);
  assert.ok(Math.abs(correlationGap(rows("teacher"), rows("teacher")).dataSync()[0]!) < 1e-6);
  assertValue(correlationGap(rows("teacher").neg(), rows("teacher")), 2);
});

Deno.test("correlationGap() of rows without variance is 1 with a finite gradient", () => {
  const same = tf.ones<tf.Rank.R2>([2, 3]);
  const teacher = waves("teacher", [2, 3]) as tf.Tensor2D;
  const { value, grad } = tf.valueAndGrad((z) => correlationGap(z as tf.Tensor2D, teacher))(same);
  assert.equal(value.dataSync()[0], 1);
  assert.ok(grad.dataSync().every(Number.isFinite));
});
