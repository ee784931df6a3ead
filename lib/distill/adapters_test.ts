import assert from "node:assert/strict";
import { INFERENCE, ParameterSet, Scope } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { convRegressor, transposedConv, withinReach } from "./methods/conv_regressor.ts";
import { fitnet } from "./methods/fitnet.ts";
import { selectivityLoss } from "./methods/nst.ts";
import { toyRun, waves } from "../testing/distill.ts";
import { trainStudent } from "./train_student.ts";
import { RAW_VARIANCE, variationalLoss } from "./methods/vid.ts";

const map = (kind: "student" | "teacher", shape: number[]) => waves(kind, shape) as tf.Tensor4D;

function assertClose(found: number, wanted: number, relative = 1e-5) {
  assert.ok(Math.abs(found - wanted) <= relative * Math.abs(wanted), `${found} for ${wanted}`);
}

Deno.test("selectivityLoss() equals its stored value, is 0 for equal maps, ignores channel scale", () => {
  const [student, teacher] = [map("student", [2, 4, 4, 3]), map("teacher", [2, 4, 4, 3])];
  assertClose(selectivityLoss(student, teacher).dataSync()[0]!, 1.104981015);
  assert.ok(Math.abs(selectivityLoss(teacher, teacher).dataSync()[0]!) < 1e-6);
  const scaled = student.mul<tf.Tensor4D>(tf.tensor1d([2, 0.1, 30]));
  assertClose(selectivityLoss(scaled, teacher).dataSync()[0]!, 1.104981015);
});

Deno.test("variationalLoss() equals its stored values", () => {
  assert.ok(Math.abs(RAW_VARIANCE - 4.993229183) < 1e-8);
  const [student, teacher] = [map("student", [2, 2, 2, 3]), map("teacher", [2, 2, 2, 3])];
  const loss = variationalLoss(student, teacher, tf.fill([3], RAW_VARIANCE));
  assertClose(loss.dataSync()[0]!, 0.895515658);
});

Deno.test("variationalLoss() is least where the variance is the mean squared residual", () => {
  const target = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
  const predicted = tf.tensor4d([1, 3, 2, 2], [1, 2, 2, 1]);
  const at = (variance: number) => {
    const raw = Math.log(Math.expm1(variance - 1e-5));
    return variationalLoss(predicted, target, tf.tensor1d([raw])).dataSync()[0]!;
  };
  assert.ok(at(4.5) < at(4) && at(4.5) < at(5));
  assertClose(at(4.5), (1 + Math.log(4.5)) / 2);
});

// By hand: output pixel o of a row takes weight row o + 1 − 2 i of input pixel i.
Deno.test("transposedConv() places its kernel as PyTorch does", () => {
  const parameters = new ParameterSet();
  const layer = transposedConv(new Scope(parameters, rngOf(0)), { in: 1, out: 1 });
  parameters.write({
    weight: { shape: [4, 4, 1, 1], values: Float32Array.from({ length: 16 }, (_, i) => i) },
    bias: { shape: [1], values: Float32Array.of(0.5) },
  });
  const x = tf.tensor4d([1, 0, 0, 10], [1, 2, 2, 1]);
  const wanted = [0, 1, 2, 3].flatMap((row) =>
    [0, 1, 2, 3].map((column) => {
      const from = (i: number, j: number, value: number) => {
        const [p, q] = [row + 1 - 2 * i, column + 1 - 2 * j];
        return p >= 0 && p < 4 && q >= 0 && q < 4 ? value * (4 * p + q) : 0;
      };
      return from(0, 0, 1) + from(1, 1, 10) + 0.5;
    })
  );
  assert.deepEqual([...layer(x, INFERENCE).dataSync()], wanted);
});

for (
  const [side, target, kernel] of [[8, 4, 3], [4, 8, 4], [4, 4, 1], [7, 4, 4], [8, 6, 3]] as const
) {
  Deno.test(`convRegressor() fits side ${side} to ${target} with a kernel of ${kernel}`, () => {
    const parameters = new ParameterSet();
    const layer = convRegressor(new Scope(parameters, rngOf(0)), {
      from: [side, side, 2],
      to: [target, target, 5],
    });
    assert.equal(parameters.trainable.get("conv/weight")!.shape[0], kernel);
    const output = layer(map("student", [1, side, side, 2]), INFERENCE);
    assert.deepEqual(output.shape, [1, target, target, 5]);
    assert.ok(output.min().dataSync()[0]! >= 0);
  });
}

Deno.test("convRegressor() refuses a teacher map of three times the side", () => {
  assert.throws(
    () =>
      convRegressor(new Scope(new ParameterSet(), rngOf(0)), { from: [2, 2, 1], to: [6, 6, 1] }),
    /Cannot fit a map of side 2 to side 6/,
  );
});

Deno.test("withinReach() gives shapes that convRegressor() reaches, the teacher's own where it can", () => {
  const reach = (side: number, target: number) => withinReach([side, side, 2], [target, target, 5]);
  assert.deepEqual(reach(8, 16), [16, 16, 5]);
  assert.deepEqual(reach(8, 3), [3, 3, 5]);
  assert.deepEqual(reach(4, 32), [8, 8, 5]);
  // Neither smaller nor twice as large.
  assert.deepEqual(reach(4, 7), [4, 4, 5]);
});

Deno.test("fitnet() refuses a stage that is missing", async () => {
  await assert.rejects(
    trainStudent(toyRun({ distiller: fitnet({ stage: 3 }) })),
    /Cannot distil with "fitnet": stage 3 is missing, found 2 student and 2 teacher stages/,
  );
});
