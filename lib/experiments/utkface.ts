import type { Experiment, NetworkTraining, Override, Specification } from "./experiment.ts";
import { PAPER_AUTOENCODER, rc49, REDUCED as REDUCED_CHAIRS, SCALAR_SMOKE } from "./rc49.ts";

/** Method specification 5.5, code base A, regression; faces are mirrored, chairs are not. */
const PAPER_TRAINING: NetworkTraining = { ...rc49.paper.teacherTraining, flip: true };

/** What `quick` and `desk` share; see `REDUCED` of RC-49 for what each part costs. */
const REDUCED: Override<Specification> = {
  ...REDUCED_CHAIRS,
  settings: ["all"],
  // At batch 64, SAGAN takes 664 ms a step where SNGAN takes 307. Its running statistics, which samples are drawn
  // with, move by a thousandth and a ten-thousandth a step: after a few thousand they still hold their start.
  gan: { ...REDUCED_CHAIRS.gan, family: "sngan", diffAugment: { all: false } },
  ratio: { ...REDUCED_CHAIRS.ratio, pool: 150 },
};

/** One student on parts that train in 25 minutes; the student itself and its fakes take 5. */
const QUICK: Override<Specification> = {
  ...rc49.presets.quick,
  ...REDUCED,
  gan: { ...REDUCED.gan, steps: { all: 2800 } },
  // 60 ages: 10,800 fakes before the filter.
  synthesis: { ...REDUCED.synthesis, perLabel: 180, burnIn: 180, batch: 180, fakes: 5000 },
  // 1,197 test images: half a second.
  curveEvery: 1,
};

/** Three students with three seeds in two and a half hours. */
const DESK: Override<Specification> = {
  ...rc49.presets.desk,
  ...REDUCED,
  gan: { ...REDUCED.gan, steps: { all: 5600 } },
  synthesis: { ...REDUCED.synthesis, perLabel: 300, burnIn: 300, batch: 300, fakes: 5000 },
  curveEvery: 2,
};

/** Where `quick` and `desk` leave the paper, beside sizes and lengths. */
const REDUCED_DEVIATIONS = [
  "The images of UTKFace that are in the data folder, which may be a part of the set",
  "SNGAN in place of SAGAN, with batch 64, one D step, twice the paper's rates and a moving average of G",
  "No DiffAugment, as on R-25: quick sees every training image 14 times, desk 29 times",
  "Fakes of the density ratio's fit drawn once",
  "G has a loss that asks for as much difference between images of one label as real ones have",
  "Labels of which no fake looks real take their fakes as they come, counted in the table of rejection sampling",
  "Sparse autoencoder at a tenth of the paper's learning rate",
  'Intended behaviour in place of the quirks of the reference code (profile "standard")',
];

/**
 * UTKFace (paper: Table 8, whose values were not published in version 1; those of version 3 come from another
 * protocol). MAE in years of regression students. Cost of each preset: see the records in `results/utkface`.
 */
export const utkface: Experiment = {
  name: "utkface",
  title: "UTKFace",
  paperTables: [],
  metric: { name: "mae_years", title: "test MAE", unit: "years" },
  paper: {
    ...rc49.paper,
    dataset: "utkface",
    settings: ["all"],
    teacherTraining: PAPER_TRAINING,
    studentTraining: PAPER_TRAINING,
    gan: {
      ...rc49.paper.gan,
      family: "sagan",
      steps: { all: 40_000 },
      batch: 512,
      discriminatorSteps: 4,
      diffAugment: { all: true },
      vicinity: { kind: "soft", generatorTargets: "fresh" },
      embedding: { ...rc49.paper.gan.embedding!, flip: true },
    },
    ratio: {
      ...rc49.paper.ratio,
      extractor: { ...PAPER_AUTOENCODER, flip: true },
    },
    synthesis: {
      ...rc49.paper.synthesis,
      perLabel: 5000,
      burnIn: 5000,
      rho: { all: 0.7 },
      fakes: 80_000,
    },
  },
  presets: {
    smoke: SCALAR_SMOKE,
    quick: QUICK,
    desk: DESK,
  },
  deviations: {
    smoke: rc49.deviations.smoke,
    quick: [
      ...REDUCED_DEVIATIONS,
      "One student, one seed; teacher 10 and student 8 epochs in place of 350",
      "Networks at an eighth, the student at a quarter of the paper's width; 2,800 steps of the cGAN",
      "180 accepted fakes an age, M^g = 5,000",
    ],
    desk: [
      ...REDUCED_DEVIATIONS,
      "Three seeds; teacher and students 20 epochs in place of 350, at a quarter of the paper's width",
      "cGAN, density ratio and embedding at an eighth of the width; 5,600 steps of the cGAN",
      "300 accepted fakes an age, M^g = 5,000",
    ],
    paper: rc49.deviations.paper.filter((line) => !line.includes("Chairs")),
  },
};
