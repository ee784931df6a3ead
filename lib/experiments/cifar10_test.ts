import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { CIFAR10_TASK } from "../data/cifar10/cifar10.ts";
import { stepsPerEpoch } from "../data/batches/batches.ts";
import type { DistillContext } from "../distill/distiller.ts";
import { DISTILLERS, NETWORKS } from "../registry.ts";
import { cifar10 } from "./cifar10.ts";
import { resolve, type Specification } from "./specification/experiment.ts";
import { isGan } from "./specification/gan_schema.ts";

/** Method specification, section 5.5, column A, and 3.1. */
const RECIPE = {
  epochs: 350,
  batch: 128,
  learningRate: 0.1,
  milestones: [150, 250],
  momentum: 0.9,
  weightDecay: 1e-4,
  crop: true,
  flip: true,
};

Deno.test("cifar10 at preset paper has every figure of the method specification", () => {
  const paper: Specification = {
    dataset: "cifar10",
    // 1.1, 1.2
    settings: ["C-50K", "C-20K", "C-10K"],
    split: "test",
    seeds: [2020],
    // 9.1
    teachers: [
      { network: "mobilenet_v2", width: 1 },
      { network: "resnet18", width: 1 },
      { network: "densenet121", width: 1 },
    ],
    teacherTraining: RECIPE,
    // 4.2
    filterTeacher: { network: "densenet121", width: 1 },
    // 6.2
    assistant: { network: "vgg13", width: 1 },
    students: [
      { network: "vgg11", width: 1 },
      { network: "shufflenet_v2", width: 1 },
      { network: "efficientnet_b0", width: 1 },
    ],
    studentTraining: RECIPE,
    // 5.5, columns B and C; 6.3, 6.4
    methodTraining: [
      {
        distiller: "sskd",
        epochs: 240,
        batch: 64,
        learningRate: 0.05,
        milestones: [150, 180, 210],
        weightDecay: 5e-4,
      },
      { distiller: "sskd", student: "shufflenet_v2", learningRate: 0.01 },
      { distiller: "uda", nesterov: true },
    ],
    // 5.5: over real and fake images
    studentEpochs: "all images",
    fakeShare: "pooled",
    // 2.1, 2.2
    gan: {
      family: "biggan",
      width: 1,
      taper: false,
      steps: { "C-50K": 48_000, "C-20K": 18_000, "C-10K": 24_000 },
      batch: 512,
      discriminatorSteps: 4,
      generatorRate: 2e-4,
      discriminatorRate: 2e-4,
      beta1: 0,
      beta2: 0.999,
      diffAugment: { "C-50K": false, "C-20K": true, "C-10K": true },
      average: { decay: 0.9999, start: 1000 },
      auxiliary: { discriminator: 0, generator: 0 },
      guide: "none",
      diversity: 0,
    },
    // 3.1, 3.4, 3.5
    ratio: {
      extractor: { network: "densenet121_features", width: 1, training: RECIPE },
      width: 1,
      epochs: 350,
      batch: 512,
      learningRate: 1e-4,
      milestones: [150, 250],
      weightDecay: 1e-4,
      penalty: 1e-3,
      pool: "fresh",
    },
    // 3.7, 4.2
    synthesis: {
      steps: ["subsample", "filter", "adjust"],
      perLabel: 50_000,
      burnIn: 50_000,
      batch: 1000,
      whenStuck: "stop",
      rho: { "C-50K": 0.9, "C-20K": 0.6, "C-10K": 0.7 },
      fakes: 100_000,
    },
    // 9.1
    distillers: ["nokd", "blkd", "takd", "sskd", "uda"],
    trainOn: ["real", "real+fake"],
    bound: { b: 18 },
    // 8: the first value of every option
    compat: {
      klReduction: "elementMean",
      extractorInput: "minus1to1",
      teacherInput: "mixed",
      ganSeed: 0,
      shortfall: "accept",
      toUint8: "floor",
      flipFakes: false,
      tie: "strict",
    },
    // Moves no weight.
    curveEvery: 10,
  };
  assert.deepEqual(resolve(cifar10, "paper"), paper);
});

Deno.test("the paper's lengths follow from its epochs and batches", () => {
  const { ratio, gan, synthesis, studentTraining } = resolve(cifar10, "paper");
  const images: Record<string, number> = { "C-50K": 50_000, "C-20K": 20_000, "C-10K": 10_000 };
  const ratioSteps = (count: number) => ratio.epochs * stepsPerEpoch({ count, batch: ratio.batch });
  assert.deepEqual(Object.values(images).map(ratioSteps), [34_300, 14_000, 7000]);
  // Epochs of the scripts; a loader batch is 4 D steps, and its last incomplete one is dropped.
  const epochs: Record<string, number> = { "C-50K": 2000, "C-20K": 2000, "C-10K": 6000 };
  for (const [setting, count] of Object.entries(images)) {
    assert.ok(isGan(gan));
    const perEpoch = Math.floor(count / (gan.batch * gan.discriminatorSteps));
    assert.equal(gan.steps[setting], epochs[setting]! * perEpoch, setting);
  }
  const mixed = images["C-10K"]! + synthesis.fakes;
  assert.equal(stepsPerEpoch({ count: mixed, batch: studentTraining.batch }), 860);
  // N^g and what the filter keeps of it, before ties.
  const pool = synthesis.perLabel * CIFAR10_TASK.classes;
  assert.equal(pool, 500_000);
  assert.deepEqual(
    Object.values(synthesis.rho).map((rho) => Math.round(rho * pool)),
    [450_000, 300_000, 350_000],
  );
});

Deno.test("BLKD and TAKD weigh the teacher as the paper's BLKD: alpha 0.5, T 5", () => {
  const { klReduction } = resolve(cifar10, "paper").compat;
  for (const name of ["blkd", "takd"] as const) {
    const method = DISTILLERS[name].make({ klReduction }).prepare({
      train: { task: CIFAR10_TASK },
    } as DistillContext);
    tf.tidy(() => {
      const student = tf.tensor2d([[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
      const teacher = tf.tensor2d([[0, 2, 0, 0, 0, 0, 0, 0, 0, 0]]);
      const labels = tf.tensor1d([0], "int32");
      const batch = { labels, teacher: { output: teacher } };
      const terms = Object.values(method.loss({ output: student } as never, batch as never));
      const found = terms.reduce(
        (sum, { weight, value }) => sum + weight * value.dataSync()[0]!,
        0,
      );
      const softened = (logits: number[], t: number) => {
        const powers = logits.map((logit) => Math.exp(logit / t));
        const sum = powers.reduce((a, b) => a + b);
        return powers.map((power) => power / sum);
      };
      const s = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      const t = [0, 2, 0, 0, 0, 0, 0, 0, 0, 0];
      const p = softened(t, 5);
      const q = softened(s, 5);
      const kl = p.reduce((sum, value, k) => sum + value * Math.log(value / q[k]!), 0);
      // Q1: over the ten entries of the row, not over the row.
      const wanted = 0.5 * -Math.log(softened(s, 1)[0]!) + 0.5 * 25 * kl / 10;
      assert.ok(Math.abs(found - wanted) < 1e-5, `${name}: found ${found}, want ${wanted}`);
    });
  }
});

Deno.test("the paper's density-ratio features have as many entries as an image", () => {
  const { extractor } = resolve(cifar10, "paper").ratio;
  assert.ok("network" in extractor);
  const network = NETWORKS[extractor.network].build({
    outputs: 10,
    head: "classification",
    imageSize: 32,
    // Does not move the number of features.
    width: 0.0625,
    rng: rngOf(1, "features"),
  });
  tf.tidy(() => {
    const { features } = network.forward(tf.zeros([1, 32, 32, 3]), { training: false });
    assert.deepEqual(features.shape, [1, 3072]);
  });
  network.parameters.dispose();
});
