import assert from "node:assert/strict";
import { INFERENCE, type Mode, normal, ParameterSet, Scope } from "../../base/module.ts";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { conditionalBatchNorm } from "./conditional_batch_norm.ts";

const CLASSES = 4;
const CHANNELS = 3;
const LABELS = [2, 0, 3, 2, 1];
const PIXELS = 4;
const SHAPE: [number, number, number, number] = [LABELS.length, 2, 2, CHANNELS];
const TRAINING: Mode = { training: true };
const ROWS = LABELS.length * PIXELS;

function setUp(momentum?: number) {
  const parameters = new ParameterSet();
  const norm = conditionalBatchNorm(new Scope(parameters, rngOf(6)), {
    channels: CHANNELS,
    conditionSize: CLASSES,
    init: normal(0.5),
    ...(momentum === undefined ? {} : { momentum }),
  });
  const arrays = () =>
    Object.fromEntries(
      [...parameters.entries()].map(([name, variable]) => [name, Array.from(variable.dataSync())]),
    );
  const forward = (x: Float32Array, mode: Mode) =>
    tf.tidy(() => {
      const condition = tf.oneHot(tf.tensor1d(LABELS, "int32"), CLASSES).cast("float32");
      return Array.from(norm(tf.tensor4d(x, SHAPE), condition as tf.Tensor2D, mode).dataSync());
    });
  return { parameters, norm, arrays, forward };
}

/** Off-centre values, another spread in each channel. */
function input(seed: number): Float32Array {
  return normalArray(ROWS * CHANNELS, rngOf(seed, "x"))
    .map((value, i) => value * (1 + i % CHANNELS) + 3 - i % CHANNELS);
}

/** Mean and variance (divided by n) of each channel. */
function statisticsOf(x: Float32Array) {
  const mean = Array.from({ length: CHANNELS }, (_, c) => {
    let sum = 0;
    for (let r = 0; r < ROWS; r++) sum += x[r * CHANNELS + c]!;
    return sum / ROWS;
  });
  const variance = mean.map((centre, c) => {
    let sum = 0;
    for (let r = 0; r < ROWS; r++) sum += (x[r * CHANNELS + c]! - centre) ** 2;
    return sum / ROWS;
  });
  return { mean, variance };
}

/** The layer as tables looked up by class, pixel by pixel. */
function byHand(
  x: Float32Array,
  { mean, variance }: { mean: number[]; variance: number[] },
  tables: Record<string, number[]>,
): number[] {
  return Array.from(x, (value, i) => {
    const channel = i % CHANNELS;
    const label = LABELS[Math.floor(i / (PIXELS * CHANNELS))]!;
    const gain = tables["gain/weight"]![label * CHANNELS + channel]!;
    const shift = tables["shift/weight"]![label * CHANNELS + channel]!;
    const normalised = (value - mean[channel]!) / Math.sqrt(variance[channel]! + 1e-5);
    return normalised * (1 + gain) + shift;
  });
}

function assertNear(actual: readonly number[], expected: readonly number[], tolerance = 1e-5) {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) {
    assert.ok(
      Math.abs(value - expected[i]!) <= tolerance * Math.max(1, Math.abs(expected[i]!)),
      `entry ${i}: found ${value}, want ${expected[i]}`,
    );
  }
}

Deno.test("conditionalBatchNorm() makes two tables without biases and two buffers", () => {
  const { parameters } = setUp();
  const shapes = (map: ReadonlyMap<string, tf.Variable>) =>
    Object.fromEntries([...map].map(([name, variable]) => [name, variable.shape]));
  assert.deepEqual(shapes(parameters.trainable), {
    "gain/weight": [CLASSES, CHANNELS],
    "shift/weight": [CLASSES, CHANNELS],
  });
  assert.deepEqual(shapes(parameters.buffers), {
    running_mean: [CHANNELS],
    running_variance: [CHANNELS],
  });
  parameters.dispose();
});

Deno.test("conditionalBatchNorm() in training looks classes up and uses the batch", () => {
  const { parameters, arrays, forward } = setUp();
  const x = input(1);
  const tables = arrays();
  assertNear(forward(x, TRAINING), byHand(x, statisticsOf(x), tables));
  parameters.dispose();
});

for (const momentum of [undefined, 0.25]) {
  const weight = momentum ?? 0.1;
  Deno.test(`conditionalBatchNorm() moves its statistics by ${weight}, unbiased variance`, () => {
    const { parameters, arrays, forward } = setUp(momentum);
    let mean = [0, 0, 0];
    let variance = [1, 1, 1];
    for (const seed of [1, 2, 3]) {
      const x = input(seed);
      forward(x, TRAINING);
      const batch = statisticsOf(x);
      mean = mean.map((value, c) => (1 - weight) * value + weight * batch.mean[c]!);
      variance = variance.map((value, c) =>
        (1 - weight) * value + weight * batch.variance[c]! * ROWS / (ROWS - 1)
      );
      assertNear(arrays().running_mean!, mean);
      assertNear(arrays().running_variance!, variance);
    }
    parameters.dispose();
  });
}

Deno.test("conditionalBatchNorm() in inference uses the running statistics and keeps them", () => {
  const { parameters, arrays, forward } = setUp();
  forward(input(1), TRAINING);
  const before = arrays();
  const x = input(2);
  const running = { mean: before.running_mean!, variance: before.running_variance! };
  assertNear(forward(x, INFERENCE), byHand(x, running, before));
  assert.deepEqual(arrays(), before);
  parameters.dispose();
});

Deno.test("conditionalBatchNorm() passes gradients to the tables of the classes seen", () => {
  const { parameters, norm } = setUp();
  const [gain, shift] = tf.tidy(() => {
    const seen = tf.oneHot(tf.tensor1d([1, 1, 1, 1, 3], "int32"), CLASSES).cast("float32");
    const { grads } = tf.variableGrads(
      () => tf.sum(norm(tf.tensor4d(input(1), SHAPE), seen as tf.Tensor2D, TRAINING)) as tf.Scalar,
      [...parameters.trainable.values()],
    );
    return [...parameters.trainable.values()].map((weight) =>
      Array.from(grads[weight.name]!.dataSync())
    );
  });
  // d/d shift counts the pixels of each class.
  assertNear(shift!, [0, 0, 0, 16, 16, 16, 0, 0, 0, 4, 4, 4]);
  assert.ok(gain!.slice(3, 6).every((value) => Math.abs(value) > 1e-3));
  assert.deepEqual([...gain!.slice(0, 3), ...gain!.slice(6, 9)].map(Math.abs), Array(6).fill(0));
  parameters.dispose();
});
