import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { TrainingStopped } from "../../base/training/failures.ts";
import { toyShapes } from "../../data/toy/shapes.ts";
import { whyNoBf16 } from "../../native/tensorflow/precision.ts";
import { normalTensor } from "../../native/vectors/random.ts";
import { shake } from "../../testing/diffusion.ts";
import { classData } from "../class_data.ts";
import { fitGenerator, type GeneratorFit, loadGenerator } from "../fit_generator.ts";
import type { GeneratorData, RealData } from "../recipe.ts";
import { oneHotCondition, sampleImages } from "../sample.ts";
import { denoise, diffusion, type DiffusionModel, type DiffusionOptions } from "./diffusion.ts";
import { diffusionRecipe } from "./diffusion_recipe.ts";
import { lossWeight } from "./edm.ts";
import { diffusionTrainee, type DiffusionTraining } from "./train_diffusion.ts";

const CLASSES = 2;
const BATCH = 4;
const OPTIONS: Omit<DiffusionOptions, "rng"> = {
  conditionSize: CLASSES,
  imageSize: 32,
  width: 1 / 64,
  blocks: 1,
  attention: [8],
  dropout: 0,
  sampling: { steps: 4, guidance: { weight: 1.5, rescaling: 0.7 } },
};
const TRAINING: DiffusionTraining = {
  batch: BATCH,
  rate: 1e-3,
  warmUp: 0,
  beta1: 0.9,
  beta2: 0.999,
  conditionDrop: 0.1,
  noise: { mean: -1.2, deviation: 1.2 },
};
const { train } = toyShapes({ classes: CLASSES, perClass: 40, testPerClass: 1 });

function build(skip?: number): DiffusionModel {
  const model = diffusion.build({ ...OPTIONS, ...(skip && { skip }), rng: rngOf(1, "model") });
  shake(model.network.parameters);
  return model;
}

const conditionOf = oneHotCondition(CLASSES);

/** The same images and labels at every step. */
function still(labels: number[], weights?: number[]): RealData {
  return {
    realBatch: (_, batch) => ({
      images: tf.tensor4d(normalArray(batch * 3072, rngOf(3)), [batch, 32, 32, 3]).mul(0.5),
      condition: conditionOf(labels),
      ...(weights && { weights: tf.tensor2d(weights, [batch, 1]) }),
    }),
  };
}

/** The loss of the first step. */
function lossOf(
  data: RealData,
  changes: Partial<DiffusionTraining> = {},
  skip?: number,
): number {
  const model = build(skip);
  const trainee = diffusionTrainee(model, data, { ...TRAINING, ...changes }, rngOf(5));
  const { loss } = tf.tidy(() => trainee.step(0));
  const value = loss!.dataSync()[0]!;
  loss!.dispose();
  for (const state of Object.values(trainee.state)) state.dispose();
  return value;
}

/** λ(σ) mean (D(y + σ ε; σ, c) − y)² of each image, straight from the definition. */
function errorsOf(labels: number[], skip?: number): number[] {
  const model = build(skip);
  const errors = tf.tidy(() => {
    const { images, condition } = still(labels).realBatch(0, BATCH);
    const stream = rngOf(5).child("noise", 0);
    const sigmas = Array.from({ length: BATCH }, () => Math.exp(-1.2 + 1.2 * stream.normal()));
    const epsilon = normalTensor(
      images.shape,
      [stream.nextUint32(), stream.nextUint32()],
      (size) => Float32Array.from({ length: size }, () => stream.normal()),
    );
    const x: tf.Tensor4D = images.add(epsilon.mul(tf.tensor4d(sigmas, [BATCH, 1, 1, 1])));
    const predicted = denoise(model, { x, sigmas, condition });
    const squares = tf.mean(tf.squaredDifference(predicted, images), [1, 2, 3]).dataSync();
    return sigmas.map((sigma, i) => lossWeight(sigma) * squares[i]!);
  });
  model.network.parameters.dispose();
  return errors;
}

for (const skip of [undefined, 0.1]) {
  const name = `the weighted squared error of the denoised images, skip ${skip ?? "of EDM"}`;
  Deno.test(`diffusionTrainee() minimises ${name}`, () => {
    const labels = [0, 1, 1, 0];
    const errors = errorsOf(labels, skip);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const close = (found: number, wanted: number) =>
      assert.ok(Math.abs(found / wanted - 1) < 1e-3, `found ${found}, want ${wanted}`);
    close(lossOf(still(labels), { conditionDrop: 0 }, skip), mean(errors));
    // Vicinal weights multiply each image's error and are not re-normalised.
    const weights = [0, 2, 0.5, 0];
    const weighted = mean(errors.map((error, i) => error * weights[i]!));
    close(lossOf(still(labels, weights), { conditionDrop: 0 }, skip), weighted);
  });
}

Deno.test("diffusionTrainee() hides the condition as often as it is asked to", () => {
  assert.equal(
    lossOf(still([0, 0, 0, 0]), { conditionDrop: 1 }),
    lossOf(still([1, 1, 1, 1]), { conditionDrop: 1 }),
  );
  assert.notEqual(
    lossOf(still([0, 0, 0, 0]), { conditionDrop: 0 }),
    lossOf(still([1, 1, 1, 1]), { conditionDrop: 0 }),
  );
  const model = build();
  const { network } = model;
  let hidden = 0;
  const watched: DiffusionModel = {
    ...model,
    network: {
      ...network,
      forward(x, noise, condition, mode) {
        assert.equal(mode.training, true);
        // The null condition of this model is no one-hot row.
        for (const row of condition.arraySync()) if (!row.includes(1)) hidden++;
        return network.forward(x, noise, condition, mode);
      },
    },
  };
  const training = { ...TRAINING, batch: 100, conditionDrop: 0.25 };
  const data = still(new Array(100).fill(1));
  const trainee = diffusionTrainee(watched, data, training, rngOf(5));
  for (let step = 0; step < 2; step++) tf.dispose(tf.tidy(() => trainee.step(step)));
  // 200 draws: 50 give or take 6.
  assert.ok(hidden > 30 && hidden < 70, `${hidden}`);
  for (const state of Object.values(trainee.state)) state.dispose();
});

Deno.test("diffusionTrainee() moves every weight, the first ones of a warm-up only a little", () => {
  for (const warmUp of [0, 100]) {
    const model = build();
    const { parameters } = model.network;
    const valuesOf = () =>
      [...parameters.trainable].map(([name, variable]) => [name, variable.dataSync().slice()]) as [
        string,
        Float32Array,
      ][];
    const before = valuesOf();
    // Half of the images are shown without a condition, so that the null condition learns too.
    const training = { ...TRAINING, warmUp, conditionDrop: 0.5 };
    const trainee = diffusionTrainee(model, still([0, 1, 0, 1]), training, rngOf(5));
    tf.dispose(tf.tidy(() => trainee.step(0)));
    const most = TRAINING.rate / Math.max(1, warmUp);
    for (const [i, [name, values]] of valuesOf().entries()) {
      const moves = values.map((value, k) => Math.abs(value - before[i]![1][k]!));
      assert.ok(Math.max(...moves) > 0, name);
      // Adam's first step is the rate wherever the gradient is large beside epsilon.
      assert.ok(Math.max(...moves) < 1.1 * most + 1e-6, `${name}: ${Math.max(...moves)}`);
    }
    for (const state of Object.values(trainee.state)) state.dispose();
  }
});

function fitOf(changes: { data?: GeneratorData; loop?: Partial<GeneratorFit["loop"]> } = {}) {
  const rng = rngOf(9, "diffusion");
  return {
    recipe: diffusionRecipe({
      family: diffusion,
      options: { ...OPTIONS, dropout: 0.1 },
      training: { ...TRAINING, warmUp: 3, average: { decay: 0.9, start: 2 } },
    }),
    data: changes.data ?? classData(train, rng.child("data")),
    rng,
    loop: { stage: "diffusion", seed: 9, steps: 6, logEvery: 4, ...changes.loop },
  };
}

Deno.test("a diffusion model resumes after an abort with the same bits and frees every tensor", async () => {
  const { numTensors } = tf.memory();
  const undisturbed = await fitGenerator(fitOf());
  assert.equal(tf.memory().numTensors, numTensors);
  // The same seed, the same bits.
  assert.deepEqual((await fitGenerator(fitOf())).generator, undisturbed.generator);
  const folder = await Deno.makeTempDir();
  try {
    const checkpointPath = join(folder, "diffusion.safetensors");
    for (const stopAt of [0, 2]) {
      const stop = new AbortController();
      const data = classData(train, rngOf(9, "diffusion").child("data"));
      const stopping: GeneratorData = {
        ...data,
        realBatch(step, batch) {
          if (step === stopAt) stop.abort();
          return data.realBatch(step, batch);
        },
      };
      const loop = { checkpointPath, signal: stop.signal };
      await assert.rejects(fitGenerator(fitOf({ data: stopping, loop })), TrainingStopped);
      assert.equal(tf.memory().numTensors, numTensors);
    }
    const resumed = await fitGenerator(fitOf({ loop: { checkpointPath } }));
    assert.deepEqual(resumed.generator, undisturbed.generator);
    assert.deepEqual(resumed.history, undisturbed.history);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("a short training lowers the loss and draws the colours of both classes", async () => {
  const { numTensors } = tf.memory();
  const rng = rngOf(11, "toy");
  const recipe = diffusionRecipe({
    family: diffusion,
    options: {
      ...OPTIONS,
      width: 1 / 16,
      sampling: { steps: 8, guidance: { weight: 2, rescaling: 0.7 } },
    },
    training: { ...TRAINING, batch: 16, rate: 3e-3, average: { decay: 0.95, start: 20 } },
  });
  const { generator: weights, history } = await fitGenerator({
    recipe,
    data: classData(train, rng.child("data")),
    rng,
    loop: { stage: "toy", seed: 11, steps: 120, logEvery: 30 },
  });
  const [first, last] = [history[0]!.loss!, history.at(-1)!.loss!];
  assert.ok(last < 0.6 * first, `loss ${first}, then ${last}`);
  const generator = loadGenerator(recipe, rngOf(0), weights);
  const each = 16;
  const labels = Array.from({ length: CLASSES * each }, (_, i) => Math.floor(i / each));
  const { images } = await sampleImages(generator, labels, { task: train.task, rng });
  generator.parameters.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  // Discs are green, stars violet; backgrounds have any colour, so the shape's is what the whole leans to.
  const leaning = labels.map((_, i) => {
    const pixels = new Uint8Array(3072);
    images.read(i, pixels, 0);
    let sum = 0;
    for (let k = 0; k < pixels.length; k += 3) {
      sum += 2 * pixels[k + 1]! - pixels[k]! - pixels[k + 2]!;
    }
    return sum;
  });
  const middle = [...leaning].sort((a, b) => a - b)[each]!;
  const right = labels.filter((label, i) => (leaning[i]! >= middle) === (label === 0)).length;
  assert.ok(right >= 0.8 * labels.length, `${right} of ${labels.length} lean to their colour`);
});

Deno.test({
  name: "a step at bf16 is near that at float32, and another one",
  ignore: whyNoBf16() !== undefined,
  fn() {
    /** The first loss, and its slopes: Adam's first moments are a tenth of them. */
    const after = (precision?: "bf16") => {
      const model = diffusion.build({ ...OPTIONS, width: 0.125, rng: rngOf(1, "model") });
      shake(model.network.parameters);
      const training = { ...TRAINING, ...(precision && { precision }) };
      const trainee = diffusionTrainee(model, still([0, 1, 0, 1]), training, rngOf(5));
      const { loss } = tf.tidy(() => trainee.step(0));
      const slopes = [...trainee.state["adam"]!.trainable.get("first")!.dataSync()];
      const found = { loss: loss!.dataSync()[0]!, slopes };
      loss!.dispose();
      for (const state of Object.values(trainee.state)) state.dispose();
      return found;
    };
    const [wanted, found] = [after(), after("bf16")];
    assert.ok(wanted.slopes.length > 1000);
    assert.notEqual(found.loss, wanted.loss);
    assert.ok(Math.abs(found.loss / wanted.loss - 1) < 0.01, `${found.loss}, ${wanted.loss}`);
    const norm = (values: number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
    const error = norm(found.slopes.map((slope, i) => slope - wanted.slopes[i]!)) /
      norm(wanted.slopes);
    assert.ok(error > 1e-4 && error < 0.05, `${error}`);
  },
});
