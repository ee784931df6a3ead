import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { crossEntropy } from "../networks/supervised.ts";
import { adaptiveAveragePool, meanSquared, temperatureKd, unitRows } from "./losses.ts";
import { waves } from "../testing/distill.ts";

const student = waves("student", [2, 3], 5) as tf.Tensor2D;
const teacher = waves("teacher", [2, 3], 5) as tf.Tensor2D;

function assertClose(found: number, wanted: number, relative = 1e-5) {
  assert.ok(Math.abs(found - wanted) <= relative * Math.abs(wanted), `${found} for ${wanted}`);
}

Deno.test("crossEntropy() equals its stored value", () => {
  const loss = crossEntropy(student, tf.tensor1d([2, 0], "int32"));
  assertClose(loss.dataSync()[0]!, 3.448141207);
});

for (const [temperature, wanted] of [[1, 0.356441951], [4, 0.687844321], [20, 0.637952588]]) {
  Deno.test(`temperatureKd() equals its stored value at T = ${temperature}`, () => {
    const loss = temperatureKd(student, teacher, { temperature: temperature! });
    assertClose(loss.dataSync()[0]!, wanted!);
  });
}

Deno.test("temperatureKd() has the stored gradient at T = 4", () => {
  const gradient = tf.grad((z) => temperatureKd(z as tf.Tensor2D, teacher, { temperature: 4 }))(
    student,
  );
  const wanted = [-0.39218207, 0.30300833, 0.08917374, 0.0256677, -0.10245201, 0.0767843];
  gradient.dataSync().forEach((value, i) => assertClose(value, wanted[i]!));
});

Deno.test("temperatureKd() tends to centred squared differences as T grows", () => {
  const loss = temperatureKd(student, teacher, { temperature: 200 });
  // The distance from the limit shrinks like 1 / T: 5.5 % at T = 20.
  assertClose(loss.dataSync()[0]!, 0.604398376, 0.01);
});

Deno.test("temperatureKd() with elementMean is the number of classes weaker", () => {
  const options = { temperature: 5 };
  const batch = temperatureKd(student, teacher, options).dataSync()[0]!;
  const element = temperatureKd(student, teacher, { ...options, reduction: "elementMean" });
  assertClose(element.dataSync()[0]! * 3, batch);
});

Deno.test("temperatureKd() is 0 for equal logits and ignores a shift of a row", () => {
  const shifted = teacher.add<tf.Tensor2D>(tf.tensor2d([[3], [-2]]));
  assert.equal(temperatureKd(teacher, teacher, { temperature: 4 }).dataSync()[0], 0);
  const loss = temperatureKd(shifted, teacher, { temperature: 4 }).dataSync()[0]!;
  assert.ok(Math.abs(loss) < 1e-5);
});

Deno.test("temperatureKd() stays finite where teacher and student are certain of different classes", () => {
  const sure = tf.tensor2d([[500, 0, 0]]);
  const other = tf.tensor2d([[0, 500, 0]]);
  const kd = (z: tf.Tensor) => temperatureKd(z as tf.Tensor2D, sure, { temperature: 1 });
  assert.equal(kd(other).dataSync()[0], 500);
  assert.deepEqual([...tf.grad(kd)(other).dataSync()], [-1, 1, 0]);
});

Deno.test("temperatureKd() refuses a temperature of 0", () => {
  assert.throws(() => temperatureKd(student, teacher, { temperature: 0 }), {
    name: "RangeError",
    message: "Cannot soften logits: found temperature 0, want above 0",
  });
});

Deno.test("meanSquared() equals its stored value", () => {
  const shape = [2, 4, 4, 3];
  const loss = meanSquared(waves("student", shape), waves("teacher", shape));
  assertClose(loss.dataSync()[0]!, 0.94210861);
});

Deno.test("unitRows() makes rows of length 1 and has a finite gradient at 0", () => {
  const rows = unitRows(tf.tensor2d([[3, 4], [0, 0]]));
  const values = rows.dataSync();
  [0.6, 0.8, 0, 0].forEach((wanted, i) => assert.ok(Math.abs(values[i]! - wanted) < 1e-6));
  const gradient = tf.grad((v) => tf.sum(unitRows(v)))(tf.zeros([1, 2]));
  assert.ok(gradient.dataSync().every(Number.isFinite));
});

// By hand: rows of 7 pooled to 4 cover [0, 2), [1, 4), [3, 6), [5, 7).
Deno.test("adaptiveAveragePool() has PyTorch's overlapping bins", () => {
  const map = tf.range(0, 7).reshape<tf.Tensor4D>([1, 7, 1, 1]);
  const pooled = adaptiveAveragePool(map, [4, 1]);
  assert.deepEqual([...pooled.dataSync()], [0.5, 2, 4, 5.5]);
  const even = adaptiveAveragePool(tf.range(0, 8).reshape<tf.Tensor4D>([1, 4, 2, 1]), [2, 1]);
  assert.deepEqual([...even.dataSync()], [1.5, 5.5]);
});
