import assert from "node:assert/strict";
import { INFERENCE } from "../base/module.ts";
import { lossAndGradients } from "../base/training/optimisers.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { bitsOf, bitsOfState, setUp } from "../testing/cgan.ts";
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
import { slowImages64, slowScore64 } from "../testing/plain/biggan64.ts";
import { biggan64 } from "./biggan64.ts";
import { classData } from "./class_data.ts";
import type { GanOptions, GanPair } from "./gan.ts";

function build(options: Partial<GanOptions> = {}): GanPair {
  return biggan64.build({
    conditionSize: CLASSES,
    imageSize: 64,
    width: 1 / 64,
    rng: rngOf(7, "biggan64"),
    ...options,
  });
}

/** `warmUp` with attention switched on, whose gain starts at 0. */
function warmUpAttention(pair: GanPair) {
  tf.tidy(() => {
    for (const { parameters } of [pair.generator, pair.discriminator]) {
      parameters.trainable.get("attention/gain")!.assign(tf.scalar(0.8));
    }
  });
  warmUp(pair);
}

Deno.test("biggan64 at width 1 has the paper's 31,867,140 and its code base's 19,752,642 parameters", () => {
  // Every draw costs time here, and none is looked at.
  const still = { nextUint32: () => 0, uniform: () => 0.5, integer: () => 0, normal: () => 1 };
  const rng = { ...still, child: () => rng };
  const pair = build({ conditionSize: 200, width: 1, rng });
  const [generator, discriminator] = [pair.generator.parameters, pair.discriminator.parameters];
  assert.equal(generator.size, 31_867_140);
  assert.equal(discriminator.size, 19_752_642);
  const shapeOf = (set: typeof generator, name: string) => set.trainable.get(name)!.shape;
  assert.deepEqual(shapeOf(generator, "embedding/weight"), [200, 128]);
  assert.deepEqual(shapeOf(generator, "block3/norm2/gain/weight"), [152, 256]);
  assert.deepEqual(shapeOf(generator, "attention/query/weight"), [1, 1, 256, 32]);
  assert.deepEqual(shapeOf(discriminator, "attention/key/weight"), [1, 1, 64, 8]);
  assert.deepEqual(shapeOf(discriminator, "projection/weight"), [200, 1024]);
  // All weights are normalised but the embedding's and the last norm's.
  for (const { trainable, buffers } of [generator, discriminator]) {
    for (const name of trainable.keys()) {
      if (!name.endsWith("/weight")) continue;
      const vector = name.replace(/weight$/, "u");
      assert.equal(buffers.has(vector), name !== "embedding/weight", name);
    }
  }
  dispose(pair);
});

Deno.test("biggan64 makes images in [−1, 1] and one score each, and leaks nothing", () => {
  const pair = build({ width: 1 / 16, auxiliaryClassifier: true });
  const { numTensors } = tf.memory();
  tf.tidy(() => {
    const condition = conditionOf([0, 2, 1, 1, 0]);
    for (const mode of [TRAINING, INFERENCE]) {
      const x = pair.generator.forward(latentsOf(pair, 5), condition, mode);
      assert.deepEqual(x.shape, [5, 64, 64, 3]);
      assert.ok(x.dataSync().every((value) => Math.abs(value) <= 1));
      const output = pair.discriminator.forward(x, condition, mode);
      assert.deepEqual(output.score.shape, [5, 1]);
      assert.deepEqual(output.classLogits!.shape, [5, CLASSES]);
      assert.ok(output.score.dataSync().every(Number.isFinite));
    }
  });
  assert.equal(tf.memory().numTensors, numTensors);
  assert.equal(pair.generator.latentSize, 120);
  dispose(pair);
});

Deno.test("biggan64's generator and score are the composed formulas", () => {
  const pair = build({ width: 1 / 32 });
  warmUpAttention(pair);
  tf.tidy(() => {
    const condition = conditionOf([2, 0, 1, 2]);
    const latent = latentsOf(pair, 4);
    const images = pair.generator.forward(latent, condition, INFERENCE);
    const slow = slowImages64(pair.generator.parameters, latent, condition);
    assert.ok(distance(images, slow) < 1e-4, `images differ by ${distance(images, slow)}`);
    const real = tf.tanh(noise<tf.Rank.R4>("images", [4, 64, 64, 3]));
    const { score } = pair.discriminator.forward(real, condition, INFERENCE);
    const composed = slowScore64(pair.discriminator.parameters, real, condition);
    assert.ok(distance(score, composed) < 1e-4, `scores differ by ${distance(score, composed)}`);
  });
  dispose(pair);
});

Deno.test("biggan64 draws other images with any chunk of the latent, and with another class", () => {
  const pair = build({ width: 1 / 16 });
  warmUpAttention(pair);
  tf.tidy(() => {
    const draw = (latent: tf.Tensor2D, label: number) =>
      pair.generator.forward(latent, conditionOf([label]), INFERENCE);
    const latent = latentsOf(pair, 1);
    const first = draw(latent, 0);
    assert.ok(distance(draw(latent, 1), first) > 1e-4);
    for (let k = 0; k < 5; k++) {
      const flipped = Float32Array.from(
        { length: 120 },
        (_, i) => Math.floor(i / 24) === k ? -1 : 1,
      );
      assert.ok(distance(draw(latent.mul(flipped), 0), first) > 1e-4, `chunk ${k}`);
    }
  });
  dispose(pair);
});

Deno.test("every weight of biggan64 has a finite gradient that is not 0", () => {
  const pair = build();
  warmUpAttention(pair);
  for (const player of ["generator", "discriminator"] as const) {
    const { parameters } = pair[player];
    const condition = conditionOf([0, 1, 2, 0]);
    const latent = latentsOf(pair, 4);
    const { loss, gradients } = lossAndGradients(parameters, () => {
      const fake = pair.generator.forward(latent, condition, TRAINING);
      return tf.mean(pair.discriminator.forward(fake, condition, TRAINING).score).asScalar();
    });
    // Nothing depends on a bias before a norm.
    const isTakenOut = (name: string) =>
      player === "generator" && /^block\d\/conv1\/bias$/.test(name);
    for (const name of parameters.trainable.keys()) {
      if (isTakenOut(name)) continue;
      const values = gradients[name]?.dataSync() ?? [NaN];
      assert.ok(values.every(Number.isFinite), `${player} ${name}`);
      assert.ok(values.some((value) => value !== 0), `${player} ${name}`);
    }
    tf.dispose([loss, condition, latent, ...Object.values(gradients)]);
  }
  dispose(pair);
});

Deno.test("biggan64 trains with finite losses, to the same bits from the same seed", () => {
  const { train } = toyShapes({ classes: CLASSES, perClass: 8, testPerClass: 1, size: 64 });
  const trained = () => {
    const pair = build();
    const before = bitsOf(pair.generator.parameters.trainable);
    const training = setUp({ pair, data: classData(train, rngOf(5, "data")) });
    const losses = Array.from({ length: 4 }, (_, k) => training.step(k));
    assert.ok(losses.flatMap(Object.values).every(Number.isFinite));
    const after = bitsOf(pair.generator.parameters.trainable);
    for (const name of ["embedding/weight", "block4/norm1/gain/weight", "attention/gain"]) {
      assert.notDeepEqual(after[name], before[name], name);
    }
    const { numTensors } = tf.memory();
    training.step(4);
    assert.equal(tf.memory().numTensors, numTensors);
    const bits = bitsOfState(training.trainee);
    training.dispose();
    return bits;
  };
  assert.deepEqual(trained(), trained());
});

Deno.test("biggan64 takes 64 x 64 images, and channels that it halves itself", () => {
  assert.throws(() => build({ imageSize: 32 }), {
    name: "RangeError",
    message: "Cannot build BigGAN 64 for 32 x 32 images: want 64 x 64",
  });
  assert.throws(() => build({ taper: true }), {
    name: "RangeError",
    message:
      "Cannot taper BigGAN 64: found channels that halve at each up-sampling already, want taper = false",
  });
});
