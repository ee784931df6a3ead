import assert from "node:assert/strict";
import { INFERENCE, ParameterSet } from "../../base/module.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { ANGLES } from "../../testing/tasks.ts";
import {
  buildH2y,
  buildX2h,
  buildY2h,
  EMBEDDING_SIZE,
  embeddingError,
  labelEmbedding,
} from "./label_embedding.ts";

/** A stream that costs nothing, where values do not matter. */
const STILL: Rng = {
  nextUint32: () => 0,
  uniform: () => 0.5,
  integer: () => 0,
  normal: () => 0,
  child: () => STILL,
};

/** Weights of both networks, as a training leaves them. */
async function storedWeights(seed = 1) {
  const [h2y, y2h] = [buildH2y({ rng: rngOf(seed, "h") }), buildY2h({ rng: rngOf(seed, "y") })];
  const joint = ParameterSet.join({ h2y: h2y.parameters, y2h: y2h.parameters });
  const weights = structuredClone(await joint.read());
  joint.dispose();
  return weights;
}

Deno.test("x2y and y2h have the published parameter counts", () => {
  const x2h = buildX2h({ imageSize: 64, width: 1, rng: STILL });
  const h2y = buildH2y({ rng: STILL });
  const y2h = buildY2h({ rng: STILL });
  assert.equal(x2h.parameters.size + h2y.parameters.size, 21_610_945);
  assert.equal(y2h.parameters.size, 67_328);
  for (const { parameters } of [x2h, h2y, y2h]) parameters.dispose();
});

Deno.test("buildX2h() embeds images of both sizes at any width in 128 entries of at least 0", () => {
  for (const imageSize of [32, 64] as const) {
    const x2h = buildX2h({ imageSize, width: 1 / 16, rng: rngOf(2) });
    const h2y = buildH2y({ rng: rngOf(3) });
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([3, imageSize, imageSize, 3], 0, 1, "float32", 1);
      const h = x2h.forward(x, { training: true });
      assert.deepEqual(h.shape, [3, EMBEDDING_SIZE]);
      const values = h.dataSync();
      assert.ok(values.every((value) => value >= 0) && values.some((value) => value > 0));
      const y = h2y.forward(h, INFERENCE);
      assert.deepEqual(y.shape, [3, 1]);
      assert.ok(y.dataSync().every((value) => value >= 0));
    });
    assert.equal(tf.memory().numTensors, before);
    x2h.parameters.dispose();
    h2y.parameters.dispose();
  }
});

Deno.test("labelEmbedding() is y2h and h2y computed by hand", async () => {
  const weights = await storedWeights();
  // Scales, offsets and biases that are not 1 and 0, so that a forgotten one shows.
  const rng = rngOf(9);
  for (const [name, { values }] of Object.entries(weights)) {
    if (name.includes("norm")) values.forEach((_, i) => values[i] = rng.uniform() + 0.25);
  }
  const embedding = labelEmbedding(weights, ANGLES);
  const labels = [0.1, 13.7, 45, 89.9];
  const [h, y] = tf.tidy(() => {
    const condition = embedding.conditionOf(labels);
    assert.deepEqual(condition.shape, [4, embedding.size]);
    return [condition.dataSync(), embedding.labelsOf(condition).dataSync()];
  });
  for (const [row, label] of labels.entries()) {
    const byHand = slowY2h(label / 90 + 1e-8, (name) => weights[`y2h/${name}`]!.values);
    const [weight, bias] = [weights["h2y/dense/weight"]!.values, weights["h2y/dense/bias"]!.values];
    byHand.forEach((value, i) =>
      assert.ok(Math.abs(value - h[row * 128 + i]!) < 1e-4, `entry ${i} of label ${label}`)
    );
    const sum = byHand.reduce((total, value, i) => total + value * weight[i]!, bias[0]!);
    assert.ok(Math.abs(Math.max(0, sum) * 90 - y[row]!) < 1e-2);
  }
  assert.ok(h.some((value) => value > 0.1));
  embedding.dispose();
});

/** Four times dense, group normalisation, ReLU; then dense, ReLU: loops over plain numbers. */
function slowY2h(input: number, weightsOf: (name: string) => Float32Array): number[] {
  let x = [input];
  for (let layer = 1; layer <= 5; layer++) {
    const weight = weightsOf(`dense${layer}/weight`);
    const bias = weightsOf(`dense${layer}/bias`);
    const z = Array.from(bias, (b, k) => x.reduce((s, v, i) => s + v * weight[i * 128 + k]!, b));
    if (layer < 5) {
      const scale = weightsOf(`dense${layer}/norm/scale`);
      const offset = weightsOf(`dense${layer}/norm/offset`);
      for (let group = 0; group < 128; group += 16) {
        const part = z.slice(group, group + 16);
        const mean = part.reduce((s, v) => s + v, 0) / 16;
        const variance = part.reduce((s, v) => s + (v - mean) ** 2, 0) / 16;
        for (let k = group; k < group + 16; k++) {
          z[k] = (z[k]! - mean) / Math.sqrt(variance + 1e-5) * scale[k]! + offset[k]!;
        }
      }
    }
    x = z.map((v) => Math.max(0, v));
  }
  return x;
}

Deno.test("conditionOf() keeps to the task's labels, conditionAnywhere() to finite ones", async () => {
  const embedding = labelEmbedding(await storedWeights(), ANGLES);
  tf.tidy(() => {
    // What float32 makes of the ends of the range is in the range.
    const ends = Float32Array.of(0.1, 89.9);
    const strict = embedding.conditionOf(ends).dataSync();
    assert.deepEqual(embedding.conditionAnywhere(ends).dataSync(), strict);
    const beyond = embedding.conditionAnywhere([-4, 97]).dataSync();
    assert.ok(beyond.every(Number.isFinite));
    assert.notDeepEqual(beyond, strict);
  });
  for (const label of [0, 90, -4, NaN]) {
    assert.throws(() => embedding.conditionOf([45, label]), {
      name: "RangeError",
      message: `Cannot use the label 1: found ${label} degrees, want 0.1 to 89.9`,
    });
  }
  for (const label of [NaN, Infinity]) {
    assert.throws(() => embedding.conditionAnywhere([label]), {
      name: "RangeError",
      message: `Cannot embed label 0: found ${label}, want a finite number`,
    });
  }
  embedding.dispose();
});

Deno.test("labelEmbedding() leaves no tensor behind and refuses weights of something else", async () => {
  const { numTensors } = tf.memory();
  const weights = await storedWeights();
  const embedding = labelEmbedding(weights, ANGLES);
  const h = embedding.conditionOf([1, 2, 3]);
  tf.dispose([h, embedding.labelsOf(h)]);
  embedding.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  const { "h2y/dense/bias": _bias, ...incomplete } = weights;
  assert.throws(() => labelEmbedding(incomplete, ANGLES), {
    name: "RangeError",
    message: /"h2y\/dense\/bias" is missing/,
  });
  const wide = { ...weights, "h2y/dense/bias": { shape: [2], values: new Float32Array(2) } };
  assert.throws(() => labelEmbedding(wide, ANGLES), { name: "TypeError" });
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("embeddingError() is the mean distance in dataset units", async () => {
  const shifted = {
    conditionOf: (labels: ArrayLike<number>) => tf.tensor2d(Array.from(labels, (y) => [y])),
    labelsOf: (h: tf.Tensor2D) => h.reshape<tf.Tensor1D>([h.size]).mul<tf.Tensor1D>(1.1),
  };
  const { numTensors } = tf.memory();
  const error = await embeddingError(shifted, [10, 20, 60]);
  assert.ok(Math.abs(error - 3) < 1e-4, `found ${error}`);
  assert.equal(tf.memory().numTensors, numTensors);
  await assert.rejects(() => embeddingError(shifted, []), { name: "RangeError" });
});
