/** What every distiller must keep to, whatever its loss. */
import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { rngOf } from "../base/rng.ts";
import { readSafetensors } from "../base/disk/safetensors.ts";
import { tf } from "../base/tf.ts";
import { at } from "./methods/at.ts";
import { blkd } from "./methods/blkd.ts";
import type { Distiller } from "./distiller.ts";
import { bss } from "./methods/bss/bss.ts";
import { dkd } from "./methods/dkd.ts";
import { fitnet } from "./methods/fitnet.ts";
import { nokd } from "./methods/nokd.ts";
import { nst } from "./methods/nst.ts";
import { pkt } from "./methods/pkt.ts";
import { reviewKd } from "./methods/review_kd.ts";
import { rkd } from "./methods/rkd.ts";
import { sp } from "./methods/sp.ts";
import { sskd } from "./methods/sskd/sskd.ts";
import { takd } from "./methods/takd.ts";
import { uda } from "./methods/uda/uda.ts";
import { vid } from "./methods/vid.ts";
import { vkd } from "./methods/vkd/vkd.ts";
import {
  sameArrays,
  stagedToyRun,
  TOY_ANGLES,
  TOY_CLASSES,
  TOY_TRAINING,
  toyNetwork,
  toyRun,
} from "../testing/distill.ts";
import { distillTrainee } from "./trainee.ts";
import { type StudentRun, trainStudent } from "./train_student.ts";

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
  fitnet(),
  nst(),
  vid(),
  sskd(),
  uda({ consistency: 1, confidence: 0 }),
  bss({ tolerance: 0.01 }),
  vkd(),
  { ...vkd({ source: "table" }), name: "vkd_table" },
  { ...vkd({ beside: "dkd" }), name: "vkd_beside_dkd" },
  { ...vkd({ from: "self", warmUpEpochs: 0 }), name: "vkd_self" },
  { ...vkd({ from: "peers", warmUpEpochs: 0 }), name: "vkd_peers" },
];

for (const distiller of DISTILLERS) {
  const { name } = distiller;
  // One epoch of three steps, the last batch short.
  const training = { ...TOY_TRAINING, epochs: 1 };
  const make = (changes: Partial<StudentRun> = {}) =>
    stagedToyRun({ distiller, training, ...changes });

  Deno.test(`${name}: stopped and resumed gives the bits of an undisturbed run; teacher stays`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const whole = await make({ checkpointPath: join(folder, "whole.safetensors") });
      const before = await whole.teacher!.parameters.read();
      const { weights, history } = await trainStudent(whole);
      assert.ok(sameArrays(before, await whole.teacher!.parameters.read()));
      const checkpointPath = join(folder, "resumed.safetensors");
      // Stops after the first step.
      await assert.rejects(
        trainStudent(await make({ checkpointPath, signal: AbortSignal.abort() })),
        /at step 1 of 3/,
      );
      const resumed = await trainStudent(await make({ checkpointPath }));
      assert.equal(resumed.resumedAt, 1);
      assert.ok(sameArrays(weights, resumed.weights));
      assert.deepEqual(resumed.history, history);
      // Adapters, optimiser and state too.
      const [wanted, found] = await Promise.all(
        [whole.checkpointPath!, checkpointPath].map((path) => readSafetensors(path)),
      );
      assert.deepEqual(found!.arrays, wanted!.arrays);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  Deno.test(`${name}: no tensor is left after a step, every adapter moves within three`, async () => {
    const trainee = distillTrainee(await make());
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

  Deno.test(`${name}: a batch of one has a finite loss`, async () => {
    const run = await make({ training: { ...TOY_TRAINING, batch: 1 } });
    const trainee = distillTrainee(run);
    const row = tf.tidy(() => trainee.step(0));
    assert.ok(Number.isFinite(row.loss!.dataSync()[0]!));
    trainee.dispose();
  });

  Deno.test(`${name}: trains with every kind of label that it declares`, async () => {
    for (const task of [TOY_CLASSES, TOY_ANGLES]) {
      if (!distiller.tasks.includes(task.kind)) continue;
      const run = task === TOY_CLASSES ? await make() : toyRun({ distiller, training }, { task });
      const { test } = await trainStudent(run);
      assert.ok(Number.isFinite(test));
    }
  });

  Deno.test(`${name}: every term is finite where student and teacher are the same network`, async () => {
    const network = () => toyNetwork({ channels: 4, outputs: 3, rng: rngOf(3) });
    const run = await make({ student: network(), teacher: network() });
    const trainee = distillTrainee(run);
    const row = tf.tidy(() => trainee.step(0));
    for (const value of Object.values(row)) assert.ok(Number.isFinite(value.dataSync()[0]!));
    trainee.dispose();
  });
}
