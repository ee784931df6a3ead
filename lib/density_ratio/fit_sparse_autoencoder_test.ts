import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Regression } from "../base/contracts.ts";
import { INFERENCE, type ParameterSet } from "../base/module.ts";
import { type Rng, rngOf } from "../base/rng.ts";
import { shortHash } from "../base/disk/identity.ts";
import { tf } from "../base/tf.ts";
import { batchTensors, makeBatch, MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import {
  fitSparseAutoencoder,
  sparseSteps,
  sparseTrainee,
  type SparseTraining,
} from "./fit_sparse_autoencoder.ts";
import { buildSparseAutoencoder } from "./sparse_autoencoder.ts";
import { toyImages } from "../testing/density_ratio.ts";

const AGES: Regression = {
  kind: "regression",
  minimum: 0,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [0, 20, 40, 60],
};
const TRAINING: SparseTraining = {
  epochs: 2,
  batch: 8,
  learningRate: 1e-3,
  decayEvery: 50,
  weightDecay: 1e-4,
  sparsity: 1e-3,
  flip: true,
};
const LOOP = { stage: "autoencoder", seed: 1, logEvery: 3 };
const build = (rng: Rng) => buildSparseAutoencoder({ imageSize: 16, width: 1 / 32, rng });

/** Grey images as bright as their label, with a little noise. */
function portraits(count: number): LabelledImages {
  const rng = rngOf(1, "portraits");
  const labels = Float32Array.from({ length: count }, (_, i) => 20 * (i % 4));
  const size = 16 * 16 * 3;
  const bytes = new Uint8Array(count * size);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = 20 + 3 * labels[Math.floor(i / size)]! + rng.integer(30);
  }
  const shape = { height: 16, width: 16, channels: 3 };
  return { images: imagesInMemory(bytes, shape), labels, task: AGES, origin: "toy" };
}

async function digest(parameters: ParameterSet): Promise<string[]> {
  const arrays = Object.entries(await parameters.read());
  return await Promise.all(
    arrays.map(async ([name, { values }]) =>
      `${name} ${await shortHash(
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      )}`
    ),
  );
}

Deno.test("fitSparseAutoencoder() learns images and labels and leaks no tensor", async () => {
  const set = portraits(64);
  const tensors = tf.memory().numTensors;
  const { autoencoder, history, deadNetworks } = await fitSparseAutoencoder(
    { build, set },
    { training: { ...TRAINING, epochs: 20, learningRate: 1e-2 }, loop: { ...LOOP, logEvery: 8 } },
    rngOf(2),
  );
  assert.equal(deadNetworks, 0);
  const [first, last] = [history[0]!, history.at(-1)!];
  assert.deepEqual(Object.keys(last).sort(), ["image", "label", "loss", "sparsity", "step"]);
  for (const { loss, image, label, sparsity } of history) {
    assert.ok(Math.abs(loss! - (image! + label! + 1e-3 * sparsity!)) < 1e-5);
  }
  assert.ok(last.image! < first.image! / 2, `image ${first.image} to ${last.image}`);
  assert.ok(last.label! < first.label! / 2, `label ${first.label} to ${last.label}`);
  // Trained means: running statistics serve as well as those of a batch.
  const off = tf.tidy(() => {
    const { x, labels } = batchTensors(
      makeBatch(set, [0, 1, 2, 3], { normalisation: MINUS_ONE_TO_ONE }),
    );
    const { label } = autoencoder.forward(x, INFERENCE);
    return tf.mean(tf.abs(label.reshape([4]).mul(60).sub(labels))).dataSync()[0]!;
  });
  assert.ok(off < 12, `off by ${off} years`);
  autoencoder.parameters.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("fitSparseAutoencoder() gives the same bits for the same stream, resumed or not", async () => {
  const set = portraits(20);
  const run = async (loop = {}) => {
    const { autoencoder, history } = await fitSparseAutoencoder(
      { build, set },
      { training: TRAINING, loop: { ...LOOP, ...loop } },
      rngOf(3),
    );
    // Hashes: a report of how two networks differ would fill the memory.
    const weights = await digest(autoencoder.parameters);
    autoencoder.parameters.dispose();
    return { weights, history };
  };
  const whole = await run();
  assert.equal(whole.history.at(-1)!.step, 6);
  assert.deepEqual(await run(), whole);
  const folder = await Deno.makeTempDir();
  try {
    const checkpointPath = `${folder}/autoencoder.safetensors`;
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(run({ checkpointPath, signal: stop.signal }), {
      name: "TrainingStopped",
    });
    assert.deepEqual(await run({ checkpointPath }), whole);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fitSparseAutoencoder() replaces networks whose code or label died", async () => {
  const set = portraits(16);
  const tensors = tf.memory().numTensors;
  const kill = (name: string) => (rng: Rng) => {
    const net = build(rng);
    const bias = net.parameters.trainable.get(name)!;
    tf.tidy(() => bias.assign(tf.fill(bias.shape, -1e6)));
    return net;
  };
  const options = { training: { ...TRAINING, epochs: 3 }, loop: LOOP, attempts: 2 };
  for (const dead of ["encoder/stage4/conv/bias", "label/output/bias"]) {
    let built = 0;
    const buildOnce = (rng: Rng) => built++ === 0 ? kill(dead)(rng) : build(rng);
    const fit = await fitSparseAutoencoder({ build: buildOnce, set }, options, rngOf(4));
    assert.equal(fit.deadNetworks, 1);
    fit.autoencoder.parameters.dispose();
    await assert.rejects(
      fitSparseAutoencoder({ build: kill(dead), set }, options, rngOf(4)),
      {
        name: "RangeError",
        message:
          "Cannot fit autoencoder: found 2 networks in a row whose code or predicted label " +
          "is 0 for every input, the last by step 3, from seed 1; lower the learning rate or start from another seed",
      },
    );
  }
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("sparseTrainee() lowers the rate after every so many epochs", () => {
  const set = portraits(8);
  // Adam's first step is ± the rate, whatever the gradient.
  const moved = (decayEvery: number, at: number) => {
    const autoencoder = build(rngOf(5));
    const weight = autoencoder.parameters.trainable.get("encoder/stage1/halve/weight")!;
    const before = weight.dataSync();
    const trainee = sparseTrainee(
      { autoencoder, set },
      { ...TRAINING, epochs: 4, decayEvery, weightDecay: 0 },
      rngOf(6),
    );
    tf.dispose(tf.tidy(() => trainee.step(at)));
    const after = weight.dataSync();
    const steps = after.map((value, i) => Math.abs(value - before[i]!)).sort();
    trainee.dispose();
    autoencoder.parameters.dispose();
    return steps[steps.length >> 1]!;
  };
  const near = (found: number, wanted: number) =>
    assert.ok(Math.abs(found / wanted - 1) < 0.05, `moved by ${found}, want ${wanted}`);
  near(moved(2, 1), 1e-3);
  near(moved(2, 2), 1e-4);
  near(moved(1, 3), 1e-6);
});

Deno.test("sparseSteps() keeps the last incomplete batch, and classes are refused", async () => {
  assert.equal(sparseSteps({ epochs: 200, batch: 128 }, 2250), 200 * 18);
  await assert.rejects(
    fitSparseAutoencoder(
      {
        build: () => buildSparseAutoencoder({ imageSize: 16, width: 1 / 32, rng: rngOf(1) }),
        set: toyImages(6),
      },
      { training: TRAINING, loop: LOOP },
      rngOf(1),
    ),
    {
      name: "TypeError",
      message: "Cannot fit a sparse autoencoder: found a classification task, want regression",
    },
  );
});
