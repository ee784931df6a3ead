import assert from "node:assert/strict";
import type { Regression } from "../base/contracts.ts";
import { type Rng, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { DensityRatio } from "../density_ratio/density_ratio.ts";
import { snapshot, TOY_TASK, toyGenerator } from "../testing/density_ratio.ts";
import type { Generator } from "../gan/gan.ts";
import { redraw } from "./pool/redraw.ts";
import {
  acceptByLabel,
  type SubsampledLabel,
  type SubsampleInput,
  type SubsampleOptions,
} from "./subsample.ts";

const OPTIONS: SubsampleOptions = { perLabel: 40, burnIn: 100, batch: 30 };

/** Bright images are likelier to be real: e^(10 mean). */
const brightness: DensityRatio = {
  ratios: (images) => tf.tidy(() => tf.exp(tf.mean(images, [1, 2, 3]).mul(10))),
};

/** Accepted fakes of all labels with their images. */
async function subsample(
  input: SubsampleInput,
  options: SubsampleOptions,
  rng: Rng,
): Promise<SubsampledLabel[]> {
  const parts: SubsampledLabel[] = [];
  for await (const accepted of acceptByLabel(input, options, rng)) {
    parts.push({ ...accepted, ...await redraw(input, accepted, options, rng) });
  }
  return parts;
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("acceptByLabel() accepts perLabel fakes of each class and leans to high ratios", async () => {
  const generator = toyGenerator();
  const before = await snapshot(generator.parameters);
  const tensors = tf.memory().numTensors;
  const steps: number[] = [];
  const parts = await subsample({ generator, ratio: brightness, task: TOY_TASK }, {
    ...OPTIONS,
    progress: ({ step }) => void steps.push(step),
  }, rngOf(1));
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(await snapshot(generator.parameters), before);

  assert.deepEqual(parts.map(({ label, draws, bytes }) => [label, draws.length, bytes.length]), [
    [0, 40, 40 * 48],
    [1, 40, 40 * 48],
    [2, 40, 40 * 48],
  ]);
  assert.equal(steps.at(-1), 120);
  for (const { acceptance, acceptedRatios, drawnRatios, bytes } of parts) {
    assert.equal(acceptance.accepted, 40);
    assert.ok(acceptance.acceptanceRate > 0 && acceptance.acceptanceRate < 1);
    assert.ok(meanOf(acceptedRatios) > meanOf(drawnRatios) * 1.05);
    // The stored ratio of an image is that of its bytes, up to rounding.
    for (const i of [0, 17, 39]) {
      const pixels = bytes.subarray(48 * i, 48 * (i + 1));
      const ratio = Math.exp(10 * (pixels.reduce((sum, value) => sum + value, 0) / 48 / 127.5 - 1));
      assert.ok(Math.abs(ratio / acceptedRatios[i]! - 1) < 0.05);
    }
  }
  generator.parameters.dispose();
});

Deno.test("acceptByLabel() gives the same images for the same stream, whatever other labels there are", async () => {
  const generator = toyGenerator();
  const input = { generator, ratio: brightness, task: TOY_TASK };
  const pixelsOf = async (labels: number[], seed: number) => {
    const parts = await subsample(input, { ...OPTIONS, labels, perLabel: 5 }, rngOf(seed));
    return parts.flatMap(({ bytes }) => [...bytes]);
  };
  const both = await pixelsOf([0, 2], 1);
  assert.deepEqual(await pixelsOf([0, 2], 1), both);
  assert.deepEqual(await pixelsOf([2], 1), both.slice(5 * 48));
  assert.notDeepEqual(await pixelsOf([0, 2], 2), both);
  generator.parameters.dispose();
});

Deno.test("acceptByLabel() names the label that it had to give up", async () => {
  const generator = toyGenerator();
  const never: DensityRatio = { ratios: (images) => tf.zeros([images.shape[0]]) };
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    subsample({ generator, ratio: never, task: TOY_TASK }, { ...OPTIONS, burnIn: 30 }, rngOf(1)),
    {
      name: "RangeError",
      message: 'Cannot subsample class 0 ("ant"): found ratio 0 for all of 300 fakes, want some ' +
        "above 0; fit the density ratio again from another seed",
    },
  );
  assert.equal(tf.memory().numTensors, tensors);
  generator.parameters.dispose();
});

Deno.test("acceptByLabel() takes scalar labels with their embedding", async () => {
  const task: Regression = {
    kind: "regression",
    minimum: 0,
    maximum: 90,
    scale: 90,
    unit: "degrees",
    labels: [1, 2, 3],
  };
  const generator = toyGenerator();
  const conditionOf = (labels: ArrayLike<number>) =>
    tf.tensor2d(Array.from(labels, (label) => [label / 90, 1 - label / 90, 0]));
  const input = { generator, ratio: brightness, task, conditionOf };
  const labelsOf = async (options: SubsampleOptions) =>
    (await subsample(input, options, rngOf(1))).map(({ label }) => label);
  assert.deepEqual(await labelsOf({ ...OPTIONS, labels: [10.5, 60], perLabel: 3 }), [10.5, 60]);
  // By default every label of the task, those without a training image included.
  assert.deepEqual(await labelsOf({ ...OPTIONS, perLabel: 2 }), [1, 2, 3]);
  await assert.rejects(subsample(input, { ...OPTIONS, labels: [] }, rngOf(1)), {
    name: "RangeError",
    message: "Cannot subsample: found no labels, want at least one",
  });
  const never: DensityRatio = { ratios: (images) => tf.zeros([images.shape[0]]) };
  const labels = [Math.fround(10.1)];
  await assert.rejects(
    subsample({ ...input, ratio: never }, { ...OPTIONS, labels, burnIn: 30 }, rngOf(1)),
    /^RangeError: Cannot subsample label 10\.1 degrees: found ratio 0 for all of 300 fakes/,
  );
  generator.parameters.dispose();
});

Deno.test("acceptByLabel() stops at an aborted signal", async () => {
  const generator = toyGenerator();
  const signal = AbortSignal.abort(new Error("stopped by hand"));
  await assert.rejects(
    subsample(
      { generator, ratio: brightness, task: TOY_TASK },
      { ...OPTIONS, signal },
      rngOf(1),
    ),
    { message: "stopped by hand" },
  );
  generator.parameters.dispose();
});

Deno.test("acceptByLabel() goes on past a dead label if asked to, and counts it", async () => {
  const generator = toyGenerator();
  const dead: DensityRatio = {
    ratios: (images, condition) =>
      tf.tidy(() => {
        const isFirst = condition.slice([0, 0], [-1, 1]).reshape([-1]);
        return brightness.ratios(images, condition).mul(tf.sub(1, isFirst));
      }),
  };
  const parts = await subsample(
    { generator, ratio: dead, task: TOY_TASK },
    { ...OPTIONS, burnIn: 30, whenStuck: "plain" },
    rngOf(1),
  );
  assert.deepEqual(parts.map(({ acceptance }) => acceptance.plain), [40, undefined, undefined]);
  assert.ok(parts.every(({ draws }) => draws.length === 40));
  generator.parameters.dispose();
});

Deno.test("acceptByLabel() names the label whose images are not finite", async () => {
  const generator = toyGenerator();
  const broken: Generator = {
    ...generator,
    forward: (latent, condition, mode) => {
      const isLast = condition.slice([0, 2], [-1, 1]).reshape([-1, 1, 1, 1]).cast("bool");
      return tf.where(isLast, NaN, generator.forward(latent, condition, mode)) as tf.Tensor4D;
    },
  };
  // A ratio that a ReLU made of NaN: nothing shows.
  const blind: DensityRatio = { ratios: (images) => tf.ones([images.shape[0]]) };
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    subsample({ generator: broken, ratio: blind, task: TOY_TASK }, OPTIONS, rngOf(1)),
    {
      name: "RangeError",
      message:
        'Cannot subsample class 2 ("cat"): the generator gives pixels that are not finite, ' +
        "want numbers in [−1, 1]; train it again from another seed or at a lower learning rate",
    },
  );
  assert.equal(tf.memory().numTensors, tensors);
  generator.parameters.dispose();
});
