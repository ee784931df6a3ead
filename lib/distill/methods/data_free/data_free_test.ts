import assert from "node:assert/strict";
import { rngOf } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import {
  assertValue,
  sameArrays,
  TOY_TRAINING,
  toyNetwork,
  toyRun,
  waves,
} from "../../../testing/distill.ts";
import { meanAbsolute } from "../../losses.ts";
import { distillTrainee } from "../../trainee.ts";
import { trainStudent } from "../../train_student.ts";
import { nokd } from "../nokd.ts";
import { agreedCrossEntropy, cgdd, classBalance } from "./cgdd.ts";
import { dfad, outOfRange } from "./dfad.ts";
import { imageGenerator, presetLabels } from "./image_generator.ts";

const student = waves("student", [2, 3], 5) as tf.Tensor2D;
const teacher = waves("teacher", [2, 3], 5) as tf.Tensor2D;
const SHAPE = { height: 8, width: 12, channels: 3 };

Deno.test("meanAbsolute() equals its stored value, and its gradient keeps its size however close both are", () => {
  assertValue(meanAbsolute(student, teacher), 1.567214958);
  const slopeAt = (share: number) => {
    const near = teacher.add(student.sub(teacher).mul(share));
    return tf.norm(tf.grad((z) => meanAbsolute(z, teacher))(near)).dataSync()[0]!;
  };
  assertValue(slopeAt(1), 1 / Math.sqrt(6), 1e-6);
  assertValue(slopeAt(1e-3), slopeAt(1), 1e-6);
  assert.equal(tf.max(tf.abs(tf.grad((z) => meanAbsolute(z, teacher))(teacher))).dataSync()[0], 0);
});

Deno.test("classBalance() equals its stored value, and is least, −ln K, where classes are equally frequent", () => {
  assertValue(classBalance(teacher), -0.88968731);
  assertValue(classBalance(tf.eye(4).mul(30)), -Math.log(4), 1e-6);
  assert.ok(Math.abs(classBalance(tf.tensor2d([[90, 0], [90, 0]])).dataSync()[0]!) < 1e-6);
});

Deno.test("agreedCrossEntropy() counts images whose teacher sees the preset class", () => {
  const labels = tf.tensor1d([0, 1], "int32");
  const answers = tf.tensor2d([[2, 1, 0], [2, 1, 0]]);
  // Only the first row agrees; the mean is over both.
  const [a, b, c] = student.arraySync()[0]!.map(Math.exp);
  assertValue(agreedCrossEntropy(student, answers, labels), -Math.log(a! / (a! + b! + c!)) / 2);
});

Deno.test("outOfRange() is the mean of what leaves [0, 1]", () => {
  assertValue(outOfRange(tf.tensor2d([[-0.5], [0.25], [1], [1.25]])), 0.75 / 4, 1e-6);
});

Deno.test("imageGenerator() draws images of mean 0 and variance 1 in each channel, of any side that 4 divides", () => {
  const generator = imageGenerator({ shape: SHAPE, width: 4, noise: 16, rng: rngOf(1) });
  tf.tidy(() => {
    const images = generator.draw(6, rngOf(2));
    assert.deepEqual(images.shape, [6, 8, 12, 3]);
    const { mean, variance } = tf.moments(images, [0, 1, 2]);
    assert.ok(tf.max(tf.abs(mean)).dataSync()[0]! < 1e-5);
    assert.ok(tf.max(tf.abs(variance.sub(1))).dataSync()[0]! < 1e-2);
    assert.deepEqual(images.dataSync(), generator.draw(6, rngOf(2)).dataSync());
  });
  generator.parameters.dispose();
  assert.throws(
    () =>
      imageGenerator({
        shape: { height: 30, width: 30, channels: 3 },
        width: 4,
        noise: 16,
        rng: rngOf(1),
      }),
    { name: "RangeError", message: /found|Cannot generate images of 30 x 30: want sides/ },
  );
});

Deno.test("imageGenerator() of classes draws other images for another class from the same noise", () => {
  const rng = rngOf(3);
  const generator = imageGenerator({ shape: SHAPE, width: 4, noise: 8, classes: 3, rng });
  tf.tidy(() => {
    const [first, second] = [[0, 1], [0, 2]].map((labels) =>
      generator.draw(tf.tensor1d(labels, "int32"), rngOf(4)).dataSync()
    );
    assert.ok(first!.some((value, i) => value !== second![i]));
  });
  generator.parameters.dispose();
});

/** Generator and student before and after a step, by role. */
async function stepOf(step: number, options: Parameters<typeof dfad>[0]) {
  const run = toyRun({ distiller: dfad({ generatorWidth: 8, ...options }) });
  const trainee = distillTrainee(run);
  const read = async () => ({
    student: await run.student.parameters.read(),
    teacher: await run.teacher!.parameters.read(),
    generator: await trainee.state["method.generator"]!.read(),
  });
  const before = await read();
  tf.tidy(() => void trainee.step(step));
  const after = await read();
  trainee.dispose();
  const moved = (role: keyof typeof before) => !sameArrays(before[role], after[role]);
  return { student: moved("student"), teacher: moved("teacher"), generator: moved("generator") };
}

Deno.test("dfad() moves the generator's weights at every fifth step only, and never the teacher", async () => {
  const still = await stepOf(3, {});
  // Running averages of batch norms move whenever images are drawn; weights do not.
  assert.deepEqual([still.student, still.teacher], [true, false]);
  const fifth = await stepOf(4, {});
  assert.deepEqual(fifth, { student: true, teacher: false, generator: true });
});

Deno.test("dfad() learns from a teacher without any image of the set: with black ones it ends with the same bits", async () => {
  const run = (bytes?: Uint8Array) => {
    const made = toyRun({ distiller: dfad({ generatorWidth: 8 }) });
    if (bytes === undefined) return made;
    const images = {
      ...made.train.images,
      read: (_: number, into: Uint8Array, at: number) => void into.fill(0, at, at + 192),
    };
    return { ...made, train: { ...made.train, images } };
  };
  const [real, black] = [await trainStudent(run()), await trainStudent(run(new Uint8Array(192)))];
  assert.ok(sameArrays(real.weights, black.weights));
});

Deno.test("cgdd() comes to draw images in which the teacher sees the class that was asked for", async () => {
  const taught = toyRun({
    distiller: nokd(),
    student: toyNetwork({ channels: 8, outputs: 3, rng: rngOf(7, "teacher") }),
    training: { ...TOY_TRAINING, epochs: 12 },
  });
  await trainStudent(taught);
  const run = toyRun({
    distiller: cgdd({
      generatorWidth: 16,
      noise: 16,
      imitationSteps: 1,
      generatorRate: 1e-2,
      adversarial: 0,
    }),
    teacher: taught.student,
    training: { ...TOY_TRAINING, epochs: 120, batch: 22 },
  });
  const { leftovers } = await trainStudent(run);
  const { parameters, draw } = imageGenerator({
    shape: run.train.images.shape,
    width: 16,
    noise: 16,
    classes: 3,
    rng: rngOf(1),
  });
  parameters.write(leftovers.generator!);
  tf.tidy(() => {
    const labels = presetLabels(90, 3, rngOf(5));
    const { output } = taught.student.forward(draw(labels, rngOf(6)), { training: false });
    const right = tf.equal(tf.argMax(output, 1), labels).cast("float32");
    const share = tf.mean(right).dataSync()[0]!;
    // One in three by chance.
    assert.ok(share >= 0.75, `the teacher saw ${share} of 90 as asked`);
  });
  parameters.dispose();
});
