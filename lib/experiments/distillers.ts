import { type DistillerEntry, type DistillerName, DISTILLERS } from "../registry.ts";
import { cifar10 } from "./cifar10.ts";
import type { Experiment, Override, Specification } from "./specification/experiment.ts";
import type { DistillerChoice } from "./specification/schema.ts";

/** Every method that classes have, in the order of the registry. */
const ALL_METHODS: readonly DistillerName[] = (Object.entries(DISTILLERS) as [
  DistillerName,
  DistillerEntry,
][]).filter(([, { make }]) => make().tasks.includes("classification")).map(([name]) => name);

/** The same for toys: generators of 64 channels would take most of such a run. */
const TOY_METHODS: readonly DistillerChoice[] = ALL_METHODS.map((name) =>
  name === "cgdd" || name === "dfad" || name === "ugan" ? { name, generatorWidth: 8 } : name
);

/** Logits whole and decoupled, maps, review. */
const FEW_METHODS: readonly DistillerName[] = ["nokd", "blkd", "dkd", "at", "review_kd"];

/** One pair of networks, whose parts are those of the CIFAR-10 experiment. */
const PAIR: Override<Specification> = {
  students: [{ network: "vgg11", width: 0.25 }],
  trainOn: ["real", "real+fake"],
};

/** A schedule of `quick` with milestones at the same shares of the training. */
const QUICK_EPOCHS = { epochs: 6, milestones: [3, 4] } as const;

/**
 * All distillers on one pair of networks (VGG11 from ResNet-18, CIFAR-10, C-10K), with and without processed fakes at
 * equal steps: a comparison of ours, so no preset of it is the paper's. Teacher, generator and pool are those of
 * `cifar10` at the same preset, published ones included.
 */
export const distillers: Experiment = {
  ...cifar10,
  name: "distillers",
  title: "Distillers on CIFAR-10",
  isDemonstration: true,
  presets: {
    smoke: {
      ...cifar10.presets.smoke,
      trainOn: ["real", "real+fake"],
      distillers: [...TOY_METHODS],
      studentEpochs: "real images",
      studentTraining: { epochs: 1, batch: 64, learningRate: 0.05, milestones: [] },
    },
    quick: {
      ...cifar10.presets.quick,
      ...PAIR,
      distillers: [...FEW_METHODS],
      studentTraining: { ...cifar10.presets.quick.studentTraining, ...QUICK_EPOCHS },
      curveEvery: 2,
    },
    desk: { ...cifar10.presets.desk, ...PAIR, distillers: [...ALL_METHODS] },
  },
  deviations: {
    smoke: [
      ...cifar10.deviations.smoke,
      "Students with and without fakes take equal steps; all methods for classes",
    ],
    quick: [
      ...cifar10.deviations.desk.filter((text) => !/^Students (by|100)/.test(text)),
      "One student, seed 1, 6 epochs; one teacher; DKD, AT and ReviewKD are not in the paper",
    ],
    desk: [
      ...cifar10.deviations.desk.filter((text) => !text.startsWith("Students by")),
      "One student and one teacher; all methods for classes, most of them not in the paper",
    ],
    paper: [],
  },
};
