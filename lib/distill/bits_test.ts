/** Losses whose gradients are written out, against the same operations left to TensorFlow.js: the same bits. */
import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { flattenRows, meanSquared, unitRows } from "./losses.ts";
import { attentionLoss } from "./methods/at.ts";
import { factorLoss } from "./methods/ft.ts";
import { selectivityLoss } from "./methods/nst.ts";
import { overhaulLoss } from "./methods/ofd.ts";
import { RAW_VARIANCE, variationalLoss } from "./methods/vid.ts";

function drawn(name: string, shape: readonly number[]): tf.Tensor {
  const rng = rngOf(11, name);
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.normal()), [...shape]);
}

function composedUnit(v: tf.Tensor): tf.Tensor {
  const squared = tf.sum(tf.square(v), -1, true);
  return v.mul(tf.rsqrt(tf.maximum(squared, 1e-24)));
}

const composedMean = (a: tf.Tensor, b: tf.Tensor) => tf.mean(tf.squaredDifference(a, b));
const composedEnergy = (map: tf.Tensor) => composedUnit(flattenRows(tf.mean(tf.square(map), 3)));
// What a network hands on: zeros beside positive entries.
const asMap = (x: tf.Tensor) => tf.relu(x) as tf.Tensor4D;

function composedSelectivity(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Tensor {
  const [s, t] = [student, teacher].map((map) => {
    const [batch, height, width, count] = map.shape;
    return composedUnit(tf.transpose(map.reshape([batch, height * width, count]), [0, 2, 1]));
  }) as [tf.Tensor, tf.Tensor];
  const kernel = (u: tf.Tensor, v: tf.Tensor) => tf.mean(tf.square(tf.matMul(u, v, false, true)));
  return kernel(t, t).add(kernel(s, s)).sub(kernel(s, t).mul(2));
}

const margins = tf.tensor1d([-0.8, -0.2, -0.5, -1.5]);

function composedOverhaul(student: tf.Tensor, teacher: tf.Tensor): tf.Tensor {
  const target = tf.maximum(teacher, tf.tile(margins, [teacher.shape[3]! / 4]));
  const above = tf.square(tf.relu(student.sub(target)));
  const below = tf.square(tf.relu(target.sub(student))).mul(
    tf.greater(teacher, 0).cast("float32"),
  );
  return tf.sum(above.add(below)).div(student.shape[0]!);
}

function composedVariational(mu: tf.Tensor, target: tf.Tensor, raw: tf.Tensor): tf.Tensor {
  const variance = tf.softplus(raw).add(1e-5);
  const squared = tf.squaredDifference(mu, target);
  return tf.mean(squared.div(variance).add(tf.log(variance)).mul(0.5));
}

type Loss = (x: tf.Tensor, y: tf.Tensor, raw: tf.Tensor) => tf.Tensor;

/** Ours and the composed form, of a student's x, a teacher's y and further weights. */
const PAIRS: Record<string, readonly [Loss, Loss]> = {
  meanSquared: [meanSquared, composedMean],
  unitRows: [
    (x, y) => tf.sum(unitRows(x).mul(y)),
    (x, y) => tf.sum(composedUnit(x).mul(y)),
  ],
  attentionLoss: [
    (x, y) => attentionLoss(asMap(x), asMap(y)),
    (x, y) => composedMean(composedEnergy(asMap(x)), composedEnergy(asMap(y))),
  ],
  factorLoss: [
    (x, y) => factorLoss(asMap(x), asMap(y)),
    (x, y) => tf.mean(tf.abs(composedEnergy(asMap(x)).sub(composedEnergy(asMap(y))))),
  ],
  selectivityLoss: [
    (x, y) => selectivityLoss(asMap(x), asMap(y)),
    (x, y) => composedSelectivity(asMap(x), asMap(y)),
  ],
  overhaulLoss: [
    (x, y) =>
      overhaulLoss(
        x as tf.Tensor4D,
        y as tf.Tensor4D,
        tf.tile(margins, [y.shape[3]! / 4]),
      ),
    composedOverhaul,
  ],
  variationalLoss: [
    (x, y, raw) => variationalLoss(x as tf.Tensor4D, y as tf.Tensor4D, raw as tf.Tensor1D),
    composedVariational,
  ],
};
// As networks have them: sides of a batch's first and last stages, and channels that fill no vector.
const SHAPES = [[16, 16, 16, 16], [8, 4, 4, 64], [3, 2, 2, 12], [2, 1, 3, 4]];

for (const [name, forms] of Object.entries(PAIRS)) {
  for (const shape of SHAPES) {
    Deno.test(`${name}() of ${shape.join(" x ")} has the bits of its operations, gradients too`, () => {
      tf.tidy(() => {
        const [x, y] = [drawn("student", shape), drawn("teacher", shape)];
        const raw = drawn("raw", [shape[3]!]).add(RAW_VARIANCE);
        const [ours, composed] = forms.map((loss) => {
          // 7 in place of 1: what comes from above is a number like any other. Not every loss has further weights.
          // What the loss reads of the teacher is made inside of the gradient, which frees it with the forward pass.
          const scaled = (x: tf.Tensor, raw: tf.Tensor) =>
            loss(x, y.mul(2), raw).mul(7).add(tf.sum(raw).mul(0)).asScalar();
          const { value, grads } = tf.valueAndGrads((x, raw) => scaled(x!, raw!))([x, raw]);
          return [value, ...grads].map((tensor) => [...tensor.dataSync()]);
        });
        assert.ok(composed![1]!.some((slope) => slope !== 0));
        assert.deepEqual(ours, composed);
      });
    });
  }
}

Deno.test("meanSquared() has slopes for both sides", () => {
  tf.tidy(() => {
    const [x, y] = [drawn("student", [3, 5]), drawn("teacher", [3, 5])];
    const [ours, composed] = [meanSquared, composedMean].map((loss) =>
      tf.grads((a, b) => loss(a!, b!).asScalar())([x, y]).map((slope) => [...slope.dataSync()])
    );
    assert.deepEqual(ours, composed);
  });
});

Deno.test("meanSquared() refuses shapes that differ", () => {
  assert.throws(() => meanSquared(tf.zeros([2, 3]), tf.zeros([1, 3])), /Cannot compare by squares/);
});

Deno.test("unitRows() of rows below the floor has the bits of its operations", () => {
  tf.tidy(() => {
    const x = tf.tensor2d([[0, 0], [1e-13, 0], [3, 4]]);
    const slopes = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
    const [ours, composed] = [unitRows<tf.Tensor>, composedUnit].map((
      form,
    ) => [...tf.grad((z) => tf.sum(form(z).mul(slopes)))(x).dataSync()]);
    assert.deepEqual(ours, composed);
  });
});
