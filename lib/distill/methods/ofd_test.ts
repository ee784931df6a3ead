import assert from "node:assert/strict";
import { type LabelledImages, selectImages } from "../../base/contracts.ts";
import { tf } from "../../base/tf.ts";
import { batchTensors, makeBatch } from "../../data/batches/batches.ts";
import { assertValue, TOY_CLASSES, toyImages, toyRun, waves } from "../../testing/distill.ts";
import { distillTrainee } from "../trainee.ts";
import { negativeMean, ofd, overhaulLoss } from "./ofd.ts";

Deno.test("negativeMean() equals its stored values", () => {
  for (
    const [mean, deviation, wanted] of [
      [0, 1, -0.797884561],
      [1, 0.5, -0.186607766],
      [-1, 2, -2.018320868],
      [2, 0.5, -1.5],
    ] as const
  ) {
    assertValue(negativeMean(mean, deviation), wanted, 1e-6);
  }
});

// By hand, with a margin of −1: active and low, active and high, between margin and 0 and above, the same below,
// below the margin and above it, below it and lower still.
Deno.test("overhaulLoss() counts what the teacher's neuron asks for, and nothing else", () => {
  const teacher = tf.tensor4d([2, 2, -0.5, -0.5, -3, -3], [1, 1, 6, 1]);
  const student = tf.tensor4d([1, 4, 0.5, -2, 0, -2], [1, 1, 6, 1]);
  const margins = tf.tensor1d([-1]);
  const loss = (s: tf.Tensor) => overhaulLoss(s as tf.Tensor4D, teacher, margins);
  assert.equal(loss(student).dataSync()[0], 1 + 4 + 1 + 0 + 1 + 0);
  assert.deepEqual([...tf.grad(loss)(student).dataSync()], [-2, 4, 2, 0, 2, 0]);
  assert.equal(overhaulLoss(teacher, teacher, margins).dataSync()[0], 0);
});

Deno.test("ofd() measures margins that are the batch norm's own where a stage ends in one", async () => {
  const run = toyRun({ distiller: ofd() });
  const { teacher, train } = run;
  const count = train.labels.length;
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  // Averages of its batch norms become those of all training images: momentum 0.1, so after 200 passes to 1e-9.
  const { x } = batchTensors(makeBatch(train, indices, { normalisation: run.normalisation }));
  for (let pass = 0; pass < 200; pass++) {
    tf.tidy(() => void teacher!.forward(x, { training: true }));
  }
  x.dispose();
  const scales = waves("student", [16]).add(2);
  const shifts = waves("teacher", [16]);
  const norm = [...teacher!.parameters.trainable].filter(([name]) =>
    name.startsWith("stage2/norm/")
  );
  assert.equal(norm.length, 2);
  // Scales start at 1.
  for (const [, weight] of norm) weight.assign(weight.dataSync()[0] === 1 ? scales : shifts);
  const trainee = distillTrainee(run);
  const found = await trainee.state["method.margins"]!.read();
  assert.deepEqual(Object.keys(found), ["stage1", "stage2"]);
  const [means, deviations] = [shifts.dataSync(), scales.dataSync()];
  found.stage2!.values.forEach((value, c) => {
    const wanted = negativeMean(means[c]!, deviations[c]!);
    assert.ok(Math.abs(value - wanted) < 0.01 * Math.abs(wanted), `${value} for ${wanted}`);
  });
  trainee.dispose();
});

Deno.test("ofd() measures margins on images of every class of a set ordered by class", async () => {
  const inTurn = toyImages(24, TOY_CLASSES);
  const order = [0, 1, 2].flatMap((c) => Array.from({ length: 8 }, (_, i) => 3 * i + c));
  const ordered = {
    ...inTurn,
    images: selectImages(inTurn.images, Uint32Array.from(order)),
    labels: Float32Array.from(order, (i) => inTurn.labels[i]!),
  };
  const marginsOf = async (train: LabelledImages, marginImages: number) => {
    const trainee = distillTrainee(toyRun({ distiller: ofd({ marginImages }), train }));
    const { stage2 } = await trainee.state["method.margins"]!.read();
    trainee.dispose();
    return [...stage2!.values];
  };
  // Every fourth image, two of each class, whose places in the set in turn are these.
  const spread = [0, 12, 1, 13, 2, 14].map((i) => inTurn.labels[i]!);
  assert.deepEqual(spread, [0, 0, 1, 1, 2, 2]);
  const chosen = Uint32Array.from([0, 12, 1, 13, 2, 14]);
  const six = {
    ...inTurn,
    images: selectImages(inTurn.images, chosen),
    labels: Float32Array.from(spread),
  };
  assert.deepEqual(await marginsOf(ordered, 6), await marginsOf(six, 6));
  assert.notDeepEqual(await marginsOf(ordered, 6), await marginsOf(ordered, 24));
});
