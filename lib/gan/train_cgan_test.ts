import assert from "node:assert/strict";
import { type NamedArrays, normal, ParameterSet, Scope } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { trainLoop } from "../base/train_loop.ts";
import { toyShapes } from "../data/toy.ts";
import { biggan } from "./biggan.ts";
import { classData } from "./class_data.ts";
import type { GanPair, Verdict } from "./gan.ts";
import { type CganData, cganTrainee, type CganTraining, type Guide } from "./train_cgan.ts";

const CLASSES = 3;
const BATCH = 4;
const { train } = toyShapes({ classes: CLASSES, perClass: 8, testPerClass: 1 });

const PAPER: CganTraining = {
  batch: BATCH,
  discriminatorSteps: 1,
  generatorRate: 2e-4,
  discriminatorRate: 2e-4,
  beta1: 0,
  beta2: 0.999,
  diffAugment: false,
};

function build(auxiliaryClassifier = false): GanPair {
  return biggan.build({
    conditionSize: CLASSES,
    imageSize: 32,
    width: 1 / 64,
    auxiliaryClassifier,
    rng: rngOf(3, "pair"),
  });
}

/** A linear classifier with weights of its own, and how often it was asked. */
function linearGuide() {
  const parameters = new ParameterSet();
  const weight = new Scope(parameters, rngOf(4))
    .weight<tf.Rank.R2>("weight", [3072, CLASSES], normal(0.05));
  const counter = { calls: 0 };
  const guide: Guide = (images) => {
    counter.calls++;
    return tf.matMul(images.reshape<tf.Tensor2D>([images.shape[0], 3072]), weight);
  };
  return { parameters, guide, counter };
}

interface SetUp {
  readonly training?: Partial<CganTraining>;
  readonly seed?: number;
  readonly guide?: Guide;
  readonly pair?: GanPair;
  readonly data?: CganData;
}

function setUp({ training: changes = {}, seed = 5, guide, pair, data }: SetUp = {}) {
  const training = { ...PAPER, ...changes };
  const networks = pair ?? build(training.auxiliary !== undefined);
  const rng = rngOf(seed, "training");
  const trainee = cganTrainee(
    networks,
    data ?? classData(train, rng.child("data")),
    training,
    rng,
    guide,
  );
  return {
    trainee,
    pair: networks,
    /** One step as the loop does it; metrics as numbers. */
    step(k: number): Record<string, number> {
      const metrics = tf.tidy(() => trainee.step(k));
      const numbers = Object.fromEntries(
        Object.entries(metrics).map(([name, scalar]) => [name, scalar.dataSync()[0]!]),
      );
      tf.dispose(metrics);
      return numbers;
    },
    dispose() {
      for (const state of Object.values(trainee.state)) state.dispose();
    },
  };
}

/** All values as copies, so that later steps cannot reach them. */
function bitsOf(map: Iterable<[string, tf.Variable]>): Record<string, Float32Array> {
  return Object.fromEntries(
    [...map].map(([name, variable]) => [name, variable.dataSync().slice() as Float32Array]),
  );
}

function bitsOfState(trainee: { state: Readonly<Record<string, ParameterSet>> }) {
  return Object.fromEntries(
    Object.entries(trainee.state).map(([role, set]) => [role, bitsOf(set.entries())]),
  );
}

/** The pair, with `onGenerator` and `onDiscriminator` told of every forward pass. */
function watched(pair: GanPair, watch: {
  generator?: (call: { latent: tf.Tensor2D; condition: tf.Tensor2D }) => () => void;
  discriminator?: (
    call: { images: tf.Tensor4D; condition: tf.Tensor2D; verdict: Verdict },
  ) => void;
}): GanPair {
  return {
    generator: {
      ...pair.generator,
      forward(latent, condition, mode) {
        assert.equal(mode.training, true);
        const after = watch.generator?.({ latent, condition });
        const images = pair.generator.forward(latent, condition, mode);
        after?.();
        return images;
      },
    },
    discriminator: {
      ...pair.discriminator,
      forward(images, condition, mode) {
        assert.equal(mode.training, true);
        const verdict = pair.discriminator.forward(images, condition, mode);
        watch.discriminator?.({ images, condition, verdict });
        return verdict;
      },
    },
  };
}

Deno.test("cganTrainee() moves D alone in D steps and G alone in the G step", () => {
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
    generatorCondition: () => oneHot(1),
  };
  const told: number[][] = [];
  const seen: { pixels: number[]; conditions: number[]; scores: number[]; logits: number[][] }[] =
    [];
  const pair = watched(build(true), {
    generator({ condition }) {
      told.push([...tf.argMax(condition, 1).dataSync()]);
      return () => {};
    },
    discriminator({ images, condition, verdict }) {
      seen.push({
        pixels: [...images.dataSync()],
        conditions: [...tf.argMax(condition, 1).dataSync()],
        scores: [...verdict.score.dataSync()],
        logits: verdict.classLogits!.arraySync(),
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
  near(metrics.discriminatorLoss, hinge + 0.5 * realError);
  near(metrics.generatorClassLoss, fakeError);
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

Deno.test("cganTrainee() averages all of G's state: a copy at first, then the decay", () => {
  const average = { decay: 0.75, start: 2 };
  const { trainee, pair, step, dispose } = setUp({ training: { average, generatorRate: 0.01 } });
  const target = build();
  const exported = () => {
    trainee.exportTo(target.generator);
    return bitsOf(target.generator.parameters.entries());
  };
  let expected: Record<string, number[]> = {};
  for (let k = 0; k < 4; k++) {
    step(k);
    const live = bitsOf(pair.generator.parameters.entries());
    if (k < average.start) {
      assert.deepEqual(exported(), live);
      expected = Object.fromEntries(Object.entries(live).map(([name, v]) => [name, [...v]]));
      continue;
    }
    const found = exported();
    assert.deepEqual(Object.keys(found), Object.keys(live));
    for (const [name, values] of Object.entries(live)) {
      expected[name] = expected[name]!.map((mean, i) => 0.75 * mean + 0.25 * values[i]!);
      for (const [i, value] of found[name]!.entries()) {
        const want = expected[name]![i]!;
        assert.ok(Math.abs(value - want) <= 1e-5 * Math.max(1, Math.abs(want)), name);
      }
    }
    // Weights and running statistics lag behind alike.
    for (const name of ["linear/weight", "block1/norm1/running_mean", "norm/running_variance"]) {
      assert.notDeepEqual(found[name], live[name], name);
    }
  }
  dispose();
  target.generator.parameters.dispose();
  target.discriminator.parameters.dispose();
});

Deno.test("cganTrainee() without an average exports G as it is", () => {
  const { trainee, pair, step, dispose } = setUp();
  step(0);
  const target = build();
  trainee.exportTo(target.generator);
  assert.deepEqual(
    bitsOf(target.generator.parameters.entries()),
    bitsOf(pair.generator.parameters.entries()),
  );
  assert.equal(trainee.state.averaged, undefined);
  dispose();
  target.generator.parameters.dispose();
  target.discriminator.parameters.dispose();
});

Deno.test("cganTrainee() asks the guide from its start step on and never changes it", () => {
  const { parameters, guide, counter } = linearGuide();
  const before = bitsOf(parameters.entries());
  const guided = setUp({ training: { guide: { weight: 2, start: 1 } }, guide });
  const plain = setUp();
  for (let k = 0; k < 3; k++) {
    const metrics = guided.step(k);
    const plainMetrics = plain.step(k);
    assert.equal("guideLoss" in plainMetrics, false);
    const same = [bitsOfState(guided.trainee), bitsOfState(plain.trainee)] as const;
    if (k < 1) {
      assert.equal("guideLoss" in metrics, false);
      assert.equal(counter.calls, 0);
      assert.deepEqual(same[0], same[1]);
    } else {
      assert.equal(counter.calls, k);
      assert.ok(metrics.guideLoss! > 0);
      assert.notDeepEqual(same[0].generator, same[1].generator);
    }
    if (k === 1) {
      // D had its steps before the guide first spoke.
      assert.deepEqual(same[0].discriminatorAdam, same[1].discriminatorAdam);
      const difference = metrics.generatorLoss! - plainMetrics.generatorLoss!;
      assert.ok(Math.abs(difference - 2 * metrics.guideLoss!) < 1e-5);
    }
  }
  assert.deepEqual(bitsOf(parameters.entries()), before);
  [guided, plain].forEach((run) => run.dispose());
  parameters.dispose();
});

Deno.test("cganTrainee() refuses to be guided by nothing", () => {
  const pair = build();
  assert.throws(() => setUp({ pair, training: { guide: { weight: 1, start: 0 } } }), {
    name: "TypeError",
    message: "Cannot train a guided cGAN: found no guide, want a classifier",
  });
  pair.generator.parameters.dispose();
  pair.discriminator.parameters.dispose();
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
