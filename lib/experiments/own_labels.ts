import { IMAGE_PREDICTION } from "./presets/diffusion.ts";
import { QUICK_EVALUATION } from "./presets/evaluation.ts";
import { REDUCED, SCALAR_SMOKE, SHARED_SIZES } from "./presets/scalar.ts";
import { lengthsByRule } from "./presets/own_lengths.ts";
import { rc49 } from "./rc49.ts";
import type {
  Experiment,
  GanSpecification,
  Override,
  Specification,
} from "./specification/experiment.ts";

/** Files of the images, and how they are read; the path is yours. */
const IMAGES = { name: "image_table", task: "scalar", size: 64 } as const;

/** The paper's chain on one size of set; where lengths depend on the set, those of R-5. */
const WHOLE: Specification = {
  ...rc49.paper,
  dataset: IMAGES,
  settings: ["all"],
  gan: {
    ...rc49.paper.gan,
    steps: { all: rc49.paper.gan.steps["R-5"]! },
    diffAugment: { all: true },
  } as Specification["gan"],
  synthesis: { ...rc49.paper.synthesis, rho: { all: 0.7 } },
};

/** Labels that fakes are drawn for, at the most, unless a run says otherwise. */
const LABELS = 50;

/** For those who ask for a GAN: `gan.family=sngan`. */
const SMALL_GAN: Override<GanSpecification> = {
  ...REDUCED.gan,
  family: "sngan",
  steps: { all: 5000 },
  diffAugment: { all: true },
};

/** `desk` of the paper's scalar sets on a few thousand images: between R-25 with 11,250 and R-5 with 2,250. */
const DESK: Override<Specification> = {
  ...rc49.presets.desk,
  settings: ["all"],
  teacherTraining: { epochs: 30, batch: 32, milestones: [12, 21] },
  studentTraining: { epochs: 60, batch: 32, milestones: [26, 43] },
  studentEpochs: "real images",
  fakeShare: 0.25,
  // R-5's, at the variations that keep what a photograph shows: 35 minutes of a core.
  gan: {
    ...IMAGE_PREDICTION,
    family: "diffusion",
    steps: { all: 4400 },
    embedding: REDUCED.gan!.embedding!,
    sampling: {
      steps: 3,
      least: 0.2,
      guidance: { weight: 1, rescaling: 0 },
      variations: { noise: 1, neighbours: 10 },
    },
  },
  ratio: {
    ...REDUCED.ratio,
    extractor: { ...REDUCED.ratio?.extractor, epochs: 20 },
    // Half the paper's, since a batch cannot be larger than the set.
    batch: 128,
    epochs: 5,
  },
  // 50 labels at the most: 5,000 fakes before the filter.
  synthesis: {
    ...REDUCED.synthesis,
    steps: ["filter"],
    perLabel: 100,
    burnIn: 200,
    batch: 200,
    rho: { all: 0.9 },
    fakes: 3600,
  },
  curveEvery: 5,
};

/** One student on shorter parts: at 1,000 steps the model leaves a speckle on its variations. */
const QUICK: Override<Specification> = {
  ...DESK,
  seeds: [1],
  students: [{ network: "shufflenet_v2", width: 0.25 }],
  teacherTraining: { epochs: 15, batch: 32, milestones: [6, 10] },
  studentTraining: { epochs: 20, batch: 32, milestones: [8, 14] },
  gan: {
    ...DESK.gan,
    steps: { all: 2000 },
    sampling: {
      steps: 2,
      least: 0.2,
      guidance: { weight: 1, rescaling: 0 },
      variations: { noise: 0.5, neighbours: 10 },
    },
  } as Override<Specification["gan"]>,
  synthesis: { ...DESK.synthesis, perLabel: 50, fakes: 1800 },
  evaluation: QUICK_EVALUATION,
  curveEvery: 2,
};

const DEVIATIONS = [
  "Lengths, batches and numbers of fakes follow from the number of images by rule; those named here are for 4,000",
  "Images and labels of your own in place of the paper's; not mirrored, since a mirror may change a label",
  "No subsampling by density ratio, and no label adjustment: variations have the label of the image that they vary",
  "Students with and without fakes take equal steps; a quarter of each batch are fakes",
  "Where subsampling is asked for: density ratio at half the width, fakes of its fit drawn once; labels of which no fake " +
  "looks real take their fakes as they come; sparse autoencoder at a tenth of the paper's learning rate",
  'Intended behaviour in place of the quirks of the reference code (profile "standard")',
  "Networks at an eighth, students at a quarter of the paper's width",
  ...SHARED_SIZES.slice(1),
];

/**
 * cGAN-KD on images of your own with amounts as labels, such as ages or angles: a table of file names and numbers,
 * `deno task run own_labels dataset.path=faces.csv dataset.label=age dataset.unit=years`, or arrays,
 * `'dataset={"name":"image_arrays","path":"faces.h5"}'`. Presets are for 4,000
 * images; for others lengths, batches and numbers of fakes follow by rule, see `lengthsByRule`. Those of the presets come
 * from RC-49's, and were tried on no set of their own. It repeats nothing
 * of the paper.
 */
export const ownLabels: Experiment = {
  ...rc49,
  name: "own_labels",
  title: "Labels of your own",
  paperTables: [],
  isDemonstration: true,
  // The unit of the data set takes the place of this one.
  metric: { name: "mae", title: "test MAE", unit: "units" },
  paper: WHOLE,
  presets: {
    smoke: {
      ...SCALAR_SMOKE,
      settings: ["all"],
      gan: { ...SCALAR_SMOKE.gan, steps: { all: 4 }, diffAugment: { all: true } },
      synthesis: { ...SCALAR_SMOKE.synthesis, rho: { all: 0.8 } },
    },
    quick: QUICK,
    desk: DESK,
  },
  bySetting: undefined,
  gans: { quick: SMALL_GAN, desk: SMALL_GAN },
  byRule: lengthsByRule(LABELS),
  deviations: {
    smoke: ["Toy angles in place of your images; every size and length is as small as it can be"],
    quick: [
      ...DEVIATIONS,
      "One seed, one student of 20 epochs; teacher 15; 2,000 steps of the diffusion model, 50 fakes per label, M^g = 1,800",
    ],
    desk: [
      ...DEVIATIONS,
      "Three seeds; teacher 30 epochs, students 60; 4,400 steps of the diffusion model, 100 fakes per label, M^g = 3,600",
    ],
    paper: [],
  },
};
