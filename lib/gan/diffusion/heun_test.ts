import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { noiseLevels } from "./edm.ts";
import { type Denoiser, sampleByHeun } from "./heun.ts";

const MEAN = 0.3;
const DEVIATION = 0.4;

/** The best denoiser of pixels that are N(MEAN, DEVIATION²). */
const gaussian: Denoiser = (x, sigma) => {
  const share = DEVIATION ** 2 / (DEVIATION ** 2 + sigma ** 2);
  return x.sub(MEAN).mul(share).add(MEAN) as tf.Tensor4D;
};

/** What the equation itself makes of a noise value: its solution for Gaussian pixels in closed form. */
function exact(noise: number): number {
  return MEAN + (80 * noise - MEAN) * DEVIATION / Math.hypot(DEVIATION, 80);
}

/** The sample of one noise value, in single precision. */
function sampled(noise: number, steps: number): number {
  return tf.tidy(() =>
    sampleByHeun(gaussian, tf.tensor4d([noise], [1, 1, 1, 1]), noiseLevels({ steps }))
      .dataSync()[0]!
  );
}

Deno.test("sampleByHeun() with the best denoiser draws Gaussian pixels of the right mean and variance", () => {
  const found = tf.tidy(() => {
    const noise = tf.randomNormal([64, 16, 16, 1], 0, 1, "float32", 7) as tf.Tensor4D;
    const { mean, variance } = tf.moments(
      sampleByHeun(gaussian, noise, noiseLevels({ steps: 80 })),
    );
    const drawn = tf.moments(noise);
    // Against those of the very draws, so that chance plays no part.
    return [mean, variance, drawn.mean, drawn.variance].map((value) => value.dataSync()[0]!);
  });
  const [mean, variance, drawnMean, drawnVariance] = found as [number, number, number, number];
  assert.ok(Math.abs(mean - exact(drawnMean)) < 2e-3, `mean ${mean}`);
  assert.ok(Math.abs(mean - MEAN) < 0.01, `mean ${mean}`);
  const wanted = DEVIATION ** 2 * drawnVariance;
  assert.ok(Math.abs(variance / wanted - 1) < 0.01, `variance ${variance}, want ${wanted}`);
});

Deno.test("sampleByHeun() ends with what the denoiser makes of the last level", () => {
  const least = 0.1;
  const levels = noiseLevels({ steps: 60, least });
  const found = tf.tidy(() =>
    sampleByHeun(gaussian, tf.tensor4d([0.8], [1, 1, 1, 1]), levels).dataSync()[0]!
  );
  // The equation's solution at σ = 0.1, then D there: less varied than images are, by the share of noise.
  const there = (80 * 0.8 - MEAN) * Math.hypot(DEVIATION, least) / Math.hypot(DEVIATION, 80);
  const wanted = MEAN + there * DEVIATION ** 2 / (DEVIATION ** 2 + least ** 2);
  assert.ok(Math.abs(found - wanted) < 1e-3, `found ${found}, want ${wanted}`);
  assert.ok(Math.abs(found - exact(0.8)) > 3e-3);
});

Deno.test("sampleByHeun() is of second order: half the step leaves a quarter of the error", () => {
  const errors = [12, 24, 48].map((steps) => Math.abs(sampled(0.8, steps) - exact(0.8)));
  for (let i = 1; i < errors.length; i++) {
    const ratio = errors[i - 1]! / errors[i]!;
    assert.ok(ratio > 3.2 && ratio < 5.5, `errors ${errors}`);
  }
});

Deno.test("sampleByHeun() asks for 2 N - 1 predictions and keeps two maps", () => {
  const levels = noiseLevels({ steps: 5 });
  const asked: number[] = [];
  const before = tf.memory().numTensors;
  const counts: number[] = [];
  const noise = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
  const x = sampleByHeun(
    (place, sigma) => {
      asked.push(sigma);
      counts.push(tf.memory().numTensors);
      return gaussian(place, sigma);
    },
    noise,
    levels,
  );
  const [a, b, c, d, e] = levels as [number, number, number, number, number];
  assert.deepEqual(asked, [a, b, b, c, c, d, d, e, e]);
  assert.equal(counts[0], counts[8]);
  assert.equal(tf.memory().numTensors, before + 2);
  assert.deepEqual([...noise.dataSync()], [1, 1, 1, 1]);
  tf.dispose([x, noise]);
});
