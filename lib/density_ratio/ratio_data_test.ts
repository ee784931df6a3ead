import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { densityRatio, ratiosOf } from "./density_ratio.ts";
import { classifierFeatures } from "./features.ts";
import { fitRatio } from "./fit.ts";
import { freshRatioData, pooledRatioData } from "./ratio_data.ts";
import { buildRatioNet } from "./ratio_net.ts";
import {
  snapshot,
  TOY_SIZE,
  toyExtractor,
  toyGenerator,
  toyImages,
  toyNetwork,
} from "../testing/density_ratio.ts";

function sources() {
  const network = toyNetwork();
  const generator = toyGenerator();
  const set = toyImages(20);
  const dispose = () => {
    network.parameters.dispose();
    generator.parameters.dispose();
  };
  return { network, generator, set, extractor: toyExtractor(network), dispose };
}

const values = (tensor: tf.Tensor) => [...tensor.dataSync()];

Deno.test("freshRatioData() pairs each real image with a fresh fake of its label", () => {
  const parts = sources();
  const data = freshRatioData(parts, { batch: 8, flipReals: false, flipFakes: false }, rngOf(1));
  assert.equal(data.stepsPerEpoch, 3);
  const tensors = tf.memory().numTensors;
  tf.tidy(() => {
    const seen = [0, 1, 2].map((step) => data.batch(step));
    assert.deepEqual(seen.map(({ real }) => real.shape), [[8, 8], [8, 8], [4, 8]]);
    // Twenty images, label i % 3: 7, 7 and 6 of them in an epoch.
    const counts = values(tf.sum(tf.concat(seen.map(({ condition }) => condition)), 0));
    assert.deepEqual(counts, [7, 7, 6]);
    const first = seen[0]!;
    assert.equal(first.fake.shape[0], 8);
    // The same step gives the same batch, the next epoch another one with other fakes.
    assert.deepEqual(values(data.batch(0).fake), values(first.fake));
    assert.deepEqual(values(data.batch(0).real), values(first.real));
    assert.notDeepEqual(values(data.batch(3).fake), values(first.fake));
  });
  assert.equal(tf.memory().numTensors, tensors);
  parts.dispose();
});

Deno.test("freshRatioData() flips reals and fakes only where asked to", () => {
  const parts = sources();
  const batchOf = (flipReals: boolean, flipFakes: boolean) =>
    tf.tidy(() => {
      const { real, fake } = freshRatioData(
        parts,
        { batch: 20, flipReals, flipFakes },
        rngOf(1),
      ).batch(0);
      return { real: values(real), fake: values(fake) };
    });
  const [none, reals, fakes] = [batchOf(false, false), batchOf(true, false), batchOf(false, true)];
  assert.deepEqual(reals.fake, none.fake);
  assert.notDeepEqual(reals.real, none.real);
  assert.deepEqual(fakes.real, none.real);
  assert.notDeepEqual(fakes.fake, none.fake);
  // About half of the fakes stay as they were.
  const same = Array.from(
    { length: 20 },
    (_, i) =>
      none.fake.slice(8 * i, 8 * i + 8).join() === fakes.fake.slice(8 * i, 8 * i + 8).join(),
  ).filter(Boolean).length;
  assert.ok(same >= 3 && same <= 17, `${same} of 20 unchanged`);
  parts.dispose();
});

Deno.test("freshRatioData() drops the last batch when asked to", () => {
  const parts = sources();
  assert.equal(freshRatioData(parts, { batch: 8, dropLast: true }, rngOf(1)).stepsPerEpoch, 2);
  parts.dispose();
});

Deno.test("pooledRatioData() serves the real features of freshRatioData() and fakes of the pool", async () => {
  const parts = sources();
  const tensors = tf.memory().numTensors;
  const batching = { batch: 8, flipReals: false, flipFakes: false };
  const pooled = await pooledRatioData(
    parts,
    { ...batching, pool: { perLabel: 5, chunk: 3 } },
    rngOf(1),
  );
  assert.equal(tf.memory().numTensors, tensors);
  const fresh = freshRatioData(parts, batching, rngOf(1));
  assert.equal(pooled.stepsPerEpoch, 3);
  tf.tidy(() => {
    const pool = new Set<string>();
    for (let step = 0; step < 30; step++) {
      const [a, b] = [pooled.batch(step), fresh.batch(step)];
      const [found, wanted] = [values(a.real), values(b.real)];
      found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-5));
      assert.deepEqual(values(a.condition), values(b.condition));
      const fakes = a.fake.arraySync();
      const labels = values(tf.argMax(a.condition, 1));
      fakes.forEach((row, i) => pool.add(`${labels[i]}: ${row.join()}`));
    }
    // 240 draws of five fakes for each of three labels: every one is seen, and no other.
    assert.equal(pool.size, 15);
  });
  parts.dispose();
});

Deno.test("fitRatio() changes no bit of generator and extractor and leaks no tensor", async () => {
  const parts = sources();
  const before = [
    await snapshot(parts.generator.parameters),
    await snapshot(parts.network.parameters),
  ];
  const tensors = tf.memory().numTensors;
  const build = (rng: ReturnType<typeof rngOf>) =>
    buildRatioNet({
      featureSize: 8,
      conditionSize: 3,
      embedding: "trainable",
      width: 0.01,
      rng,
    });
  const first = build(rngOf(1, "compare"));
  const initial = await snapshot(first.parameters);
  first.parameters.dispose();
  const fit = await fitRatio(
    {
      // Starts alive, so that the network below is the one that was compared.
      build: () => {
        const net = build(rngOf(1, "compare"));
        const bias = net.parameters.trainable.get("output/bias")!;
        tf.tidy(() => bias.assign(tf.tensor1d([1])));
        return net;
      },
      data: freshRatioData(parts, { batch: 8 }, rngOf(4)),
    },
    {
      training: {
        epochs: 4,
        learningRate: 1e-3,
        milestones: [],
        weightDecay: 1e-4,
        penalty: 1e-3,
      },
      loop: { stage: "density ratio", seed: 1, logEvery: 4 },
    },
    rngOf(5),
  );
  assert.deepEqual(
    [await snapshot(parts.generator.parameters), await snapshot(parts.network.parameters)],
    before,
  );
  assert.notDeepEqual(await snapshot(fit.net.parameters), initial);
  const model = densityRatio({ extractor: parts.extractor, net: fit.net });
  const ratios = await ratiosOf(model, parts.set, { batch: 7 });
  assert.equal(ratios.length, 20);
  assert.ok(ratios.every((ratio) => ratio >= 0) && ratios.some((ratio) => ratio > 0));
  // Inference draws nothing and sees each image alone.
  assert.deepEqual(await ratiosOf(model, parts.set, { batch: 7 }), ratios);
  fit.net.parameters.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  parts.dispose();
});

Deno.test("classifierFeatures() feeds the classifier what its option says", () => {
  const network = toyNetwork();
  const normalisation = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };
  const raw = classifierFeatures(network, { imageSize: TOY_SIZE, extractorInput: "minus1to1" });
  const converted = classifierFeatures(network, {
    imageSize: TOY_SIZE,
    extractorInput: "standardized",
    normalisation,
  });
  assert.equal(raw.size, 8);
  tf.tidy(() => {
    const bytes = tf.randomUniform([5, TOY_SIZE, TOY_SIZE, 3], 0, 1, "float32", 1) as tf.Tensor4D;
    const images = bytes.sub(0.5).div<tf.Tensor4D>(0.5);
    const standard = bytes.sub(tf.tensor1d(normalisation.mean)).div<tf.Tensor4D>(
      tf.tensor1d(normalisation.std),
    );
    const expect = (x: tf.Tensor4D) => values(network.forward(x, { training: false }).features);
    assert.deepEqual(values(raw.extract(images)), expect(images));
    const [found, wanted] = [values(converted.extract(images)), expect(standard)];
    found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-5));
    assert.notDeepEqual(found, expect(images));
  });
  network.parameters.dispose();
});

Deno.test("classifierFeatures() wants constants to standardise with", () => {
  const network = toyNetwork();
  assert.throws(
    () => classifierFeatures(network, { imageSize: TOY_SIZE, extractorInput: "standardized" }),
    {
      name: "TypeError",
      message: 'Cannot read "standardized" features: found no normalisation, want the ' +
        "classifier's own",
    },
  );
  network.parameters.dispose();
});
