import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { buildRatioNet, hiddenWidths } from "./ratio_net.ts";

// Method specification 3.3.
const COUNTS = [
  { name: "CIFAR-10", featureSize: 3072, conditionSize: 10, embedding: "trainable", size: 9109349 },
  {
    name: "Tiny-ImageNet",
    featureSize: 12288,
    conditionSize: 200,
    embedding: "trainable",
    size: 28412737,
  },
  {
    name: "scalar labels",
    featureSize: 12288,
    conditionSize: 128,
    embedding: "given",
    size: 28225281,
  },
] as const;

for (const { name, size, ...options } of COUNTS) {
  Deno.test(`buildRatioNet() has ${size} parameters for ${name}`, () => {
    // Only counted here; zeros are quicker than 28 million draws.
    const zero = { ...rngOf(0), uniform: () => 0, normal: () => 0 };
    const net = buildRatioNet({ ...options, rng: { ...zero, child: () => zero } });
    assert.equal(net.parameters.size, size);
    net.parameters.dispose();
  });
}

Deno.test("hiddenWidths() gives multiples of 8 of at least 32, the paper's at width 1", () => {
  assert.deepEqual(hiddenWidths(1), [2048, 1024, 512, 256, 128]);
  assert.deepEqual(hiddenWidths(0.25), [512, 256, 128, 64, 32]);
  assert.deepEqual(hiddenWidths(0.01), [32, 32, 32, 32, 32]);
  assert.throws(() => hiddenWidths(0), {
    name: "RangeError",
    message: "Cannot build a ratio network of width 0: want a positive number",
  });
});

Deno.test("buildRatioNet() starts the label table from N(0, 1)", async () => {
  const net = buildRatioNet({
    featureSize: 4,
    conditionSize: 60,
    embedding: "trainable",
    width: 0.01,
    rng: rngOf(3),
  });
  const { values } = (await net.parameters.read())["embedding/weight"]!;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  assert.equal(values.length, 3600);
  assert.ok(Math.abs(mean) < 0.07, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 0.1, `variance ${variance}`);
  net.parameters.dispose();
});

Deno.test("buildRatioNet() gives ratios >= 0 that depend on image and label, and drops out in training", () => {
  const net = buildRatioNet({
    featureSize: 6,
    conditionSize: 3,
    embedding: "trainable",
    width: 0.05,
    rng: rngOf(2),
  });
  tf.tidy(() => {
    // The output's bias is lifted so that no ReLU hides a difference.
    const bias = [...net.parameters.trainable].find(([name]) => name === "output/bias")![1];
    bias.assign(tf.tensor1d([3]));
    const features = tf.tensor2d([[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [6, 1, 2, 0, 0, 1]]);
    const condition = tf.tensor2d([[1, 0, 0], [0, 1, 0], [1, 0, 0]]);
    const run = (training: boolean, seed = 0) => [
      ...net.forward(features, condition, { training, rng: rngOf(seed) }).dataSync(),
    ];
    const [first, otherLabel, otherImage] = run(false) as [number, number, number];
    assert.ok(first > 0);
    assert.notEqual(first, otherLabel);
    assert.notEqual(first, otherImage);
    assert.deepEqual(run(false), run(false));
    assert.deepEqual(run(true, 1), run(true, 1));
    assert.notDeepEqual(run(true, 1), run(true, 2));
  });
  net.parameters.dispose();
});
