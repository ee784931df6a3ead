import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Regression } from "../base/contracts.ts";
import { argMaxRows, errorRate } from "../base/metrics.ts";
import { stepDecay } from "../base/training/optimisers.ts";
import { join } from "../base/disk/path.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { TrainingStopped } from "../base/training/failures.ts";
import { MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import { toyNetwork } from "../testing/density_ratio.ts";
import { predict, type SupervisedTraining } from "../networks/supervised.ts";
import { buildAutoencoder } from "./autoencoder.ts";
import { withTypes } from "./judges.ts";
import {
  AUTOENCODER_TRAINING,
  type EvaluationFit,
  trainAutoencoder,
  trainJudge,
} from "./train_networks.ts";

const ANGLES: Regression = {
  kind: "regression",
  minimum: 0,
  maximum: 90,
  scale: 90,
  unit: "degrees",
  labels: [10, 80],
};

/** Squares whose brightness is the label and whose place is the type. */
function squares(side: number, count: number): { set: LabelledImages; types: number[] } {
  const rng = rngOf(1, "squares");
  const types = Array.from({ length: count }, (_, i) => i % 2);
  const labels = Float32Array.from(types, () => 10 + 70 * rng.uniform());
  const bytes = new Uint8Array(count * side * side * 3).fill(20);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < side / 2; y++) {
      for (let x = 0; x < side * 3 / 2; x++) {
        bytes[((i * side + y + types[i]! * side / 2) * side) * 3 + x] = 60 + 2 * labels[i]!;
      }
    }
  }
  const shape = { height: side, width: side, channels: 3 };
  const images = imagesInMemory(bytes, shape);
  return { set: { images, labels, task: ANGLES, origin: "toy" }, types };
}

function fitOf(train: LabelledImages, loop: Partial<EvaluationFit["loop"]> = {}): EvaluationFit {
  return {
    train,
    rng: rngOf(2, "judge"),
    loop: { stage: "judge", seed: 2, logEvery: 5, ...loop },
  };
}

const SHORT: SupervisedTraining = {
  epochs: 30,
  batch: 10,
  schedule: stepDecay(0.05, [20]),
  momentum: 0.9,
  weightDecay: 1e-4,
  crop: false,
  flip: false,
};

Deno.test("trainJudge() learns types, and frees everything but the network", async () => {
  const { set, types } = squares(4, 40);
  const typed = withTypes(set, types, 2);
  const network = toyNetwork(3, 2);
  const before = tf.memory().numTensors;
  await trainJudge(network, SHORT, fitOf(typed));
  assert.equal(tf.memory().numTensors, before);
  const logits = await predict(network, typed, { normalisation: MINUS_ONE_TO_ONE });
  assert.equal(errorRate(argMaxRows(logits, 2), types), 0);
});

Deno.test("trainJudge() learns labels divided by their scale", async () => {
  const { set } = squares(4, 40);
  const network = toyNetwork(4, 1);
  const { history } = await trainJudge(network, SHORT, fitOf(set));
  assert.ok(history.at(-1)!.loss! < 0.01, `found ${history.at(-1)!.loss}`);
  assert.ok(history[0]!.loss! > 2 * history.at(-1)!.loss!);
});

Deno.test("trainJudge() resumes to the same weights as an undisturbed training", async () => {
  const { set } = squares(4, 40);
  const whole = toyNetwork(5, 1);
  await trainJudge(whole, SHORT, fitOf(set));
  const folder = await Deno.makeTempDir();
  const checkpointPath = join(folder, "judge.safetensors");
  const stop = new AbortController();
  const stopping = trainJudge(
    toyNetwork(5, 1),
    SHORT,
    fitOf(set, {
      checkpointPath,
      signal: stop.signal,
      progress: ({ step }) => step > 0 && stop.abort(),
    }),
  );
  stop.abort();
  await assert.rejects(stopping, TrainingStopped);
  const resumed = toyNetwork(6, 1);
  const { resumedAt } = await trainJudge(resumed, SHORT, fitOf(set, { checkpointPath }));
  assert.ok(resumedAt > 0);
  assert.deepEqual(await resumed.parameters.read(), await whole.parameters.read());
  await Deno.remove(folder, { recursive: true });
});

Deno.test("trainAutoencoder() copies images better and better", async () => {
  const { set } = squares(32, 8);
  const net = buildAutoencoder({ imageSize: 32, width: 1 / 64, rng: rngOf(7) });
  const before = tf.memory().numTensors;
  const { history } = await trainAutoencoder(net, {
    ...AUTOENCODER_TRAINING,
    epochs: 15,
    batch: 4,
    learningRate: 0.01,
  }, fitOf(set));
  assert.equal(tf.memory().numTensors, before);
  const [first, last] = [history[0]!.loss!, history.at(-1)!.loss!];
  assert.ok(last < 0.5 * first, `found ${first} and ${last}`);
  net.parameters.dispose();
});

Deno.test("the recipe of the autoencoder is the reference's", () => {
  assert.deepEqual(AUTOENCODER_TRAINING, {
    epochs: 200,
    batch: 256,
    learningRate: 1e-3,
    decayEvery: 50,
    beta1: 0.5,
    beta2: 0.999,
    weightDecay: 1e-4,
  });
});
