/** What every distiller must keep to, whatever its loss. */
import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { at } from "./at.ts";
import { blkd } from "./blkd.ts";
import type { Distiller } from "./distiller.ts";
import { dkd } from "./dkd.ts";
import { nokd } from "./nokd.ts";
import { pkt } from "./pkt.ts";
import { reviewKd } from "./review_kd.ts";
import { rkd } from "./rkd.ts";
import { sp } from "./sp.ts";
import { takd } from "./takd.ts";
import { sameArrays, TOY_ANGLES, TOY_CLASSES, TOY_TRAINING, toyNetwork, toyRun } from "./toy.ts";
import { distillTrainee } from "./trainee.ts";
import { trainStudent } from "./train_student.ts";

const DISTILLERS: Distiller[] = [
  nokd(),
  blkd(),
  takd(),
  at(),
  sp(),
  rkd(),
  pkt(),
  dkd(),
  reviewKd({ warmUpEpochs: 0 }),
];

for (const distiller of DISTILLERS) {
  const { name } = distiller;
  // Taps, batches that end short, and adapters all take part.
  const make = (seed = 1) => toyRun({ distiller }, { seed });

  Deno.test(`${name}: same seed, same bits; teacher and its running statistics stay`, async () => {
    const [first, second] = [make(), make()];
    const teacher = await first.teacher!.parameters.read();
    const a = await trainStudent(first);
    const b = await trainStudent(second);
    assert.ok(sameArrays(a.weights, b.weights));
    assert.deepEqual(a.history, b.history);
    assert.ok(sameArrays(teacher, await first.teacher!.parameters.read()));
  });

  Deno.test(`${name}: no tensor is left after a step, every adapter moves within three`, async () => {
    const trainee = distillTrainee({ ...make(), peers: [], earlier: {}, training: SMOOTH });
    const before = await trainee.adapters?.read() ?? {};
    const counts = [0, 1, 2].map((step) => {
      tf.tidy(() => {
        trainee.step(step);
      });
      return tf.memory().numTensors;
    });
    assert.equal(counts[1], counts[2]);
    const after = await trainee.adapters?.read() ?? {};
    for (const [key, { values }] of Object.entries(before)) {
      assert.ok(values.some((value, i) => value !== after[key]!.values[i]), `${key} stayed`);
    }
    trainee.dispose();
  });

  Deno.test(`${name}: a batch of one has a finite loss`, () => {
    const training = { ...TOY_TRAINING, batch: 1 };
    const trainee = distillTrainee({ ...make(), peers: [], earlier: {}, training });
    const row = tf.tidy(() => trainee.step(0));
    assert.ok(Number.isFinite(row.loss!.dataSync()[0]!));
    trainee.dispose();
  });

  Deno.test(`${name}: trains with every kind of label that it declares`, async () => {
    for (const task of [TOY_CLASSES, TOY_ANGLES]) {
      if (!distiller.tasks.includes(task.kind)) continue;
      const { test } = await trainStudent(toyRun({ distiller }, { task }));
      assert.ok(Number.isFinite(test));
    }
  });

  Deno.test(`${name}: every term is finite where student and teacher are the same network`, () => {
    const network = () => toyNetwork({ channels: 4, outputs: 3, rng: rngOf(3) });
    const run = toyRun({ distiller, student: network(), teacher: network() });
    const trainee = distillTrainee({ ...run, peers: [], earlier: {} });
    const row = tf.tidy(() => trainee.step(0));
    for (const value of Object.values(row)) assert.ok(Number.isFinite(value.dataSync()[0]!));
    trainee.dispose();
  });
}

/** A momentum-free training from its second epoch on, past every warm-up of its first step. */
const SMOOTH = { ...TOY_TRAINING, momentum: 0, epochs: 400 };
