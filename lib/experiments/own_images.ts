import { cifar10 } from "./cifar10.ts";
import { lengthsByRule } from "./presets/own_lengths.ts";
import type { Experiment, Override, Specification } from "./specification/experiment.ts";

/** Files of the images, and how they are read; the path is yours. */
const IMAGES = { name: "image_folder", size: 32 } as const;

/** The paper's chain on one size of set; where lengths depend on the set, those of C-10K. */
const WHOLE: Specification = {
  ...cifar10.paper,
  dataset: IMAGES,
  settings: ["all"],
  gan: {
    ...cifar10.paper.gan,
    steps: { all: cifar10.paper.gan.steps["C-10K"]! },
    diffAugment: { all: true },
  } as Specification["gan"],
  synthesis: { ...cifar10.paper.synthesis, rho: { all: 0.7 } },
};

/** Classes that the presets were written for. */
const CLASSES = 10;

/** Parts of 4,000 images; a guide would need longer than they take. */
const SMALL: Override<Specification> = {
  ...cifar10.presets.desk,
  settings: ["all"],
  teacherTraining: { epochs: 60, batch: 64, learningRate: 0.05, milestones: [26, 43] },
  studentTraining: { epochs: 60, batch: 64, learningRate: 0.05, milestones: [26, 43] },
  gan: {
    width: 0.25,
    taper: true,
    steps: { all: 4000 },
    batch: 64,
    discriminatorSteps: 1,
    generatorRate: 3e-4,
    discriminatorRate: 6e-4,
    average: { decay: 0.999, start: 200 },
    auxiliary: { discriminator: 1, generator: 0.5 },
    release: 2500,
  },
  ratio: { ...cifar10.presets.desk.ratio, pool: 500 },
  synthesis: { perLabel: 500, burnIn: 500, batch: 500, rho: { all: 0.7 }, fakes: 1000 },
  curveEvery: 10,
};

const QUICK: Override<Specification> = {
  ...SMALL,
  seeds: [1],
  students: [{ network: "vgg11", width: 0.25 }],
  teacherTraining: { epochs: 30, batch: 64, learningRate: 0.05, milestones: [13, 21] },
  studentTraining: { epochs: 30, batch: 64, learningRate: 0.05, milestones: [13, 21] },
  gan: { ...SMALL.gan, steps: { all: 1500 }, release: 1000 },
  curveEvery: 5,
};

const DEVIATIONS = [
  "Lengths, batches and numbers of fakes follow from the number of images by rule; those named here are for 4,000",
  "Images of your own in place of the paper's; networks at a quarter of the paper's width",
  "Teacher ResNet-18 in place of DenseNet-121 for filter and labels",
  "BigGAN with channels that halve at each up-sampling, batch 64, one D step, an auxiliary classifier",
  "The generator is released from the auxiliary classifier after about two thirds of its training",
  "Features of the density ratio from VGG11; fakes of its fit drawn once",
  "Students with and without fakes take equal steps; a fixed share of each batch, a quarter, is fakes",
  'Intended behaviour in place of the quirks of the reference code (profile "standard")',
];

/**
 * cGAN-KD on images of your own, one folder for each class: `deno task run own_images dataset.path=pets`. Presets are for
 * 4,000 images of 10 classes; for others lengths, batches and numbers of fakes follow by rule, see `lengthsByRule`. Images are
 * brought to 32 x 32, with `dataset.size=64` to 64 x 64. It repeats nothing of the paper.
 */
export const ownImages: Experiment = {
  ...cifar10,
  name: "own_images",
  title: "Images of your own",
  paperTables: [],
  isDemonstration: true,
  paper: WHOLE,
  presets: {
    smoke: {
      ...cifar10.presets.smoke,
      dataset: "toy",
      settings: ["all"],
      gan: { ...cifar10.presets.smoke.gan, steps: { all: 30 }, diffAugment: { all: true } },
      synthesis: { ...cifar10.presets.smoke.synthesis, rho: { all: 0.7 } },
    },
    quick: QUICK,
    desk: SMALL,
  },
  bySetting: undefined,
  byRule: lengthsByRule(CLASSES),
  deviations: {
    smoke: ["Toy shapes in place of your images; every size and length is as small as it can be"],
    quick: [...DEVIATIONS, "One seed, one student; 30 epochs, 1,500 steps of the generator"],
    desk: [...DEVIATIONS, "Teacher and students 60 epochs, 4,000 steps of the generator"],
    paper: [],
  },
};
