import assert from "node:assert/strict";
import { scalarStepsPerEpoch } from "../density_ratio/scalar_ratio_data.ts";
import { resolve, type Specification } from "./specification/experiment.ts";
import { rc49 } from "./rc49.ts";
import { utkface } from "./utkface.ts";

/** Method specification 5.5, code base A, regression. */
const RECIPE = {
  epochs: 350,
  batch: 128,
  learningRate: 0.01,
  milestones: [150, 250],
  momentum: 0.9,
  weightDecay: 1e-4,
  crop: false,
  flip: false,
};

const PAPER: Specification = {
  dataset: "rc49",
  // 1.1, 1.4
  settings: ["R-25", "R-15", "R-5"],
  split: "test",
  seeds: [2020],
  // 9.5
  teachers: [{ network: "vgg16", width: 1 }],
  teacherTraining: RECIPE,
  filterTeacher: { network: "vgg16", width: 1 },
  // Not in the paper's chain for scalar labels: the judge's shape.
  assistant: { network: "vgg13", width: 1 },
  students: [
    { network: "shufflenet_v2", width: 1 },
    { network: "mobilenet_v2", width: 1 },
    { network: "efficientnet_b0", width: 1 },
  ],
  studentTraining: RECIPE,
  studentEpochs: "all images",
  fakeShare: "pooled",
  // 2.1, 2.4, 2.5, 2.6
  gan: {
    family: "sngan",
    width: 1,
    taper: false,
    steps: { "R-25": 30_000, "R-15": 30_000, "R-5": 30_000 },
    batch: 256,
    discriminatorSteps: 1,
    generatorRate: 1e-4,
    discriminatorRate: 1e-4,
    beta1: 0.5,
    beta2: 0.999,
    diffAugment: { "R-25": true, "R-15": true, "R-5": true },
    average: "none",
    auxiliary: { discriminator: 0, generator: 0 },
    guide: "none",
    diversity: 0,
    vicinity: { kind: "soft", generatorTargets: "reused" },
    embedding: {
      width: 1,
      images: { epochs: 200, batch: 256, learningRate: 0.01, milestones: [60, 120] },
      labels: { epochs: 500, batch: 256, learningRate: 0.01, milestones: [150, 250, 350] },
      weightDecay: 1e-4,
      noise: 0.2,
      flip: false,
    },
  },
  // 3.2, 3.4, 3.5
  ratio: {
    extractor: {
      autoencoder: "sparse",
      width: 1,
      epochs: 200,
      batch: 128,
      learningRate: 0.01,
      decayEvery: 50,
      weightDecay: 1e-4,
      sparsity: 1e-3,
      flip: false,
    },
    width: 1,
    epochs: 350,
    batch: 256,
    learningRate: 1e-4,
    milestones: [100, 200],
    weightDecay: 0,
    penalty: 1e-3,
    pool: "fresh",
  },
  // 3.7, 4.2
  synthesis: {
    steps: ["subsample", "filter", "adjust"],
    perLabel: 200,
    burnIn: 200,
    batch: 1000,
    whenStuck: "stop",
    rho: { "R-25": 0.5, "R-15": 0.8, "R-5": 0.9 },
    fakes: 50_000,
  },
  // 7.4, without the quirks Q16 and Q18
  evaluation: {
    labels: "all",
    perLabel: 200,
    radius: 0,
    images: "all",
    width: 1,
    autoencoder: {
      epochs: 200,
      batch: 256,
      learningRate: 1e-3,
      decayEvery: 50,
      beta1: 0.5,
      beta2: 0.999,
      weightDecay: 1e-4,
    },
    judges: {
      epochs: 200,
      batch: 256,
      learningRate: 0.01,
      milestones: [50, 120],
      momentum: 0.9,
      weightDecay: 1e-4,
    },
    compat: { remainder: "encode", sampler: "configured" },
  },
  distillers: ["nokd"],
  trainOn: ["real", "real+fake"],
  bound: { b: 1.1 },
  // 8: the first value of every option
  compat: {
    klReduction: "elementMean",
    extractorInput: "minus1to1",
    teacherInput: "mixed",
    ganSeed: "chain",
    shortfall: "accept",
    toUint8: "floor",
    flipFakes: false,
    tie: "strict",
    adjustClip: false,
    regressionBalance: "none",
  },
  curveEvery: 10,
};

Deno.test("rc49 at preset paper has every figure of the method specification", () => {
  assert.deepEqual(resolve(rc49, "paper"), PAPER);
});

Deno.test("utkface at preset paper differs from rc49 where the method specification says so", () => {
  const training = { ...RECIPE, flip: true };
  assert.deepEqual(resolve(utkface, "paper"), {
    ...PAPER,
    dataset: "utkface",
    settings: ["all"],
    teacherTraining: training,
    studentTraining: training,
    gan: {
      ...PAPER.gan,
      family: "sagan",
      steps: { all: 40_000 },
      batch: 512,
      discriminatorSteps: 4,
      diffAugment: { all: true },
      vicinity: { kind: "soft", generatorTargets: "fresh" },
      embedding: { ...PAPER.gan.embedding, flip: true },
    },
    ratio: { ...PAPER.ratio, extractor: { ...PAPER.ratio.extractor, flip: true } },
    synthesis: {
      ...PAPER.synthesis,
      perLabel: 5000,
      burnIn: 5000,
      rho: { all: 0.7 },
      fakes: 80_000,
    },
  });
});

Deno.test("the steps of the paper's density ratios follow from its epochs and batches", () => {
  const stepsOf = ({ ratio }: Specification, count: number) =>
    ratio.epochs * scalarStepsPerEpoch(count, ratio.batch);
  const chairs = resolve(rc49, "paper");
  assert.deepEqual([11_250, 6750, 2250].map((n) => stepsOf(chairs, n)), [15_050, 9100, 2800]);
  assert.equal(stepsOf(resolve(utkface, "paper"), 15_149), 20_650);
});

Deno.test("quick takes the parts of desk: nothing differs that a part is made from", () => {
  for (const experiment of [rc49, utkface]) {
    const partsOf = (preset: string, setting: string) => {
      const {
        settings: _settings,
        seeds,
        students: _students,
        studentTraining: _training,
        evaluation: _evaluation,
        curveEvery: _every,
        ...parts
      } = resolve(experiment, preset, {}, setting);
      return { ...parts, chainSeed: seeds[0] };
    };
    for (const setting of resolve(experiment, "quick").settings) {
      const what = `${experiment.name}, ${setting}`;
      assert.deepEqual(partsOf("quick", setting), partsOf("desk", setting), what);
    }
  }
});
