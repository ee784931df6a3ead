/**
 * Everything that decides the outcome of an experiment at one preset, as plain values. The schema gives each option
 * its type, its range and its documentation, and a new option is one entry here or in the schema of its part.
 */
import {
  choice,
  group,
  integer,
  list,
  number,
  optional,
  type Options,
  text,
  wordOr,
} from "../../base/options/options.ts";
import { EVALUATION_PROTOCOL } from "../../evaluation/protocol.ts";
import { PRECISIONS } from "../../native/tensorflow/precision.ts";
import { DATASET } from "./dataset_schema.ts";
import { DISTILLER } from "./distiller_schema.ts";
import { GENERATOR } from "./gan_schema.ts";
import { METHOD_TRAINING, networkTraining, sizedNetwork } from "./network_schema.ts";
import { RATIO } from "./ratio_schema.ts";
import { COMPATIBILITY, SYNTHESIS } from "./synthesis_schema.ts";

export type {
  DiffusionSpecification,
  EmbeddingSpecification,
  GanSpecification,
} from "./gan_schema.ts";
export type { GuideSpecification, VicinitySpecification } from "./gan_schema.ts";
export type { ClassifierSpecification, NetworkTraining, SizedNetwork } from "./network_schema.ts";
export type { AutoencoderSpecification, RatioSpecification } from "./ratio_schema.ts";
export type { Compatibility, ProcessingStep, SynthesisSpecification } from "./synthesis_schema.ts";

const SEED = integer("A seed.", {
  from: 0,
  to: Number.MAX_SAFE_INTEGER,
  why: "larger integers are not exact",
});

/**
 * Every option of an experiment.
 *
 * @internal
 */
export const SPECIFICATION = group("An experiment at one preset.", {
  dataset: DATASET,
  settings: list(
    'Training-set sizes of the paper\'s table, such as "C-10K".',
    text("Name of a setting."),
  ),
  split: choice(
    'What errors are measured on: test images ("test"); or, to choose something by, so that test images choose nothing: ' +
      'a fifth of the training images, on which then nothing is trained ("validation"), or real images that the setting ' +
      'leaves out ("unused"), for which nothing has to be trained again.',
    ["test", "validation", "unused"],
  ),
  trainImages: optional(
    integer(
      "N: how many of the setting's training images there are, each label keeping its share; all where this is left out.",
      { to: 10_000_000, why: "no data set here has more" },
    ),
  ),
  seeds: list("Seeds of students; the first one is that of the shared parts too.", SEED),
  teachers: list(
    "Teachers of the table's rows, for distillers that need one.",
    sizedNetwork("A teacher."),
  ),
  teacherTraining: networkTraining("Recipe of all teachers."),
  filterTeacher: sizedNetwork("The teacher that filters and relabels fakes (M1, M2)."),
  assistant: sizedNetwork(
    "The assistant between teacher and student (TAKD); the network that judges generators of scalar labels.",
  ),
  students: list("Students: rows or columns of the table.", sizedNetwork("A student.")),
  studentTraining: networkTraining("Recipe of students and assistants."),
  methodTraining: optional(
    list(
      "What methods have otherwise in that recipe; of entries for one student the last one counts.",
      METHOD_TRAINING,
      { least: 0 },
    ),
  ),
  studentEpochs: choice(
    'What makes an epoch of a student: "all images" of its training set, as in the paper, so that it takes more steps ' +
      'with fakes than without; or as many steps as a pass over the "real images", so that all students take equal steps.',
    ["all images", "real images"],
  ),
  fakeShare: wordOr(
    "pooled",
    number(
      'Share of fakes in each batch of a student, whatever M^g, with studentEpochs = "real images"; "pooled": real and ' +
        "fake images are one set, as in the paper.",
      "(0, 1)",
    ),
  ),
  fakesUntil: optional(
    number(
      "Part of a student's epochs in which it sees fakes; the epochs after it see real images alone, so that errors of the " +
        "fakes are unlearned at the end. Wants a fakeShare that is a number; default: 1.",
      "(0, 1]",
    ),
  ),
  precision: optional(
    choice(
      'What the factors of products are rounded to while networks and generators learn: "float32" (not at all; default), or ' +
        '"bf16" with sums in float32, which takes 0.57 to 0.78 of the time of a step where the processor gains by it, ' +
        "and gives other bits. Weights, statistics of batches, losses, density ratios and all tests are float32 either way.",
      PRECISIONS,
    ),
  ),
  gan: GENERATOR,
  ratio: RATIO,
  synthesis: SYNTHESIS,
  distillers: list("Distillation methods: columns or rows of the table.", DISTILLER),
  trainOn: list(
    "Training sets: real images only; with processed fakes (cGAN-KD); and two controls that are no methods of the paper: " +
      "real images for as many steps as with fakes, and other real images of the data set in the place of fakes.",
    choice("A training set.", ["real", "real, equal steps", "real+fake", "real+other real"]),
  ),
  compat: COMPATIBILITY,
  evaluation: optional(EVALUATION_PROTOCOL),
  bound: group("The error bound; nothing of the chain depends on it.", {
    b: number(
      "b: slope of a + b / √N, the error of students on N real images; 0-1 losses of classes, |error| over the label scale.",
      "(0, 1000]",
      "losses are at most 1, and no set here has a million images",
    ),
  }),
  curveEvery: integer("Epochs between two measurements of a student's test error, for its curve.", {
    to: 100_000,
    why: "no training has more epochs",
  }),
});

/**
 * An experiment of the paper at one preset.
 *
 * @internal
 */
export type Specification = Options<typeof SPECIFICATION>;

/** A data set by its name, or an object with its name and options: "utkface", { name: "utkface", copies: "first" }. */
export type DatasetChoice = Specification["dataset"];

/** A method by its name, or an object with its name and options: "dkd", { name: "dkd", alpha: 2 }. */
export type DistillerChoice = Specification["distillers"][number];

/** What students are trained on. */
export type TrainOn = Specification["trainOn"][number];
