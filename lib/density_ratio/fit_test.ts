import assert from "node:assert/strict";
import { constant, INFERENCE, ParameterSet, Scope } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { fitRatio, ratioSteps, ratioTrainee, type RatioTraining } from "./fit.ts";
import type { RatioData } from "./ratio_data.ts";
import { buildRatioNet, type RatioNet } from "./ratio_net.ts";

const TRAINING: RatioTraining = {
  epochs: 3,
  learningRate: 2e-3,
  milestones: [2],
  weightDecay: 0,
  penalty: 1e-3,
};
const LOOP = { stage: "density ratio", seed: 1, logEvery: 50 };

/** Class 0: real N(1/2, 1) against fake N(−1/2, 1), so r = e^x; class 1 the other way round. */
function gaussians(batch: number, stepsPerEpoch = 200): RatioData {
  return {
    stepsPerEpoch,
    batch(step) {
      const rng = rngOf(7, "toy", step);
      const labels = Array.from({ length: batch }, () => rng.integer(2));
      const draw = (sign: number) =>
        // A constant second feature keeps group normalisation from forgetting the size of x.
        tf.tensor2d(labels.map((label) => [rng.normal() + sign * (label === 0 ? 0.5 : -0.5), 1]));
      return {
        real: draw(1),
        fake: draw(-1),
        condition: tf.oneHot(tf.tensor1d(labels, "int32"), 2).cast("float32"),
      };
    },
  };
}

const build = (rng: ReturnType<typeof rngOf>) =>
  buildRatioNet({
    featureSize: 2,
    conditionSize: 2,
    embedding: "trainable",
    width: 1 / 32,
    dropout: 0,
    rng,
  });

/** φ = exp(a_y x + c_y), whose optimum is exact. */
function exponential(): RatioNet {
  const parameters = new ParameterSet();
  const scope = new Scope(parameters, rngOf(0));
  const slope = scope.weight<tf.Rank.R2>("slope", [2, 1], constant(0));
  const offset = scope.weight<tf.Rank.R2>("offset", [2, 1], constant(0));
  return {
    parameters,
    forward(features, condition) {
      const x = features.slice([0, 0], [-1, 1]);
      const power = tf.matMul(condition, slope as tf.Tensor2D).mul(x);
      return tf.exp(power.add(tf.matMul(condition, offset as tf.Tensor2D)));
    },
  };
}

/** |log φ − log r| at seven points of both classes. */
function deviations(net: RatioNet): number[] {
  const points = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5];
  return tf.tidy(() =>
    ([[0, 1], [1, -1]] as const).flatMap(([label, sign]) => {
      const features = tf.tensor2d(points.map((x) => [x, 1]));
      const condition = tf.oneHot(tf.fill([7], label, "int32"), 2).cast<tf.Tensor2D>("float32");
      const phi = net.forward(features, condition, INFERENCE).dataSync();
      return points.map((x, i) => Math.abs(Math.log(phi[i]!) - sign * x));
    })
  );
}

Deno.test("fitRatio() recovers the ratio of two Gaussians for each class", async () => {
  const tensors = tf.memory().numTensors;
  const fit = await fitRatio(
    { build: exponential, data: gaussians(800, 50) },
    { training: { ...TRAINING, learningRate: 0.05 }, loop: LOOP },
    rngOf(1),
  );
  const worst = Math.max(...deviations(fit.net));
  assert.ok(worst < 0.1, `worst deviation ${worst}`);
  // At the optimum the mean over fakes is 1, and E[e^x] = e over reals of this pair.
  const last = fit.history.at(-1)!;
  assert.ok(Math.abs(last.fakeRatio! - 1) < 0.05, `mean over fakes ${last.fakeRatio}`);
  assert.ok(Math.abs(last.realRatio! - Math.E) < 0.2, `mean over reals ${last.realRatio}`);
  fit.net.parameters.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("fitRatio() comes near the ratio with the paper's network", async () => {
  // Dropout moves single fits and points about: the mean over three fits does not hang on one seed.
  const all: number[] = [];
  for (const seed of [1, 2, 3]) {
    const fit = await fitRatio(
      { build, data: gaussians(256, 40) },
      { training: { ...TRAINING, learningRate: 1e-2 }, loop: { ...LOOP, logEvery: 10 } },
      rngOf(seed),
    );
    all.push(...deviations(fit.net));
    fit.net.parameters.dispose();
  }
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  assert.ok(mean < 0.2, `mean deviation ${mean}`);
});

Deno.test("fitRatio() gives the same bits for the same stream, resumed or not", async () => {
  const data = gaussians(32, 8);
  const run = async (loop = {}) => {
    const fit = await fitRatio(
      { build, data },
      { training: { ...TRAINING, epochs: 1 }, loop: { ...LOOP, logEvery: 4, ...loop } },
      rngOf(3),
    );
    const weights = await fit.net.parameters.read();
    fit.net.parameters.dispose();
    return { weights: structuredClone(weights), history: fit.history };
  };
  const whole = await run();
  assert.deepEqual(await run(), whole);
  const folder = await Deno.makeTempDir();
  try {
    const checkpointPath = `${folder}/ratio.safetensors`;
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(run({ checkpointPath, signal: stop.signal }), {
      name: "TrainingStopped",
    });
    assert.deepEqual(await run({ checkpointPath }), whole);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fitRatio() replaces a network that died and gives up after several", async () => {
  const tensors = tf.memory().numTensors;
  let built = 0;
  const buildDead = (isDead: (k: number) => boolean) => (rng: ReturnType<typeof rngOf>) => {
    const net = build(rng);
    if (isDead(built++)) {
      const bias = net.parameters.trainable.get("output/bias")!;
      tf.tidy(() => bias.assign(tf.tensor1d([-1e6])));
    }
    return net;
  };
  const options = {
    training: { ...TRAINING, epochs: 1 },
    loop: { ...LOOP, logEvery: 5 },
    attempts: 2,
  };
  const data = gaussians(16, 10);
  const fit = await fitRatio({ build: buildDead((k) => k === 0), data }, options, rngOf(1));
  assert.equal(fit.deadNetworks, 1);
  assert.ok(fit.history.at(-1)!.realRatio! > 0);
  fit.net.parameters.dispose();
  await assert.rejects(fitRatio({ build: buildDead(() => true), data }, options, rngOf(1)), {
    name: "RangeError",
    message: "Cannot fit density ratio: found 2 networks in a row whose output is 0 for every " +
      "input, the last by step 5, from seed 1; lower the learning rate or start from another seed",
  });
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("ratioTrainee() lowers the rate at its milestones", () => {
  // With a factor of 0.1 ten times the later step is the earlier one: Adam's first step is ± the
  // rate.
  const moved = (milestones: number[]) => {
    const net = build(rngOf(1));
    const bias = net.parameters.trainable.get("output/bias")!;
    tf.tidy(() => bias.assign(tf.tensor1d([1])));
    const trainee = ratioTrainee(
      { net, data: gaussians(64, 1) },
      { ...TRAINING, milestones },
      rngOf(2),
    );
    tf.dispose(tf.tidy(() => trainee.step(0)));
    const step = Math.abs(bias.dataSync()[0]! - 1);
    trainee.dispose();
    net.parameters.dispose();
    return step;
  };
  assert.ok(Math.abs(moved([1]) - 2e-3) < 1e-5);
  assert.ok(Math.abs(moved([0]) - 2e-4) < 1e-5);
});

Deno.test("ratioSteps() is epochs times steps of an epoch", () => {
  assert.equal(ratioSteps({ epochs: 350 }, gaussians(1, 98)), 34_300);
  assert.throws(() => ratioSteps({ epochs: 0 }, gaussians(1)), {
    name: "RangeError",
    message: "Cannot use epochs = 0: want an integer of at least 1",
  });
});
