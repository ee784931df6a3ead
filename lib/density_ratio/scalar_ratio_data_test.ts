import assert from "node:assert/strict";
import type { LabelledImages, Regression } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { Generator } from "../gan/gan.ts";
import { fitRatio, ratioSteps } from "./fit.ts";
import { buildRatioNet } from "./ratio_net.ts";
import {
  freshScalarRatioData,
  pooledScalarRatioData,
  scalarStepsPerEpoch,
} from "./scalar_ratio_data.ts";
import { toyExtractor, toyGenerator, toyImages, toyNetwork } from "../testing/density_ratio.ts";

const AGES: Regression = {
  kind: "regression",
  minimum: 10,
  maximum: 30,
  scale: 60,
  unit: "years",
  labels: [10, 20, 30],
};

/** The toy images, their classes 0, 1 and 2 become 10, 20 and 30 years. */
function sources(generator: Generator = toyGenerator()) {
  const network = toyNetwork();
  const images = toyImages(20);
  const set: LabelledImages = {
    ...images,
    task: AGES,
    labels: images.labels.map((label) => 10 * (label + 1)),
  };
  const conditionOf = (labels: ArrayLike<number>) =>
    tf.tensor2d(Array.from(labels, (age) => [age / 60, 1 - age / 60, 1]));
  const dispose = () => {
    network.parameters.dispose();
    generator.parameters.dispose();
  };
  return { network, generator, set, conditionOf, extractor: toyExtractor(network), dispose };
}

const values = (tensor: tf.Tensor) => [...tensor.dataSync()];

Deno.test("scalarStepsPerEpoch() gives the steps of the paper", () => {
  const training = { epochs: 350 };
  const steps = [11_250, 6_750, 2_250, 15_149].map((count) =>
    ratioSteps(training, {
      stepsPerEpoch: scalarStepsPerEpoch(count, 256),
      batch: () => assert.fail(),
    })
  );
  assert.deepEqual(steps, [15_050, 9_100, 2_800, 20_650]);
  assert.equal(scalarStepsPerEpoch(20, 256), 1);
});

Deno.test("freshScalarRatioData() judges a real image and a fresh fake for one label", () => {
  const parts = sources();
  const data = freshScalarRatioData(parts, { batch: 6 }, rngOf(1));
  assert.equal(data.stepsPerEpoch, 3);
  const tensors = tf.memory().numTensors;
  tf.tidy(() => {
    const batch = data.batch(0);
    assert.deepEqual(
      [batch.real.shape, batch.fake.shape, batch.condition.shape],
      [[6, 8], [6, 8], [6, 3]],
    );
    assert.equal(batch.weights, undefined);
    // The real features are those of images whose label the condition names.
    const known = new Map<string, number>();
    for (let i = 0; i < 20; i++) {
      const bytes = new Uint8Array(48);
      parts.set.images.read(i, bytes, 0);
      const pixels = Float32Array.from(bytes, (byte) => (byte / 255 - 0.5) / 0.5);
      const features = parts.extractor.extract(tf.tensor4d(pixels, [1, 4, 4, 3]));
      known.set(Array.from(features.dataSync(), (v) => v.toFixed(3)).join(), parts.set.labels[i]!);
    }
    const ages = batch.condition.arraySync().map(([unit]) => Math.round(60 * unit!));
    const rows = batch.real.arraySync();
    assert.deepEqual(rows.map((row) => known.get(row.map((v) => v.toFixed(3)).join())), ages);
    // A step gives the same batch again, another step another one.
    const again = data.batch(0);
    assert.deepEqual(values(again.fake), values(batch.fake));
    assert.deepEqual(values(again.real), values(batch.real));
    assert.notDeepEqual(values(data.batch(1).fake), values(batch.fake));
  });
  assert.equal(tf.memory().numTensors, tensors);
  parts.dispose();
});

Deno.test("freshScalarRatioData() mirrors nothing unless asked to", () => {
  const parts = sources();
  const batchOf = (flipReals: boolean, flipFakes: boolean) =>
    tf.tidy(() => {
      const options = { batch: 20, flipReals, flipFakes };
      const { real, fake } = freshScalarRatioData(parts, options, rngOf(1)).batch(0);
      return { real: values(real), fake: values(fake) };
    });
  const plain = batchOf(false, false);
  const unsaid = tf.tidy(() => {
    const { real, fake } = freshScalarRatioData(parts, { batch: 20 }, rngOf(1)).batch(0);
    return { real: values(real), fake: values(fake) };
  });
  assert.deepEqual(unsaid, plain);
  const [reals, fakes] = [batchOf(true, false), batchOf(false, true)];
  assert.deepEqual(reals.fake, plain.fake);
  assert.notDeepEqual(reals.real, plain.real);
  assert.deepEqual(fakes.real, plain.real);
  assert.notDeepEqual(fakes.fake, plain.fake);
  parts.dispose();
});

Deno.test("freshScalarRatioData() weighs real images in a soft vicinity", () => {
  const parts = sources();
  const options = {
    batch: 50,
    targets: [12, 20],
    vicinity: { radius: 9 / 60, nu: 100 },
  };
  const data = freshScalarRatioData(parts, options, rngOf(1));
  tf.tidy(() => {
    const { condition, weights } = data.batch(3);
    assert.deepEqual(weights!.shape, [50, 1]);
    const targets = condition.arraySync().map(([unit]) => Math.round(60 * unit!));
    assert.deepEqual([...new Set(targets)].sort(), [12, 20]);
    const found = new Set(
      values(weights!).map((weight, j) => `${targets[j]} ${weight.toFixed(4)}`),
    );
    // Of 12 years: 10 and 20 years are near; of 20 years: only 20, since 10 and 30 lie 10 off.
    const weight = (distance: number) => Math.exp(-100 * (distance / 60) ** 2).toFixed(4);
    assert.deepEqual(
      [...found].sort(),
      [`12 ${weight(2)}`, `12 ${weight(8)}`, `20 ${weight(0)}`].sort(),
    );
  });
  parts.dispose();
});

Deno.test("pooledScalarRatioData() serves the batches of freshScalarRatioData() with fakes of a pool", async () => {
  const parts = sources();
  const tensors = tf.memory().numTensors;
  const batching = { batch: 8, targets: [10, 20, 30], vicinity: { radius: 10 / 60, nu: 20 } };
  const progress: number[] = [];
  const pooled = await pooledScalarRatioData(parts, {
    ...batching,
    pool: {
      perLabel: 5,
      chunk: 4,
      onProgress: (done, total) => void progress.push(done, total),
    },
  }, rngOf(1));
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(progress.slice(-2), [35, 35]);
  const fresh = freshScalarRatioData(parts, batching, rngOf(1));
  assert.equal(pooled.stepsPerEpoch, fresh.stepsPerEpoch);
  tf.tidy(() => {
    const pool = new Set<string>();
    for (let step = 0; step < 30; step++) {
      const [a, b] = [pooled.batch(step), fresh.batch(step)];
      const [found, wanted] = [values(a.real), values(b.real)];
      found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-5));
      assert.deepEqual(values(a.condition), values(b.condition));
      assert.deepEqual(values(a.weights!), values(b.weights!));
      const labels = a.condition.arraySync().map(([unit]) => Math.round(60 * unit!));
      a.fake.arraySync().forEach((row, i) => pool.add(`${labels[i]}: ${row.join()}`));
    }
    // 240 draws of five fakes of each of three labels: every one is seen, and no other.
    assert.equal(pool.size, 15);
  });
  await assert.rejects(
    pooledScalarRatioData(parts, { batch: 2, targets: "uniform", pool: { perLabel: 2 } }, rngOf(1)),
    {
      name: "TypeError",
      message:
        'Cannot draw a pool of fakes for "uniform" labels: want a list of labels, or fresh ' +
        "fakes",
    },
  );
  parts.dispose();
});

/** Gives NaN for labels of 20 years. */
function brokenGenerator(): Generator {
  const generator = toyGenerator();
  return {
    ...generator,
    forward: (latent, condition, mode) => {
      const isTwenty = condition.slice([0, 0], [-1, 1]).sub(20 / 60).abs().less(1e-3);
      const images = generator.forward(latent, condition, mode);
      return tf.where(isTwenty.reshape([-1, 1, 1, 1]), NaN, images) as tf.Tensor4D;
    },
  };
}

Deno.test("A generator that gives NaN stops the fit and is named with label, stage or step", async () => {
  const parts = sources(brokenGenerator());
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    pooledScalarRatioData(parts, { batch: 4, pool: { perLabel: 3, chunk: 2 } }, rngOf(1)),
    {
      name: "RangeError",
      message: "Cannot compute features for the density ratio: found NaN for the fake image of " +
        "label 20, want finite numbers; check the generator and the extractor",
    },
  );
  assert.equal(tf.memory().numTensors, tensors);
  await assert.rejects(
    fitRatio({
      build: (rng) =>
        buildRatioNet({ featureSize: 8, conditionSize: 3, embedding: "given", width: 0.01, rng }),
      data: freshScalarRatioData(parts, { batch: 8 }, rngOf(1)),
    }, {
      training: { epochs: 1, learningRate: 1e-3, milestones: [], weightDecay: 0, penalty: 1e-3 },
      loop: { stage: "density ratio", seed: 1, logEvery: 1 },
    }, rngOf(1)),
    /^RangeError: Cannot go on with density ratio: \w+ is NaN at step 0 with seed 1/,
  );
  assert.equal(tf.memory().numTensors, tensors);
  parts.dispose();
});
