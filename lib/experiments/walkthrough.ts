import { STANDARD_FOR_CLASSES } from "./presets/quirks.ts";
import { cifar10 } from "./cifar10.ts";
import type { Experiment, Override, Specification } from "./specification/experiment.ts";

/** Toy shapes, every part small: about two minutes on two cores. */
const TOY: Override<Specification> = {
  dataset: "toy",
  settings: ["4 shapes"],
  seeds: [1, 2],
  teachers: [{ network: "vgg11", width: 0.125 }],
  filterTeacher: { network: "vgg11", width: 0.125 },
  teacherTraining: { epochs: 8, batch: 64, learningRate: 0.05, milestones: [5] },
  assistant: { network: "vgg13", width: 0.0625 },
  students: [{ network: "vgg11", width: 0.0625 }],
  studentTraining: { epochs: 10, batch: 64, learningRate: 0.05, milestones: [5, 8] },
  studentEpochs: "real images",
  gan: {
    width: 0.125,
    taper: true,
    // After 500 the fakes were coloured blobs.
    steps: { "4 shapes": 1500 },
    batch: 32,
    discriminatorSteps: 1,
    generatorRate: 5e-4,
    discriminatorRate: 1e-3,
    diffAugment: { "4 shapes": false },
    average: { decay: 0.98, start: 50 },
    auxiliary: { discriminator: 1, generator: 0.5 },
    // To the end, it would leave one picture of each shape.
    release: 800,
  },
  ratio: {
    extractor: {
      network: "vgg11",
      width: 0.125,
      training: { epochs: 5, batch: 64, learningRate: 0.05, milestones: [3] },
    },
    // At a sixteenth dropout leaves next to nothing of the last layer: the ratio of every image was 1.
    width: 0.5,
    epochs: 60,
    batch: 128,
    learningRate: 1e-3,
    milestones: [40],
    pool: 250,
  },
  synthesis: { perLabel: 250, burnIn: 250, batch: 500, rho: { "4 shapes": 0.8 }, fakes: 600 },
  distillers: ["nokd", "blkd"],
  compat: STANDARD_FOR_CLASSES,
  curveEvery: 1,
};

const TOY_DEVIATIONS = [
  "Toy shapes in place of CIFAR-10; networks a sixteenth to an eighth as wide",
  "BigGAN with channels that halve at each up-sampling, one D step, an auxiliary classifier until step 800",
  "Students with and without fakes take equal steps",
  "Features of the density ratio from VGG11; fakes of its fit drawn once",
  'Intended behaviour in place of the quirks of the reference code (profile "standard")',
];

/**
 * The chain of the CIFAR-10 experiment on toy shapes drawn by code: a demonstration. Nothing it shows says
 * anything about the paper, and no preset of it is the paper's.
 */
export const walkthrough: Experiment = {
  ...cifar10,
  name: "walkthrough",
  title: "Toy shapes",
  paperTables: [],
  isDemonstration: true,
  presets: {
    smoke: { ...cifar10.presets.smoke, settings: ["toy"] },
    quick: TOY,
    desk: TOY,
  },
  deviations: {
    smoke: ["Toy shapes in place of CIFAR-10; every size and length is as small as it can be"],
    quick: TOY_DEVIATIONS,
    desk: TOY_DEVIATIONS,
    paper: [],
  },
};
