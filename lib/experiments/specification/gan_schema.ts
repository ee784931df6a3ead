/** Options of the conditional GAN. */
import {
  bySetting,
  choice,
  flag,
  group,
  integer,
  number,
  optional,
  type Options,
  wordOr,
} from "../../base/options.ts";
import { batch, decay, lossWeight, width } from "../../base/training_options.ts";
import { EMBEDDING_TRAINING } from "../../gan/scalar_labels/fit_label_embedding.ts";
import { type GanName, GANS } from "../../registry.ts";
import { networkTraining, sizedNetworkOptions } from "./network_schema.ts";

const NAMES = Object.keys(GANS) as GanName[];

const steps = (what: string, from = 1) =>
  integer(what, { from, to: 100_000_000, why: "a training of more steps does not end" });

const rate = (what: string) =>
  number(
    what,
    "(0, 0.01]",
    "Adam moves every weight by about its rate at each step, and a GAN diverges, which shows stages later",
  );

const GUIDE = group(
  "A frozen network of the real images that G also has to convince of its labels (ours; none in the paper).",
  {
    ...sizedNetworkOptions(),
    training: networkTraining("Recipe of the guide."),
    weight: lossWeight(
      "Weight of its errors: cross-entropy in nats, or |f(x) − y| in label scales.",
    ),
    start: steps("First generator step that it counts in.", 0),
    margin: number(
      "Error of an image that needs no correction, in nats or label scales.",
      "[0, 1000]",
      "no image would ever be corrected",
    ),
  },
);

/**
 * A network of real images whose errors on fakes are added to the generator's loss.
 *
 * @internal
 */
export type GuideSpecification = Options<typeof GUIDE>;

const VICINITY = group(
  "How a GAN for scalar labels (CcGAN) weighs images near a target label; scalar labels only.",
  {
    kind: choice('"soft" weighs by distance (every run of the paper), "hard" cuts.', [
      "soft",
      "hard",
    ]),
    generatorTargets: choice(
      "Labels of the G step: those of the last D step (RC-49), or fresh ones (UTKFace).",
      ["reused", "fresh"],
    ),
  },
);

/**
 * How a GAN for scalar labels (CcGAN) weighs images near a target label.
 *
 * @internal
 */
export type VicinitySpecification = Options<typeof VICINITY>;

const EMBEDDING = group(
  "Networks of the embedding of a scalar label: a ResNet-34, and an MLP on labels; scalar labels only.",
  { width: width("Channels of the ResNet-34 relative to the paper's."), ...EMBEDDING_TRAINING },
);

/**
 * The networks of the embedding of a scalar label: a ResNet-34 of this width, an MLP on labels.
 *
 * @internal
 */
export type EmbeddingSpecification = Options<typeof EMBEDDING>;

/** Everything that decides the conditional GAN. */
export const GAN = group("What draws the fakes.", {
  family: choice("Conditional GAN, by its name in the registry.", NAMES),
  width: width(),
  taper: flag("Halve channels at each up-sampling (ours; false in the paper)."),
  steps: bySetting("Generator steps.", steps("Generator steps.")),
  batch: batch(),
  discriminatorSteps: integer("D steps of each G step.", {
    to: 100,
    why: "G would hardly be trained",
  }),
  generatorRate: rate("Learning rate of G (Adam)."),
  discriminatorRate: rate("Learning rate of D (Adam)."),
  beta1: decay("Adam's decay of the mean."),
  beta2: decay("Adam's decay of the mean square."),
  diffAugment: bySetting(
    "Differentiable augmentation of what D sees.",
    flag("Differentiable augmentation of what D sees."),
  ),
  average: wordOr(
    "none",
    group("Moving average of G, which fakes are drawn with; CcGAN has none in the paper.", {
      decay: decay("Share of the average that a step keeps."),
      start: steps("First step that is averaged.", 0),
    }),
  ),
  auxiliary: group(
    "Auxiliary classifier (ours; both weights 0, and no classifier, in the paper).",
    {
      discriminator: lossWeight(
        "Weight of the auxiliary classifier's loss in D's (ours; 0 in the paper).",
      ),
      generator: lossWeight(
        "Weight of the auxiliary classifier's loss in G's (ours; 0 in the paper).",
      ),
    },
  ),
  guide: wordOr("none", GUIDE),
  diversity: lossWeight(
    "Weight of the loss that asks G for as much difference between images of one label as real ones have (ours; 0 in " +
      "the paper).",
  ),
  judgeEvery: optional(
    steps(
      "Steps between two measurements of the generator by the extractor's classifier, which has no part in its " +
        "training (ours); none without. They move no weight.",
    ),
  ),
  vicinity: optional(VICINITY),
  embedding: optional(EMBEDDING),
});

/**
 * Everything that decides the conditional GAN.
 *
 * @internal
 */
export type GanSpecification = Options<typeof GAN>;
