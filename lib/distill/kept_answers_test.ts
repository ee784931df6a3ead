import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { batchTensors, makeBatch } from "../data/batches/batches.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import type { Network } from "../networks/network.ts";
import { vgg11 } from "../networks/vgg.ts";
import {
  sameArrays,
  TOY_CLASSES,
  TOY_TRAINING,
  toyImages,
  toyNetwork,
  toyRun,
} from "../testing/distill.ts";
import type { Distiller } from "./distiller.ts";
import { answersAt, areFew, canKeepAnswers, keepAnswers } from "./kept_answers.ts";
import { at } from "./methods/at.ts";
import { blkd } from "./methods/blkd.ts";
import { nokd } from "./methods/nokd.ts";
import { pkt } from "./methods/pkt.ts";
import { trainStudent } from "./train_student.ts";

const same = (x: tf.Tensor4D) => x;

/** The teacher of toys, and how many images it was asked about. */
function counted(): { teacher: Network; asked: () => number } {
  const teacher = toyNetwork({ channels: 8, outputs: 3, rng: rngOf(7, "teacher") });
  let count = 0;
  return {
    asked: () => count,
    teacher: {
      ...teacher,
      forward(x, mode) {
        // Black images are for shapes.
        if (x.shape[0] > 1) count += x.shape[0];
        return teacher.forward(x, mode);
      },
    },
  };
}

Deno.test("keepAnswers() has the teacher's outputs and features of each image, and of its mirror image", async () => {
  const run = toyRun({ distiller: blkd() });
  const teacher = run.teacher!;
  const tensors = tf.memory().numTensors;
  const options = { normalisation: run.normalisation, teacherInput: same, flip: true };
  const kept = await keepAnswers(teacher, run.train, options);
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual([kept.count, kept.output.width, kept.features.width], [22, 3, 16]);
  tf.tidy(() => {
    const indices = Uint32Array.of(3, 21, 3, 0);
    const { x } = batchTensors(makeBatch(run.train, indices, run));
    const flags = [false, true, true, false];
    const mirrored = tf.where(tf.tensor(flags, [4, 1, 1, 1], "bool"), tf.reverse(x, 2), x);
    const wanted = teacher.forward(mirrored as tf.Tensor4D, { training: false });
    const found = answersAt(kept, indices, (place) => flags[place]!);
    for (const part of ["output", "features"] as const) {
      assert.deepEqual(found[part].shape, wanted[part].shape);
      assert.ok(tf.max(tf.abs(found[part].sub(wanted[part]))).dataSync()[0]! < 1e-6, part);
    }
  });
  // Another process finds the same.
  assert.deepEqual(await keepAnswers(teacher, run.train, options), kept);
});

/** Two epochs of 150 images in batches of 64: kept answers to the last 22 images would have other bits. */
const LONG = {
  train: toyImages(150, TOY_CLASSES),
  training: { ...TOY_TRAINING, batch: 64 },
};

for (const distiller of [blkd(), pkt()]) {
  Deno.test(`trainStudent() by ${distiller.title} with kept answers learns the same bits, asks about short batches only, and resumes`, async () => {
    const { teacher, asked } = counted();
    const run = () => toyRun({ distiller, teacher, ...LONG });
    const wanted = await trainStudent(run());
    assert.equal(asked(), 2 * 150);
    const { train, normalisation } = run();
    const teacherAnswers = await keepAnswers(teacher, train, {
      normalisation,
      teacherInput: same,
      flip: true,
    });
    assert.equal(asked(), 4 * 150);
    const found = await trainStudent({ ...run(), teacherAnswers });
    assert.equal(asked(), 4 * 150 + 2 * 22);
    assert.ok(sameArrays(found.weights, wanted.weights));
    const folder = await Deno.makeTempDir();
    try {
      const checkpointPath = join(folder, "student.safetensors");
      const killed = { ...run(), teacherAnswers, checkpointPath, signal: AbortSignal.abort() };
      await assert.rejects(trainStudent(killed), /at step 1 of 6/);
      const resumed = await trainStudent({ ...run(), teacherAnswers, checkpointPath });
      assert.equal(resumed.resumedAt, 1);
      assert.ok(sameArrays(resumed.weights, found.weights));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("trainStudent() asks the teacher about images that a method puts in the place of the batch", async () => {
  const dark: Distiller = {
    ...nokd(),
    needs: { teacher: "frozen" },
    prepare: () => ({
      beforeStep: (batch) => ({ ...batch, x: batch.x.sub(1) }),
      loss: blkd().prepare({ ...toyRun({ distiller: blkd() }) } as never).loss,
    }),
  };
  const { teacher, asked } = counted();
  const run = toyRun({ distiller: dark, teacher, ...LONG });
  const teacherAnswers = await keepAnswers(teacher, run.train, {
    normalisation: run.normalisation,
    teacherInput: same,
    flip: true,
  });
  const before = asked();
  const { weights } = await trainStudent({ ...run, teacherAnswers });
  assert.equal(asked() - before, 2 * 150);
  const wanted = await trainStudent(toyRun({ distiller: dark, teacher, ...LONG }));
  assert.ok(sameArrays(weights, wanted.weights));
});

Deno.test("keepAnswers() stops between passes when told", async () => {
  const { train, normalisation, teacher } = toyRun({ distiller: blkd() });
  const { numTensors } = tf.memory();
  const options = { normalisation, teacherInput: same, flip: true, signal: AbortSignal.abort() };
  await assert.rejects(keepAnswers(teacher!, train, options), /AbortError/);
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("keepAnswers() asks in passes of 64 images or more, and has each row once", async () => {
  const sizes: number[] = [];
  const means: Network = {
    ...toyNetwork({ channels: 4, outputs: 3, rng: rngOf(1) }),
    forward(x) {
      sizes.push(x.shape[0]);
      const output = tf.mean(x, [1, 2]) as tf.Tensor2D;
      return { output, features: output, taps: [] };
    },
  };
  const train = toyImages(260, TOY_CLASSES);
  const { normalisation } = toyRun({ distiller: blkd() });
  const { output } = await keepAnswers(means, train, {
    normalisation,
    teacherInput: same,
    flip: false,
  });
  assert.deepEqual(sizes, [250, 64]);
  tf.tidy(() => {
    const indices = Uint32Array.from({ length: 260 }, (_, i) => i);
    const { x } = batchTensors(makeBatch(train, indices, { normalisation }));
    const wanted = tf.mean(x, [1, 2]).dataSync();
    assert.equal(output.values.length, wanted.length);
    assert.ok(output.values.every((value, i) => Math.abs(value - wanted[i]!) < 1e-6));
  });
});

Deno.test("keepAnswers() has the bits that VGG11 gives in a batch of 64, in a short last pass too", async () => {
  const teacher = vgg11.build({
    outputs: 3,
    head: "classification",
    imageSize: 32,
    width: 0.125,
    rng: rngOf(1),
  });
  const { train } = toyShapes({ classes: 3, perClass: 84, testPerClass: 1 });
  const { normalisation } = toyRun({ distiller: blkd() });
  const kept = await keepAnswers(teacher, train, {
    normalisation,
    teacherInput: same,
    flip: false,
  });
  tf.tidy(() => {
    const indices = Uint32Array.from({ length: 64 }, (_, i) => train.labels.length - 1 - 3 * i);
    const { x } = batchTensors(makeBatch(train, indices, { normalisation }));
    const wanted = teacher.forward(x, { training: false });
    const found = answersAt(kept, indices, () => false);
    for (const part of ["output", "features"] as const) {
      assert.deepEqual(found[part].dataSync(), wanted[part].dataSync(), part);
    }
  });
  teacher.parameters.dispose();
});

Deno.test("canKeepAnswers() is for frozen teachers without maps, of images that are as they are or mirrored", () => {
  const recipe = { ...TOY_TRAINING, batch: 64, epochs: 3 };
  assert.ok(canKeepAnswers(blkd().needs, recipe, 100));
  assert.ok(!canKeepAnswers(at().needs, recipe, 100));
  assert.ok(!canKeepAnswers({ teacher: "own" }, recipe, 100));
  assert.ok(!canKeepAnswers(blkd().needs, { ...recipe, crop: true }, 100));
  // Two epochs see no more images than there are with their mirror images.
  assert.ok(!canKeepAnswers(blkd().needs, { ...recipe, epochs: 2 }, 100));
  assert.ok(canKeepAnswers(blkd().needs, { ...recipe, epochs: 2, flip: false }, 100));
  assert.ok(!canKeepAnswers(blkd().needs, { ...recipe, epochImages: 50 }, 100));
});

Deno.test("canKeepAnswers() wants batches of 64 images or more, whatever the last one has", () => {
  const of = (batch: number, count: number, fakeShare?: number) =>
    canKeepAnswers(blkd().needs, {
      ...TOY_TRAINING,
      epochs: 3,
      batch,
      ...(fakeShare && { fakeShare }),
    }, count);
  assert.deepEqual([of(64, 11_250), of(128, 1280), of(64, 100)], [true, true, true]);
  assert.deepEqual([of(32, 3200), of(64, 63), of(64, 11_250, 0.5)], [false, false, false]);
});

Deno.test("areFew() says no above 128 MiB, mirror images counted", () => {
  const sizes = { count: 2 ** 17, outputs: 1, features: 255 };
  assert.ok(areFew({ ...sizes, flip: false }));
  assert.ok(!areFew({ ...sizes, flip: true }));
});
