import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertValue, toyRun, waves } from "../../testing/distill.ts";
import { trainStudent } from "../train_student.ts";
import { softMaximumLoss, srd } from "./srd.ts";

const rows = (kind: "student" | "teacher") => waves(kind, [3, 4]) as tf.Tensor2D;

/** Columns of three rows of four, standardised over the rows, in float64. */
function columns(value: (i: number) => number): number[] {
  return [0, 1, 2, 3].flatMap((c) => {
    const all = [0, 1, 2].map((row) => value(4 * row + c + 1));
    const mean = all.reduce((a, b) => a + b) / 3;
    const variance = all.reduce((sum, entry) => sum + (entry - mean) ** 2, 0) / 3;
    return all.map((entry) => (entry - mean) / Math.sqrt(variance + 1e-4));
  });
}

for (const exponent of [1, 4]) {
  Deno.test(`softMaximumLoss() is the logarithm of a sum, written out, at exponent ${exponent}`, () => {
    const [s, t] = [columns(Math.sin), columns((i) => Math.cos(0.7 * i))];
    const sum = s.reduce((total, value, i) => total + Math.abs(value - t[i]!) ** exponent, 0);
    assertValue(softMaximumLoss(rows("student"), rows("teacher"), exponent), Math.log(sum));
  });
}

Deno.test("softMaximumLoss() of equal features is the floor, with a finite gradient", () => {
  const teacher = rows("teacher");
  const loss = (s: tf.Tensor) => softMaximumLoss(s as tf.Tensor2D, teacher, 4);
  const { value, grad } = tf.valueAndGrad(loss)(rows("teacher"));
  assertValue(value, Math.log(1e-12));
  assert.ok(grad.dataSync().every((entry) => entry === 0));
});

Deno.test("srd() adds KL of the outputs for classes", async () => {
  const { history } = await trainStudent(toyRun({ distiller: srd() }));
  const { loss, crossEntropy, srd: own, outputs } = history[0]!;
  assert.ok(outputs! > 0);
  const wanted = crossEntropy! + 2 * own! + outputs!;
  assert.ok(Math.abs(loss! - wanted) < 1e-5 * Math.abs(wanted));
});
