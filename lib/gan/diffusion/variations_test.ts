import assert from "node:assert/strict";
import { normalArray, rngOf } from "../../base/rng.ts";
import { INFERENCE } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { batchTensors, makeBatch, MINUS_ONE_TO_ONE } from "../../data/batches/batches.ts";
import { toyShapes } from "../../data/toy/shapes.ts";
import { shake } from "../../testing/diffusion.ts";
import { oneHotCondition } from "../sample.ts";
import { diffusion } from "./diffusion.ts";
import { variationStart, variedImages } from "./variations.ts";

const CLASSES = 3;
const { train } = toyShapes({ classes: CLASSES, perClass: 5, testPerClass: 1 });
const conditionOf = oneHotCondition(CLASSES);
const PIXELS = 32 * 32 * 3;

/** Scalar labels that are their own condition. */
const scalars = (labels: number[]) => ({
  ...train,
  labels: Float32Array.from(labels),
});
const identity = (labels: ArrayLike<number>) =>
  tf.tensor2d(Float32Array.from(labels), [labels.length, 1]);

/** Latents whose first entry chooses by Φ; 0 is the middle. */
function latents(first: number[], seed = 3): tf.Tensor2D {
  const values = normalArray(first.length * (PIXELS + 1), rngOf(seed));
  first.forEach((value, row) => values[row * (PIXELS + 1)] = value);
  return tf.tensor2d(values, [first.length, PIXELS + 1]);
}

const imagesAt = (positions: number[]): Float32Array =>
  batchTensors(makeBatch(train, positions, { normalisation: MINUS_ONE_TO_ONE }))
    .x.dataSync() as Float32Array;

function build(noise: number, neighbours = 1) {
  const varied = variedImages(train, conditionOf, neighbours);
  const { generator } = diffusion.build({
    conditionSize: CLASSES,
    imageSize: 32,
    width: 1 / 64,
    blocks: 1,
    attention: [8],
    dropout: 0,
    sampling: {
      steps: 4,
      guidance: { weight: 1.5, rescaling: 0.7 },
      variations: { noise, neighbours },
    },
    varied,
    rng: rngOf(1, "diffusion"),
  });
  shake(generator.parameters);
  return { generator, varied };
}

Deno.test("choose() takes all images of a class, each as often", () => {
  const { choose } = variedImages(train, conditionOf, 2);
  const shares = Float32Array.from({ length: 10 }, (_, i) => (i + 0.5) / 10);
  const conditions = tf.tidy(() => conditionOf(new Array(10).fill(1)).dataSync() as Float32Array);
  const own = [...train.labels.keys()].filter((i) => train.labels[i] === 1);
  assert.deepEqual([...choose(conditions, shares)], own.flatMap((i) => [i, i]));
});

Deno.test("choose() takes in the nearest scalar labels until they have images enough", () => {
  const set = scalars([10, 20, 20, 30, 30, 30, 41]);
  const every = Float32Array.from({ length: 60 }, (_, i) => i / 60);
  const found = (label: number, neighbours: number) => {
    const { choose } = variedImages(set, identity, neighbours);
    return [...new Set(choose(new Float32Array(60).fill(label), every))].sort((a, b) => a - b);
  };
  assert.deepEqual(found(10, 1), [0]);
  assert.deepEqual(found(12, 2), [0, 1, 2]);
  assert.deepEqual(found(26, 3), [3, 4, 5]);
  assert.deepEqual(found(26, 4), [1, 2, 3, 4, 5]);
  assert.deepEqual(found(90, 1), [6]);
  assert.deepEqual(found(90, 100), [0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("variedImages() asks for conditions when an image is first chosen, and once", () => {
  let asked = 0;
  const { choose } = variedImages(train, (labels) => {
    asked++;
    return conditionOf(labels);
  }, 1);
  assert.equal(asked, 0);
  for (let i = 0; i < 2; i++) choose(Float32Array.of(0, 1, 0), Float32Array.of(0.5));
  assert.equal(asked, 1);
});

Deno.test("choose() takes the last image at a share of 1", () => {
  const { choose } = variedImages(scalars([1, 1, 2]), identity, 1);
  assert.deepEqual([...choose(Float32Array.of(1, 2, 1), Float32Array.of(1, 1, 0))], [1, 2, 0]);
});

Deno.test("variationStart() is y / σ + ε of the image that Φ(z) chooses", () => {
  tf.tidy(() => {
    const varied = variedImages(train, conditionOf, 1);
    const latent = latents([-9, 0, 9]);
    const start = variationStart(varied, { latent, condition: conditionOf([2, 2, 2]), noise: 0.5 });
    const own = [...train.labels.keys()].filter((i) => train.labels[i] === 2);
    const wanted = imagesAt([own[0]!, own[2]!, own[4]!]);
    const epsilon = latent.slice([0, 1]).dataSync();
    const found = start.dataSync();
    for (let i = 0; i < found.length; i++) {
      assert.ok(Math.abs(found[i]! - (wanted[i]! / 0.5 + epsilon[i]!)) < 1e-5);
    }
  });
});

Deno.test("a variation under next to no noise is the training image, whatever the network says", () => {
  const { generator } = build(0.003);
  tf.tidy(() => {
    const images = generator.forward(latents([-9, 9]), conditionOf([0, 1]), INFERENCE).dataSync();
    const of = (label: number) => [...train.labels.keys()].filter((i) => train.labels[i] === label);
    const wanted = imagesAt([of(0)[0]!, of(1)[4]!]);
    for (let i = 0; i < images.length; i++) assert.ok(Math.abs(images[i]! - wanted[i]!) < 0.05);
  });
  generator.parameters.dispose();
});

Deno.test("a variation under all the noise there is hardly knows its training image", () => {
  const { generator } = build(80);
  tf.tidy(() => {
    const drawn = (first: number) =>
      generator.forward(latents([first]), conditionOf([0]), INFERENCE).dataSync();
    const [one, other] = [drawn(-9), drawn(9)];
    const training = imagesAt([0, 4]);
    const gap = (a: ArrayLike<number>, from: number, b: ArrayLike<number>, at: number) => {
      let sum = 0;
      for (let i = 0; i < PIXELS; i++) sum += Math.abs(a[from + i]! - b[at + i]!);
      return sum / PIXELS;
    };
    assert.ok(gap(one, 0, other, 0) < 0.2 * gap(training, 0, training, PIXELS));
  });
  generator.parameters.dispose();
});

Deno.test("a generator of variations leaks nothing, and draws nothing without training images", () => {
  const before = tf.memory().numTensors;
  const { generator } = build(1);
  const atRest = tf.memory().numTensors;
  tf.tidy(() => void generator.forward(latents([0]), conditionOf([0]), INFERENCE));
  assert.equal(tf.memory().numTensors, atRest);
  generator.parameters.dispose();
  assert.equal(tf.memory().numTensors, before);
  const { generator: blind } = diffusion.build({
    conditionSize: CLASSES,
    imageSize: 32,
    width: 1 / 64,
    blocks: 1,
    attention: [8],
    dropout: 0,
    sampling: {
      steps: 4,
      guidance: { weight: 1, rescaling: 0 },
      variations: { noise: 1, neighbours: 1 },
    },
    rng: rngOf(1),
  });
  assert.equal(blind.latentSize, PIXELS + 1);
  assert.throws(
    () => tf.tidy(() => blind.forward(latents([0]), conditionOf([0]), INFERENCE)),
    /Cannot vary training images/,
  );
  blind.parameters.dispose();
});
