import assert from "node:assert/strict";
import { INFERENCE, type Mode, type ParameterSet } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { slowImages, slowScore } from "../testing/plain/biggan.ts";
import {
  CLASSES,
  conditionOf,
  dispose,
  distance,
  latentsOf,
  noise,
  TRAINING,
  warmUp,
} from "../testing/class_gan.ts";
import { biggan } from "./biggan.ts";
import type { GanOptions, GanPair } from "./gan.ts";

function build(options: Partial<GanOptions> = {}): GanPair {
  return biggan.build({
    conditionSize: CLASSES,
    imageSize: 32,
    width: 1 / 64,
    rng: rngOf(7, "biggan"),
    ...options,
  });
}

const imagesOf = (batch: number) => tf.tanh(noise<tf.Rank.R4>("images", [batch, 32, 32, 3]));

function shapesOf(parameters: ParameterSet): Record<string, number[]> {
  return Object.fromEntries([...parameters.trainable].map(([name, { shape }]) => [name, shape]));
}

Deno.test("biggan at width 1 has the paper's 4,304,387 and 4,207,361 parameters", () => {
  const pair = build({ conditionSize: 10, width: 1 });
  assert.equal(pair.generator.parameters.size, 4_304_387);
  assert.equal(pair.discriminator.parameters.size, 4_207_361);
  const { discriminator, generator } = pair;
  assert.deepEqual(shapesOf(discriminator.parameters)["projection/weight"], [10, 256]);
  assert.deepEqual(shapesOf(generator.parameters)["block1/norm1/gain/weight"], [10, 256]);
  dispose(pair);
});

Deno.test("biggan starts from N(0, 0.02) weights, the same for the same stream", () => {
  const [first, again, other] = [
    build({ width: 1 / 8 }),
    build({ width: 1 / 8 }),
    build({ width: 1 / 8, rng: rngOf(8) }),
  ];
  const name = "block2/conv2/weight";
  const values = (pair: GanPair) =>
    pair.generator.parameters.trainable.get(name)!.dataSync() as Float32Array;
  assert.deepEqual(values(first), values(again));
  assert.notDeepEqual(values(first), values(other));
  const mean = values(first).reduce((a, b) => a + b) / values(first).length;
  const square = values(first).reduce((a, b) => a + b * b, 0) / values(first).length;
  // 9,216 draws: standard error of the mean 2.1e-4, of the deviation 1.5e-4.
  assert.ok(Math.abs(mean) < 1e-3 && Math.abs(Math.sqrt(square) - 0.02) < 1e-3);
  [first, again, other].forEach(dispose);
});

for (const taper of [false, true]) {
  Deno.test(`biggan ${taper ? "tapered " : ""}makes images in [−1, 1] and one score each`, () => {
    const pair = build({ taper, width: 1 / 16 });
    tf.tidy(() => {
      const condition = conditionOf([0, 2, 1, 1, 0]);
      for (const mode of [TRAINING, INFERENCE]) {
        const x = pair.generator.forward(latentsOf(pair, 5), condition, mode);
        assert.deepEqual(x.shape, [5, 32, 32, 3]);
        assert.ok(x.dataSync().every((value) => Math.abs(value) <= 1));
        const output = pair.discriminator.forward(x, condition, mode);
        assert.deepEqual(output.score.shape, [5, 1]);
        assert.ok(output.score.dataSync().every(Number.isFinite));
      }
    });
    assert.equal(pair.generator.latentSize, 128);
    dispose(pair);
  });
}

Deno.test("biggan with taper halves channels towards the image in both networks", () => {
  const pair = build({ taper: true, width: 1 / 16 });
  const generator = shapesOf(pair.generator.parameters);
  const discriminator = shapesOf(pair.discriminator.parameters);
  const widths = (shapes: Record<string, number[]>, blocks: number) =>
    Array.from({ length: blocks }, (_, i) => shapes[`block${i + 1}/conv1/weight`]!.slice(2));
  assert.deepEqual(widths(generator, 3), [[16, 16], [16, 8], [8, 4]]);
  assert.deepEqual(generator["image/weight"], [3, 3, 4, 3]);
  assert.deepEqual(widths(discriminator, 4), [[3, 4], [4, 8], [8, 16], [16, 16]]);
  assert.deepEqual(discriminator["score/weight"], [16, 1]);
  // Where a block changes its width the shortcut has to follow.
  assert.deepEqual(discriminator["block3/shortcut/weight"], [1, 1, 8, 16]);
  assert.equal(discriminator["block4/shortcut/weight"], undefined);
  dispose(pair);
});

Deno.test("biggan's score is the composed formula, whose shortcuts read raw inputs", () => {
  const pair = build({ width: 1 / 32 });
  warmUp(pair);
  const { parameters } = pair.discriminator;
  const { raw, rectified } = tf.tidy(() => {
    const images = imagesOf(4);
    const condition = conditionOf([2, 0, 1, 2]);
    const { score } = pair.discriminator.forward(images, condition, INFERENCE);
    return {
      raw: distance(score, slowScore(parameters, images, condition)),
      rectified: distance(
        score,
        slowScore(parameters, images, condition, (x) => tf.relu(x)),
      ),
    };
  });
  assert.ok(raw < 1e-4, `found relative error ${raw}`);
  // A shortcut after the block's ReLU would give other scores.
  assert.ok(rectified > 1e-2, `found relative difference ${rectified}`);
  dispose(pair);
});

Deno.test("biggan's generator is the composed formula", () => {
  const pair = build({ width: 1 / 32 });
  warmUp(pair);
  const error = tf.tidy(() => {
    const latent = latentsOf(pair, 4);
    const condition = conditionOf([2, 0, 1, 2]);
    return distance(
      pair.generator.forward(latent, condition, INFERENCE),
      slowImages(pair.generator.parameters, latent, condition),
    );
  });
  assert.ok(error < 1e-4, `found relative error ${error}`);
  dispose(pair);
});

Deno.test("biggan draws the same images when the vectors of spectral normalisation are shorter", () => {
  const pair = build({ width: 1 / 16 });
  warmUp(pair);
  const draw = () =>
    tf.tidy(() => pair.generator.forward(latentsOf(pair, 4), conditionOf([2, 0, 1, 2]), INFERENCE));
  const before = draw();
  for (const [name, buffer] of pair.generator.parameters.buffers) {
    if (name.endsWith("/u")) buffer.assign(tf.tidy(() => buffer.mul(0.45)));
  }
  const after = draw();
  assert.ok(distance(after, before) < 1e-5);
  tf.dispose([before, after]);
  dispose(pair);
});

Deno.test("biggan in inference changes no bit, in training only its buffers", async () => {
  const pair = build();
  const state = async () => ({
    generator: await pair.generator.parameters.read(),
    discriminator: await pair.discriminator.parameters.read(),
  });
  const forward = (mode: Mode) =>
    tf.tidy(() => {
      const condition = conditionOf([0, 1]);
      const x = pair.generator.forward(latentsOf(pair, 2), condition, mode);
      pair.discriminator.forward(x, condition, mode);
    });
  const before = structuredClone(await state());
  const { numTensors } = tf.memory();
  forward(INFERENCE);
  assert.deepEqual(await state(), before);
  forward(TRAINING);
  assert.equal(tf.memory().numTensors, numTensors);
  const after = await state();
  for (const player of ["generator", "discriminator"] as const) {
    for (const name of pair[player].parameters.trainable.keys()) {
      assert.deepEqual(after[player][name], before[player][name], name);
    }
    for (const name of pair[player].parameters.buffers.keys()) {
      // A vector of one entry is ±1 for good.
      if (after[player][name]!.values.length === 1) continue;
      assert.notDeepEqual(after[player][name], before[player][name], `${player} ${name}`);
    }
  }
  dispose(pair);
});

Deno.test("biggan classifies only when asked to, at 1 for the scale at first", () => {
  const [plain, asked] = [build(), build({ auxiliaryClassifier: true })];
  const extra = Object.keys(shapesOf(asked.discriminator.parameters))
    .filter((name) => !(name in shapesOf(plain.discriminator.parameters)));
  assert.deepEqual(extra.sort(), [
    "classifier/bias",
    "classifier/log_scale",
    "classifier/weight",
  ]);
  tf.tidy(() => {
    const [images, condition] = [imagesOf(2), conditionOf([0, 1])];
    const without = plain.discriminator.forward(images, condition, INFERENCE);
    assert.equal(without.classLogits, undefined);
    const withHead = asked.discriminator.forward(images, condition, INFERENCE);
    assert.deepEqual(withHead.classLogits!.shape, [2, CLASSES]);
    // The head takes nothing from the score, and the draws of the other weights are their own.
    assert.deepEqual(withHead.score.dataSync(), without.score.dataSync());
    const before = withHead.classLogits!.dataSync();
    asked.discriminator.parameters.trainable.get("classifier/log_scale")!
      .assign(tf.scalar(Math.log(2)));
    const doubled = asked.discriminator.forward(images, condition, INFERENCE).classLogits!;
    assert.ok(distance(doubled, tf.tensor2d(before, [2, CLASSES]).mul(2)) < 1e-5);
  });
  [plain, asked].forEach(dispose);
});

Deno.test("biggan refuses 64 x 64 images", () => {
  assert.throws(() => build({ imageSize: 64 }), {
    name: "RangeError",
    message: "Cannot build BigGAN for 64 x 64 images: want 32 x 32",
  });
});
