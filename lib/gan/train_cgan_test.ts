import assert from "node:assert/strict";
import { type NamedArrays } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { trainLoop } from "../base/training/train_loop.ts";
import {
  BATCH,
  bitsOf,
  bitsOfState,
  build,
  CLASSES,
  linearGuide,
  setUp,
  watched,
} from "../testing/cgan.ts";
import { type CganData } from "./train_cgan.ts";

Deno.test("cganTrainee() moves only D in D steps and only G in the G step", () => {
  const bare = build();
  const { generator: g, discriminator: d } = bare;
  const weights: { g: unknown; d: unknown }[] = [];
  const snapshot = () =>
    weights.push({ g: bitsOf(g.parameters.trainable), d: bitsOf(d.parameters.trainable) });
  let statisticsMoved = 0;
  const pair = watched(bare, {
    generator() {
      snapshot();
      const before = bitsOf(g.parameters.buffers);
      return () => {
        const after = bitsOf(g.parameters.buffers);
        for (const name of Object.keys(before)) {
          // A power-iteration vector may come to rest; running statistics never do.
          if (name.includes("running")) assert.notDeepEqual(after[name], before[name], name);
        }
        statisticsMoved++;
      };
    },
  });
  const { step, dispose } = setUp({ pair, training: { discriminatorSteps: 2 } });
  step(0);
  snapshot();
  // Before the first D step, the second D step and the G step; after the G step.
  assert.equal(weights.length, 4);
  assert.equal(statisticsMoved, 3);
  const [start, second, last, end] = weights;
  assert.deepEqual(second!.g, start!.g);
  assert.deepEqual(last!.g, start!.g);
  assert.notDeepEqual(end!.g, start!.g);
  assert.notDeepEqual(second!.d, start!.d);
  assert.notDeepEqual(last!.d, second!.d);
  assert.deepEqual(end!.d, last!.d);
  dispose();
});

Deno.test("cganTrainee() draws new latents and classes for every step", () => {
  const latents = new Set<string>();
  const pair = watched(build(), {
    generator({ latent }) {
      const values = latent.dataSync();
      assert.equal(values.length, BATCH * 128);
      latents.add(values.join());
      return () => {};
    },
  });
  const { step, dispose } = setUp({ pair, training: { discriminatorSteps: 2 } });
  for (const k of [0, 1]) step(k);
  assert.equal(latents.size, 6);
  dispose();
});

Deno.test("cganTrainee() shows D fakes then reals and adds the losses up as written", () => {
  const oneHot = (label: number) =>
    tf.oneHot(tf.fill([BATCH], label, "int32") as tf.Tensor1D, CLASSES)
      .cast<tf.Tensor2D>("float32");
  const weightOf = (values: number[]) => tf.tensor2d(values, [BATCH, 1]);
  const [realWeights, fakeWeights] = [[1, 2, 0.5, 0], [3, 0.25, 1, 1]];
  const data: CganData = {
    discriminatorBatch: () => ({
      real: tf.fill([BATCH, 32, 32, 3], 0.625) as tf.Tensor4D,
      realCondition: oneHot(0),
      fakeCondition: oneHot(1),
      judgedCondition: oneHot(2),
      weights: { real: weightOf(realWeights), fake: weightOf(fakeWeights) },
    }),
    generatorBatch: () => ({ condition: oneHot(1), target: oneHot(1) }),
  };
  const told: number[][] = [];
  const seen: { pixels: number[]; conditions: number[]; scores: number[]; logits: number[][] }[] =
    [];
  const pair = watched(build(true), {
    generator({ condition }) {
      told.push([...tf.argMax(condition, 1).dataSync()]);
      return () => {};
    },
    discriminator({ images, condition, output }) {
      seen.push({
        pixels: [...images.dataSync()],
        conditions: [...tf.argMax(condition, 1).dataSync()],
        scores: [...output.score.dataSync()],
        logits: output.classLogits!.arraySync(),
      });
    },
  });
  const { step, dispose } = setUp({
    pair,
    data,
    training: { auxiliary: { discriminator: 0.5, generator: 0.25 } },
  });
  const metrics = step(0);
  assert.deepEqual(told, [[1, 1, 1, 1], [1, 1, 1, 1]]);
  const [forD, forG] = [seen[0]!, seen[1]!];
  assert.deepEqual(forD.conditions, [2, 2, 2, 2, 0, 0, 0, 0]);
  assert.ok(forD.pixels.slice(BATCH * 3072).every((value) => value === 0.625));
  assert.ok(!forD.pixels.slice(0, BATCH * 3072).includes(0.625));
  assert.deepEqual(forG.conditions, [1, 1, 1, 1]);

  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const hinge = mean(forD.scores.slice(BATCH).map((s, i) => realWeights[i]! * Math.max(0, 1 - s))) +
    mean(forD.scores.slice(0, BATCH).map((s, i) => fakeWeights[i]! * Math.max(0, 1 + s)));
  const crossEntropy = (logits: number[][], label: number) =>
    mean(logits.map((row) => Math.log(mean(row.map(Math.exp)) * CLASSES) - row[label]!));
  const near = (actual: number | undefined, expected: number) =>
    assert.ok(Math.abs(actual! - expected) < 1e-5, `found ${actual}, want ${expected}`);
  const realError = crossEntropy(forD.logits.slice(BATCH), 0);
  const fakeError = crossEntropy(forG.logits, 1);
  near(metrics.discriminatorClassLoss, realError);
  near(metrics.discriminatorHinge, hinge);
  near(metrics.discriminatorLoss, hinge + 0.5 * realError);
  near(metrics.generatorClassLoss, fakeError);
  near(metrics.generatorHinge, -mean(forG.scores));
  near(metrics.generatorLoss, -mean(forG.scores) + 0.25 * fakeError);
  dispose();
});

Deno.test("cganTrainee() lets D look through DiffAugment when told to, in both steps", () => {
  for (const diffAugment of [false, true]) {
    const shares: number[] = [];
    const pair = watched(build(), {
      discriminator({ images }) {
        const values = images.dataSync();
        shares.push(values.filter((value) => value === 0).length / values.length);
      },
    });
    const { step, dispose } = setUp({ pair, training: { diffAugment } });
    step(0);
    assert.equal(shares.length, 2);
    // The cutout covers a quarter of an image at most and a sixteenth at least.
    for (const share of shares) assert.ok(diffAugment ? share > 0.05 : share < 0.01, `${share}`);
    dispose();
  }
});

Deno.test("cganTrainee() with the same seed gives the same bits, another seed others", () => {
  const training = {
    diffAugment: true,
    average: { decay: 0.9, start: 1 },
  };
  const after = (seed: number) => {
    const { trainee, step, dispose } = setUp({ training, seed });
    const metrics = [0, 1, 2].map(step);
    const state = bitsOfState(trainee);
    dispose();
    return { metrics, state };
  };
  const first = after(5);
  assert.deepEqual(after(5), first);
  assert.notDeepEqual(after(6), first);
});

Deno.test("cganTrainee() leaks no tensor with everything switched on", () => {
  const { parameters, guide } = linearGuide();
  const { numTensors: outside } = tf.memory();
  const { step, dispose } = setUp({
    training: {
      diffAugment: true,
      average: { decay: 0.9, start: 1 },
      auxiliary: { discriminator: 1, generator: 1 },
      guide: { weight: 1, start: 1 },
    },
    guide,
  });
  const { numTensors } = tf.memory();
  for (let k = 0; k < 4; k++) {
    step(k);
    assert.equal(tf.memory().numTensors, numTensors, `after step ${k}`);
  }
  dispose();
  assert.equal(tf.memory().numTensors, outside);
  parameters.dispose();
});

Deno.test("cganTrainee() keeps its losses finite and D learns in a toy run", async () => {
  const { trainee, pair, dispose } = setUp({
    training: {
      discriminatorRate: 4e-3,
      diffAugment: true,
      average: { decay: 0.9, start: 10 },
    },
  });
  const { history } = await trainLoop(trainee, { stage: "toy", seed: 5, steps: 30, logEvery: 1 });
  assert.equal(history.length, 30);
  for (const row of history) {
    assert.deepEqual(Object.keys(row), ["step", "discriminatorLoss", "generatorLoss"]);
    assert.ok(Object.values(row).every(Number.isFinite));
  }
  const arrays: NamedArrays = await pair.generator.parameters.read();
  for (const [name, { values }] of Object.entries(arrays)) {
    assert.ok(values.every(Number.isFinite), name);
  }
  // An undecided discriminator pays 2.
  const tail = history.slice(-10).map((row) => row.discriminatorLoss!);
  const mean = tail.reduce((a, b) => a + b) / tail.length;
  assert.ok(mean < 1.9, `found ${mean}`);
  dispose();
});
