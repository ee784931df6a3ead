import assert from "node:assert/strict";
import { constant, ParameterSet, Scope } from "../../base/module.ts";
import { join } from "../../base/disk/path.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { TrainingStopped } from "../../base/training/failures.ts";
import { fitScalar, type ScalarLearner, type ScalarLoop } from "./fit_scalar.ts";

const LOOP: ScalarLoop = { stage: "toy", seed: 7, logEvery: 5 };

/** ReLU(a x + b), taught y = x / 2 + 1/4 on x in [0, 1]. */
function line(start: { slope: number; offset: number }): ScalarLearner<tf.Tensor2D> {
  const weights = new ParameterSet();
  const scope = new Scope(weights, rngOf(0));
  const slope = scope.weight<tf.Rank.R2>("slope", [1, 1], constant(start.slope));
  const offset = scope.weight<tf.Rank.R1>("offset", [1], constant(start.offset));
  return {
    weights,
    batch(step) {
      const rng = rngOf(1, step);
      const x = tf.tensor2d(Array.from({ length: 16 }, () => [rng.uniform()]));
      return { x, labels: x.reshape<tf.Tensor1D>([16]).div<tf.Tensor1D>(2).add(0.25) };
    },
    predict: (x) => tf.relu(x.matMul(slope as tf.Tensor2D).add<tf.Tensor2D>(offset)),
  };
}

const alive = () => line({ slope: 0.1, offset: 0.1 });
const dead = () => line({ slope: -1, offset: -1 });

function fitOf(build: (rng: Rng) => ScalarLearner<tf.Tensor2D>, epochs = 30) {
  return {
    name: "images to labels",
    training: { epochs, batch: 16, learningRate: 0.1, milestones: [20] },
    weightDecay: 0,
    stepsPerEpoch: 5,
    scale: 60,
    attempts: 3,
    rng: rngOf(3),
    build,
  };
}

Deno.test("fitScalar() learns a line, and shows its error in dataset units", async () => {
  const { numTensors } = tf.memory();
  const { learner, history } = await fitScalar(fitOf(alive), LOOP);
  const { slope, offset } = await learner.weights.read();
  assert.ok(Math.abs(slope!.values[0]! - 0.5) < 0.02, `slope ${slope!.values[0]}`);
  assert.ok(Math.abs(offset!.values[0]! - 0.25) < 0.02, `offset ${offset!.values[0]}`);
  assert.equal(history.length, 30);
  // At first |0.4 x + 0.15| · 60 is between 9 and 33.
  assert.ok(history[0]!.error! > 5 && history.at(-1)!.error! < 0.5);
  assert.ok(history.at(-1)!.loss! < 1e-4);
  learner.weights.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("fitScalar() lowers the rate at its milestones", async () => {
  const slopeAfter = async (milestones: number[]) => {
    const fit = fitOf(alive, 1);
    const training = { ...fit.training, milestones };
    const { learner } = await fitScalar({ ...fit, training }, LOOP);
    const { slope } = await learner.weights.read();
    learner.weights.dispose();
    return slope!.values[0]! - 0.1;
  };
  const [whole, tenth] = [await slopeAfter([1]), await slopeAfter([0])];
  assert.ok(tenth > 0 && tenth < whole / 3, `moved by ${tenth} and ${whole}`);
});

Deno.test("fitScalar() replaces a network that is 0 for every input", async () => {
  const { numTensors } = tf.memory();
  const streams: number[] = [];
  const { learner, history } = await fitScalar(
    fitOf((rng) => {
      streams.push(rng.nextUint32());
      return streams.length < 3 ? dead() : alive();
    }),
    LOOP,
  );
  assert.equal(new Set(streams).size, 3);
  assert.ok(history.at(-1)!.error! < 0.5);
  learner.weights.dispose();
  await assert.rejects(fitScalar(fitOf(dead), LOOP), {
    name: "RangeError",
    message: /^Cannot fit toy, images to labels: found 3 networks in a row .* from seed 7; lower/,
  });
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("fitScalar() goes on from its checkpoint with the same bits, or is there already", async () => {
  const checkpointFolder = await Deno.makeTempDir();
  try {
    const undisturbed = await fitScalar(fitOf(alive), LOOP);
    const stop = new AbortController();
    const loop = { ...LOOP, checkpointFolder };
    await assert.rejects(
      fitScalar({
        ...fitOf(() => {
          const learner = alive();
          const { batch } = learner;
          return { ...learner, batch: (step) => (step === 40 && stop.abort(), batch(step)) };
        }),
      }, { ...loop, signal: stop.signal }),
      TrainingStopped,
    );
    const steps: number[] = [];
    const counting = () => {
      const learner = alive();
      return {
        ...learner,
        batch: (step: number) => (steps.push(step), learner.batch(step)),
      };
    };
    const resumed = await fitScalar(fitOf(counting), loop);
    assert.equal(steps[0], 41);
    assert.deepEqual(
      await resumed.learner.weights.read(),
      await undisturbed.learner.weights.read(),
    );
    assert.deepEqual(resumed.history, undisturbed.history);
    const again = await fitScalar(fitOf(counting), loop);
    assert.equal(steps.length, 150 - 41);
    assert.deepEqual(await again.learner.weights.read(), await resumed.learner.weights.read());
    await Deno.stat(join(checkpointFolder, "images_to_labels.safetensors"));
    for (const { learner } of [undisturbed, resumed, again]) learner.weights.dispose();
  } finally {
    await Deno.remove(checkpointFolder, { recursive: true });
  }
});

Deno.test("fitScalar() stops at a loss that is not finite, naming stage and seed", async () => {
  const broken = () => {
    const learner = alive();
    return { ...learner, predict: (x: tf.Tensor2D) => learner.predict(x).div<tf.Tensor2D>(0) };
  };
  const { numTensors } = tf.memory();
  await assert.rejects(fitScalar(fitOf(broken), LOOP), {
    name: "RangeError",
    message:
      /^Cannot go on with toy, images to labels: loss is (Infinity|NaN) at step \d+ .*seed 7/,
  });
  assert.equal(tf.memory().numTensors, numTensors);
  await assert.rejects(fitScalar(fitOf(alive, 0), LOOP), /epochs of images to labels/);
});
