import assert from "node:assert/strict";
import { ParameterSet, Scope } from "../base/module.ts";
import type { ProgressEvent } from "../base/progress.ts";
import { rngOf } from "../base/rng.ts";
import { join } from "../base/disk/path.ts";
import { tf } from "../base/tf.ts";
import { lossAndGradients } from "../base/training/optimisers.ts";
import { batchTensors, makeBatch } from "../data/batches/batches.ts";
import { linear } from "../networks/layers.ts";
import { crossEntropy, ordinaryLoss } from "../networks/supervised.ts";
import { blkd } from "./methods/blkd.ts";
import type { Distiller } from "./distiller.ts";
import { nokd } from "./methods/nokd.ts";
import { shapesOf } from "./shapes.ts";
import { stagesOf } from "./stages.ts";
import { takd } from "./methods/takd.ts";
import {
  sameArrays,
  TOY_ANGLES,
  TOY_CLASSES,
  TOY_TRAINING,
  toyImages,
  toyNetwork,
  toyRun,
} from "../testing/distill.ts";
import { measure, trainStudent } from "./train_student.ts";

Deno.test("trainStudent() with nokd() makes the update of a step written out by hand", async () => {
  const training = { ...TOY_TRAINING, epochs: 1, batch: 22, crop: false, flip: false, momentum: 0 };
  const run = toyRun({ distiller: nokd(), training });
  const before = await run.student.parameters.read();
  const indices = Uint32Array.from({ length: run.train.labels.length }, (_, i) => i);
  const { x, labels } = batchTensors(makeBatch(run.train, indices, run));
  const { gradients } = lossAndGradients(
    run.student.parameters,
    () => crossEntropy(run.student.forward(x, { training: true }).output, labels),
  );
  const wanted: Record<string, number[]> = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    const slopes = await gradient.data();
    wanted[name] = Array.from(
      before[name]!.values,
      (w, i) => w - training.learningRate * (slopes[i]! + training.weightDecay * w),
    );
  }
  run.student.parameters.write(before);
  const { weights } = await trainStudent(run);
  for (const [name, values] of Object.entries(wanted)) {
    const close = values.every((value, i) => Math.abs(value - weights[name]!.values[i]!) < 1e-5);
    assert.ok(close, `found another update of "${name}"`);
  }
});

Deno.test("trainStudent() leaves fakes out in the epochs after fakesUntil", async () => {
  const seen: number[][] = [];
  const watching: Distiller = {
    ...nokd(),
    prepare: (context) => ({
      ...nokd().prepare(context),
      beforeStep: (batch) => {
        seen.push([...batch.indices].sort((a, b) => a - b));
        return batch;
      },
    }),
  };
  // 16 real images and 6 fakes; two steps an epoch.
  const training = { ...TOY_TRAINING, epochs: 4, batch: 8, epochImages: 16, fakeShare: 0.25 };
  await trainStudent(toyRun({ distiller: watching, training: { ...training, fakesUntil: 0.5 } }));
  const fakesOf = (step: number[]) => step.filter((index) => index >= 16).length;
  assert.deepEqual(seen.map(fakesOf), [2, 2, 2, 2, 0, 0, 0, 0]);
  // Real images alone are walked through epoch by epoch.
  for (const first of [4, 6]) {
    const epoch = [...seen[first]!, ...seen[first + 1]!].sort((a, b) => a - b);
    assert.deepEqual(epoch, Array.from({ length: 16 }, (_, i) => i));
  }
});

Deno.test("trainStudent() counts epochs over as many images as the recipe says", async () => {
  const rates: number[] = [];
  const watching: Distiller = {
    ...nokd(),
    prepare: (context) => {
      const method = nokd().prepare(context);
      assert.equal(context.stepsPerEpoch, 2);
      return {
        ...method,
        beforeStep: (batch) => (rates.push(batch.epoch), batch),
      };
    },
  };
  const run = toyRun({ distiller: watching });
  const { length } = run.train.labels;
  // Three steps a pass over the images, two an epoch.
  const batch = Math.ceil(length / 3);
  const training = { ...TOY_TRAINING, epochs: 3, batch, epochImages: 2 * batch, milestones: [2] };
  const { curve, history } = await trainStudent({
    ...run,
    training,
    evaluateEveryEpochs: 1,
  });
  assert.deepEqual(rates, [0, 0, 1, 1, 2, 2]);
  assert.deepEqual(curve.map(({ epoch }) => epoch), [1, 2, 3]);
  assert.equal(history.at(-1)!.step, 6);
});

Deno.test("trainStudent() measures every few epochs and reports the last", async () => {
  const training = { ...TOY_TRAINING, epochs: 5 };
  const run = toyRun({ distiller: nokd(), training, evaluateEveryEpochs: 2 });
  const { curve, test } = await trainStudent(run);
  assert.deepEqual(curve.map(({ epoch }) => epoch), [2, 4, 5]);
  assert.equal(test, curve[2]!.test);
  assert.equal(test, await measure(run.student, run.test, run.normalisation));
  assert.ok(test >= 0 && test <= 100);
});

Deno.test("trainStudent() learns the toy classes", async () => {
  const training = { ...TOY_TRAINING, epochs: 12 };
  const { test } = await trainStudent(toyRun({ distiller: nokd(), training }));
  assert.ok(test < 20, `found ${test} % errors`);
});

Deno.test("trainStudent() with real labels divides them by the scale and reports their unit", async () => {
  const training = { ...TOY_TRAINING, epochs: 25 };
  const run = toyRun({ distiller: nokd(), training }, { task: TOY_ANGLES });
  const untrained = await measure(run.student, run.test, run.normalisation);
  const { test, history } = await trainStudent(run);
  assert.ok(test < untrained && test < 20, `found ${test} degrees after ${untrained}`);
  assert.ok(history.at(-1)!.loss! < 0.2, "a squared error of labels in [0, 1] is below 1");
});

Deno.test("trainStudent() renormalises the teacher's input where asked to", async () => {
  const of = async (changes: Parameters<typeof toyRun>[0]) =>
    (await trainStudent(toyRun(changes))).weights;
  const distiller = blkd();
  const mixed = await of({ distiller });
  const { normalisation } = toyRun({ distiller });
  const own = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] };
  assert.ok(sameArrays(mixed, await of({ distiller, teacherNormalisation: normalisation })));
  assert.ok(!sameArrays(mixed, await of({ distiller, teacherNormalisation: own })));
  // The frozen teacher sees what it would see had the batch been made with its own constants.
  const seen: number[][] = [];
  const run = toyRun({
    distiller,
    teacherNormalisation: own,
    training: { ...TOY_TRAINING, epochs: 1, batch: 22, flip: false },
  });
  const teacher = run.teacher!;
  await trainStudent({
    ...run,
    teacher: {
      ...teacher,
      forward(x, mode) {
        seen.push([...x.mean([0, 1, 2]).dataSync()]);
        return teacher.forward(x, mode);
      },
    },
  });
  // And so does one that the method runs itself.
  const alone: Distiller = {
    ...nokd(),
    needs: { teacher: "own" },
    prepare: ({ teacherInput }) => ({
      loss: ordinaryLoss,
      beforeStep(batch) {
        seen.push([...teacherInput(batch.x).mean([0, 1, 2]).dataSync()]);
        return batch;
      },
    }),
  };
  await trainStudent({ ...run, distiller: alone });
  assert.equal(seen.length, 2);
  const bytes = new Uint8Array(192);
  const sums = [0, 0, 0];
  for (let i = 0; i < 22; i++) {
    run.train.images.read(i, bytes, 0);
    bytes.forEach((value, p) => sums[p % 3]! += value / 255 / (22 * 64));
  }
  for (const means of seen) {
    sums.forEach((mean, c) => {
      const wanted = (mean - own.mean[c]!) / own.std[c]!;
      assert.ok(Math.abs(means[c]! - wanted) < 1e-4, `${means} for channel ${c}: ${wanted}`);
    });
  }
});

Deno.test("trainStudent() trains adapters only where the student is frozen, and needs some", async () => {
  const method = (adapters?: ParameterSet): Distiller => ({
    ...nokd(),
    needs: { teacher: "none", trainsStudent: false },
    prepare({ student, train, rng }) {
      const features = shapesOf(student, train).features;
      const head = adapters &&
        linear(new Scope(adapters, rng), { in: features, out: 3 });
      return {
        adapters,
        ...(adapters && { leaves: { head: adapters } }),
        loss: ({ features }, { labels, mode }) => {
          assert.equal(mode.training, false);
          return { head: { weight: 1, value: crossEntropy(head!(features, mode), labels) } };
        },
      };
    },
  });
  const training = { ...TOY_TRAINING, epochs: 12 };
  const { student } = toyRun({ distiller: nokd() });
  await trainStudent(toyRun({ distiller: nokd(), student, training }));
  const run = toyRun({ distiller: method(new ParameterSet()), student, training });
  const before = await run.student.parameters.read();
  const { weights, leftovers, history } = await trainStudent(run);
  assert.ok(sameArrays(before, weights));
  assert.deepEqual(Object.keys(leftovers.head!), ["weight", "bias"]);
  const [first, last] = [history[0]!.loss!, history.at(-1)!.loss!];
  assert.ok(last < 0.7 * first, `found ${last} after ${first}`);
  await assert.rejects(trainStudent(toyRun({ distiller: method() })), {
    name: "TypeError",
    message: /^Cannot train: found neither a student nor adapters to learn/,
  });
});

Deno.test("trainStudent() frees what a loss keeps, also where it keeps a name twice", async () => {
  const seen: number[] = [];
  const distiller: Distiller = {
    ...nokd(),
    prepare: () => ({
      loss(student, batch) {
        batch.keep("output", tf.zerosLike(student.output));
        batch.keep("output", student.output);
        return ordinaryLoss(student, batch);
      },
      afterStep: ({ kept, labels }) => {
        assert.deepEqual(kept.output!.shape, [labels.size, 3]);
        seen.push(tf.max(tf.abs(kept.output!)).dataSync()[0]!);
      },
    }),
  };
  const run = toyRun({ distiller });
  const before = tf.memory().numTensors;
  const { weights } = await trainStudent(run);
  assert.equal(tf.memory().numTensors, before);
  assert.ok(seen.length === 6 && seen.every((value) => value > 0), `${seen}`);
  // Looking changes nothing.
  assert.ok(sameArrays(weights, (await trainStudent(toyRun({ distiller: nokd() }))).weights));
});

Deno.test("trainStudent() frees everything but the networks", async () => {
  const run = toyRun({ distiller: blkd() });
  const before = tf.memory().numTensors;
  await trainStudent(run);
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("trainStudent() goes on from its checkpoint with the same bits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const checkpointPath = join(folder, "student.safetensors");
    const whole = await trainStudent(toyRun({ distiller: blkd() }));
    const controller = new AbortController();
    const run = toyRun({ distiller: blkd(), checkpointPath, checkpointSeconds: 0 });
    let steps = 0;
    const { student } = run;
    const halting = {
      ...student,
      forward: (...args: Parameters<typeof student.forward>) => {
        if (++steps === 4) controller.abort();
        return student.forward(...args);
      },
    };
    await assert.rejects(
      trainStudent({ ...run, student: halting, signal: controller.signal }),
      /Stopped toy student at step 4 of 6/,
    );
    const resumed = await trainStudent(toyRun({ distiller: blkd(), checkpointPath }));
    assert.equal(resumed.resumedAt, 4);
    assert.ok(sameArrays(resumed.weights, whole.weights));
    assert.deepEqual(resumed.history, whole.history);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("trainStudent() refuses a task or a missing teacher before it trains", async () => {
  const distiller = { ...blkd(), tasks: ["classification"] as const };
  await assert.rejects(
    trainStudent(toyRun({ distiller }, { task: TOY_ANGLES })),
    /Cannot distil with "blkd": found a regression task, want classification/,
  );
  await assert.rejects(
    trainStudent(toyRun({ distiller: blkd(), teacher: undefined })),
    /Cannot distil with "blkd": found no teacher, want one/,
  );
});

Deno.test("blkd() with alpha 0 changes the student as nokd() does", async () => {
  const plain = await trainStudent(toyRun({ distiller: nokd() }));
  const idle = await trainStudent(toyRun({ distiller: blkd({ alpha: 0 }) }));
  for (const [name, { values }] of Object.entries(plain.weights)) {
    values.forEach((value, i) =>
      assert.ok(Math.abs(value - idle.weights[name]!.values[i]!) < 1e-6, name)
    );
  }
});

Deno.test("blkd() logs both terms, and their weighted sum is the loss", async () => {
  const { history } = await trainStudent(toyRun({ distiller: blkd({ alpha: 0.25 }) }));
  const { loss, crossEntropy, kd } = history[0]!;
  assert.ok(kd! > 0);
  assert.ok(Math.abs(loss! - 0.75 * crossEntropy! - 0.25 * kd!) < 1e-5 * loss!);
});

Deno.test("takd() trains the assistant from the teacher, then the student from the assistant", async () => {
  const stages = stagesOf(takd({ klReduction: "elementMean" }));
  const networks: Record<string, ReturnType<typeof toyNetwork>> = {
    teacher: toyNetwork({ channels: 8, outputs: 3, rng: rngOf(7, "teacher") }),
  };
  const trained: string[] = [];
  for (const { name, trains, distiller, teacher } of stages) {
    const channels = trains === "assistant" ? 6 : 4;
    const student = toyNetwork({ channels, outputs: 3, rng: rngOf(1, name) });
    const before = await networks[teacher!]!.parameters.read();
    const { test } = await trainStudent(
      toyRun({ stage: name, distiller, student, teacher: networks[teacher!] }),
    );
    assert.ok(Number.isFinite(test));
    assert.ok(sameArrays(before, await networks[teacher!]!.parameters.read()));
    networks[name] = student;
    trained.push(`${teacher} > ${name}`);
  }
  assert.deepEqual(trained, ["teacher > assistant", "assistant > student"]);
});

Deno.test("measure() is 0 for a network that is always right", async () => {
  const set = toyImages(6, TOY_CLASSES);
  const network = {
    ...toyNetwork({ channels: 4, outputs: 3, rng: rngOf(0) }),
    forward(x: tf.Tensor4D) {
      const output = tf.mean(x, [1, 2]) as tf.Tensor2D;
      return { output, features: output, taps: [] };
    },
  };
  assert.equal(await measure(network, set, { mean: [0.5], std: [0.5] }), 0);
});

Deno.test("trainStudent() counts what learns along and what a method keeps", async () => {
  const run = toyRun({ distiller: nokd() });
  const { cost } = await trainStudent(run);
  const student = run.student.parameters.size;
  assert.ok(student > 0);
  assert.deepEqual(cost, { student, adapters: 0, peers: 0, state: 0 });

  const keeping: Distiller = {
    ...nokd(),
    name: "keeping",
    prepare: (context) => {
      const adapters = new ParameterSet();
      const map = linear(new Scope(adapters, rngOf(1)), { in: 3, out: 4 });
      const memory = new ParameterSet();
      memory.add("rows", tf.zeros([5, 2]), false);
      return {
        ...nokd().prepare(context),
        adapters,
        state: { memory },
        loss: (output, batch) => ({
          ...ordinaryLoss(output, batch),
          own: { weight: 1, value: map(tf.ones([1, 3]), batch.mode).square().mean<tf.Scalar>() },
        }),
      };
    },
  };
  const peer = toyNetwork({ channels: 4, outputs: 3, rng: rngOf(2) });
  const other = toyRun({
    distiller: { ...keeping, needs: { ...keeping.needs, peers: ["student"] } },
  });
  const kept = await trainStudent({ ...other, peers: [peer] });
  // 3 · 4 weights and 4 biases; 5 rows of 2.
  assert.deepEqual(kept.cost, { student, adapters: 16, peers: peer.parameters.size, state: 10 });
});

Deno.test("trainStudent() tells the unit of what it measures", async () => {
  for (const [task, unit] of [[TOY_CLASSES, "%"], [TOY_ANGLES, "degrees"]] as const) {
    const units: unknown[] = [];
    const progress = (event: ProgressEvent) => units.push(event.units?.["test"]);
    await trainStudent({ ...toyRun({ distiller: nokd() }, { task }), progress });
    assert.deepEqual([...new Set(units)], [unit]);
  }
});
