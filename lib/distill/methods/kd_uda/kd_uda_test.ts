import assert from "node:assert/strict";
import { tf } from "../../../base/tf.ts";
import {
  assertGradient,
  assertValue,
  sameArrays,
  toyRun,
  waves,
} from "../../../testing/distill.ts";
import { trainStudent } from "../../train_student.ts";
import { domainGap } from "./domain_gap.ts";
import { greyed, kdUda, progressWithin, shareAt } from "./kd_uda.ts";

Deno.test("domainGap() equals its stored value, is 0 for equal sets and has a fixed width in its gradient", () => {
  const [x, y] = [waves("student", [3, 4]), waves("teacher", [3, 4])] as tf.Tensor2D[];
  assertValue(domainGap(x!, y!), 0.384091109);
  assert.ok(Math.abs(domainGap(x!, x!).dataSync()[0]!) < 1e-6);
  // Far from each other every cross term is the same: the gradient is all of the kernels' own widths.
  assert.ok(tf.grad((z) => domainGap(z as tf.Tensor2D, y!))(x!).dataSync().every(Number.isFinite));
  const same = tf.ones<tf.Rank.R2>([2, 3]);
  assert.ok(Math.abs(domainGap(same, same).dataSync()[0]!) < 1e-6);
});

Deno.test("domainGap() has the gradient of its kernels at their width", () => {
  const y = waves("teacher", [3, 4]) as tf.Tensor2D;
  const x = waves("student", [3, 4]) as tf.Tensor2D;
  const all = tf.concat([x, y]);
  const squares = (a: tf.Tensor2D, b: tf.Tensor2D) =>
    tf.sum(tf.square(a.expandDims(1).sub(b.expandDims(0))), 2);
  const width = tf.sum(squares(all, all)).div(30).dataSync()[0]!;
  const mean = (a: tf.Tensor2D, b: tf.Tensor2D) =>
    tf.addN(
      [0.25, 0.5, 1, 2, 4].map((share) => tf.mean(tf.exp(squares(a, b).div(-share * width)))),
    );
  const written = (z: tf.Tensor) => {
    const own = z as tf.Tensor2D;
    return mean(own, own).add(mean(y, y)).sub<tf.Scalar>(mean(own, y).mul(2));
  };
  assertGradient(written as (z: tf.Tensor) => tf.Scalar, x);
  const gap = tf.grad((z) => domainGap(z as tf.Tensor2D, y))(x).sub(tf.grad(written)(x));
  assert.ok(tf.max(tf.abs(gap)).dataSync()[0]! < 1e-5);
});

Deno.test("the student's share and the gap's weight follow the published schedules", () => {
  const at = (epoch: number) => shareAt({ epoch, epochs: 400 }, { first: 0.1, last: 0.9 });
  [0.1, 0.173205, 0.3, 0.519615].forEach((wanted, i) => assertValue(at(100 * i), wanted));
  assert.equal(progressWithin(0, 4), 0);
  assertValue(progressWithin(1, 4), 0.848284);
  assertValue(progressWithin(2, 4), 0.986614);
});

Deno.test("greyed() makes every channel the pixel's mean, in the constants of the images", () => {
  const constants = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.5] };
  const pixels = [0.3, 0.6, 0.9];
  const x = tf.tensor4d(pixels.map((p, c) => (p - constants.mean[c]!) / constants.std[c]!), [
    1,
    1,
    1,
    3,
  ]);
  const found = greyed(x, constants).dataSync();
  found.forEach((value, c) =>
    assertValue(value, (0.6 - constants.mean[c]!) / constants.std[c]! || 0, 1e-4)
  );
});

Deno.test("kdUda() adapts the teacher, which the student's weight in the loss does not move", async () => {
  const teachers = [];
  for (const alpha of [0.3, 0.9]) {
    const run = toyRun({ distiller: kdUda({ alpha }) });
    const before = await run.teacher!.parameters.read();
    await trainStudent(run);
    const after = await run.teacher!.parameters.read();
    assert.ok(!sameArrays(before, after));
    teachers.push(after);
  }
  assert.ok(sameArrays(teachers[0]!, teachers[1]!));
});
