/** How a generator of scalar labels is judged: which images are compared, by which networks. */
import { choice, group, integer, number, type Options, wordOr } from "../base/options/options.ts";
import {
  batch,
  decay,
  epochs,
  milestones,
  sgdRate,
  weightDecay,
  width,
} from "../base/options/training_options.ts";
import { AUTOENCODER_OPTIONS, AUTOENCODER_TRAINING } from "./train_networks.ts";

const JUDGE_RECIPE = group(
  "SGD recipe of the classifier of types and the regressor of labels; images are not augmented.",
  {
    epochs: epochs(),
    batch: batch(),
    learningRate: sgdRate(),
    milestones: milestones(),
    momentum: decay("Momentum of SGD."),
    weightDecay: weightDecay(),
  },
);

/**
 * SGD recipe of the networks that read types and labels.
 *
 * @internal
 */
export type JudgeRecipe = Options<typeof JUDGE_RECIPE>;

/** Options that decide Intra-FID, label score and diversity. */
export const EVALUATION_PROTOCOL = group(
  "How the generator is judged beside the chain; scalar labels only. Nothing of the chain depends on it.",
  {
    labels: wordOr(
      "all",
      integer("Labels at which images are compared, evenly over those that there are.", {
        to: 100_000,
        why: "no data set has more labels",
      }),
    ),
    perLabel: integer("Fakes of each label at most; the first ones of the pool.", {
      // A spread needs two images.
      from: 2,
      to: 100_000,
      why: "no pool holds more for a label",
    }),
    radius: number(
      "Images within this distance of a label count as its own, in dataset units; 0 in the paper.",
      "[0, 1000000]",
      "every image would count for every label",
    ),
    images: wordOr(
      "all",
      integer("Real images that the networks learn from, test images included.", {
        to: 10_000_000,
        why: "no data set has more images",
      }),
    ),
    width: width(
      "Channels of all three networks relative to the paper's. Scores of different widths do not compare.",
    ),
    autoencoder: AUTOENCODER_OPTIONS,
    judges: JUDGE_RECIPE,
    compat: group("Quirks of the reference.", {
      remainder: choice(
        "Q16: the last images of a label count as zero vectors, or are encoded as all others are.",
        ["zeros", "encode"],
      ),
      sampler: choice(
        "Q18: plain samples of the generator, or what the sampler in use has kept.",
        ["raw", "configured"],
      ),
    }),
  },
);

/**
 * Everything that decides Intra-FID, label score and diversity.
 *
 * @internal
 */
export type EvaluationProtocol = Options<typeof EVALUATION_PROTOCOL>;

/** Of the paper on RC-49 (method specification 7.4), without the quirks of the reference. */
export const PAPER_PROTOCOL: EvaluationProtocol = {
  labels: "all",
  perLabel: 200,
  radius: 0,
  images: "all",
  width: 1,
  autoencoder: AUTOENCODER_TRAINING,
  judges: {
    epochs: 200,
    batch: 256,
    learningRate: 0.01,
    milestones: [50, 120],
    momentum: 0.9,
    weightDecay: 1e-4,
  },
  compat: { remainder: "encode", sampler: "configured" },
};
