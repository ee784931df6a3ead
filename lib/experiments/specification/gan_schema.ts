/** Options of the conditional generator: a GAN or a diffusion model, which its family tells. */
import {
  bySetting,
  choice,
  flag,
  group,
  integer,
  isPlainObject,
  list,
  number,
  oneOfShapes,
  optional,
  type Options,
  wordOr,
} from "../../base/options/options.ts";
import { batch, decay, lossWeight, width } from "../../base/options/training_options.ts";
import { EMBEDDING_TRAINING } from "../../gan/scalar_labels/fit_label_embedding.ts";
import { PRECISIONS } from "../../native/tensorflow/precision.ts";
import { type DiffusionName, DIFFUSIONS, type GanName, GANS } from "../../registry.ts";
import { networkTraining, sizedNetworkOptions } from "./network_schema.ts";

const GAN_NAMES = Object.keys(GANS) as GanName[];
const DIFFUSION_NAMES = Object.keys(DIFFUSIONS) as DiffusionName[];
const NAMES = [...GAN_NAMES, ...DIFFUSION_NAMES];

const FAMILY =
  "Conditional generator, by its name in the registry; one of another kind has other options, set to those of the preset.";

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

/** Options that GANs and diffusion models have alike. */
const shared = {
  width: width(
    "Channels relative to the full size: the paper's GAN, or a U-Net of 128, 256 and 512.",
  ),
  steps: bySetting(
    "Training steps; of a GAN those of G.",
    steps("Training steps; of a GAN those of G."),
  ),
  batch: batch(),
  beta1: decay("Adam's decay of the mean."),
  beta2: decay("Adam's decay of the mean square."),
  average: wordOr(
    "none",
    group(
      "Moving average of the generator, which fakes are drawn with; CcGAN has none in the paper.",
      {
        decay: decay("Share of the average that a step keeps."),
        start: steps("First step that is averaged.", 0),
      },
    ),
  ),
  judgeEvery: optional(
    steps(
      "Steps between two measurements of the generator by the extractor's classifier, which has no part in its " +
        "training (ours); none without. They move no weight.",
    ),
  ),
  precision: optional(
    choice(
      "What the factors of products are rounded to while the generator learns; that of the whole specification without. A " +
        "generator that learned with bf16 is sampled and published like any other, on any machine.",
      PRECISIONS,
    ),
  ),
  vicinity: optional(VICINITY),
  embedding: optional(EMBEDDING),
};

const GAN = group("A conditional GAN.", {
  family: choice(FAMILY, GAN_NAMES, NAMES),
  ...shared,
  taper: flag("Halve channels at each up-sampling (ours; false in the paper)."),
  discriminatorSteps: integer("D steps of each G step.", {
    to: 100,
    why: "G would hardly be trained",
  }),
  generatorRate: rate("Learning rate of G (Adam)."),
  discriminatorRate: rate("Learning rate of D (Adam)."),
  diffAugment: bySetting(
    "Differentiable augmentation of what D sees.",
    flag("Differentiable augmentation of what D sees."),
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
  release: optional(
    steps(
      "Generator step from which neither auxiliary classifier nor guide pushes G, so that variety comes back (ours); " +
        "never without.",
    ),
  ),
  decay: optional(
    group("Falling rates of G and D (ours; constant in the paper, and without this).", {
      start: steps("Generator step until which the rates stay."),
      halving: steps("Generator steps over which they then halve, again and again."),
    }),
  ),
  diversity: lossWeight(
    "Weight of the loss that asks G for as much difference between images of one label as real ones have (ours; 0 in " +
      "the paper).",
  ),
});

/**
 * Everything that decides a conditional GAN.
 *
 * @internal
 */
export type GanSpecification = Options<typeof GAN>;

const DIFFUSION = group("A conditional diffusion model (ours; not in the paper).", {
  family: choice(FAMILY, DIFFUSION_NAMES, NAMES),
  ...shared,
  blocks: integer("Residual blocks at each size of maps, on the way down and on the way up.", {
    to: 8,
    why: "the network would not fit into memory",
  }),
  patch: optional(
    choice(
      "Side of the squares of pixels that are the channels of one position: with 2 maps have half the sides, and a step on " +
        "64 x 64 takes two thirds of the time; 1 without.",
      [1, 2],
    ),
  ),
  attention: list("Sizes of maps whose pixels attend to each other.", choice("A size.", [8, 16]), {
    least: 0,
  }),
  dropout: number("Share of entries that each block zeroes in training.", "[0, 1)"),
  rate: rate("Learning rate (Adam), after the warm-up."),
  warmUp: steps("Steps over which the learning rate grows to its value; 0 for none.", 0),
  conditionDrop: number(
    "Probability that a training image is shown without its condition, which guidance needs.",
    "[0, 1]",
  ),
  noise: group("Noise levels of training images: ln sigma is normal (EDM: -1.2 and 1.2).", {
    mean: number("Mean of ln sigma.", "[-10, 10]", "no image can be seen through the noise"),
    deviation: number("Deviation of ln sigma.", "(0, 10]"),
  }),
  skip: optional(
    number(
      "Sigma below which the network is given the noisy image and predicts what to change, and above which it predicts the " +
        "image (ours). 0.5, as in EDM, without: there it has to predict noise pixel by pixel, which takes many channels.",
      "(0, 0.5]",
    ),
  ),
  sampling: group("How images are drawn; it moves no weight.", {
    steps: integer("Noise levels of the sampler, which evaluates the network at each twice.", {
      from: 2,
      to: 1000,
      why: "finer steps change no pixel",
    }),
    least: optional(
      number(
        "Sigma from which the last step takes all noise off at once; 0.002 without. A model trained for an hour removes " +
          "little noise better at once.",
        "(0, 1]",
        "images would be averages",
      ),
    ),
    guidance: group("Classifier-free guidance.", {
      weight: number(
        "How far to go from the unconditional to the conditional prediction; 1 is the latter itself, at half the cost.",
        "[0, 100]",
        "images would be caricatures of their labels",
      ),
      rescaling: number("Share of the prediction whose contrast is brought back.", "[0, 1]"),
    }),
    variations: optional(
      group(
        "Draw variations of training images: put them under noise and take it off again; from noise alone without.",
        {
          noise: number(
            "Sigma of that noise. Pixels in [-1, 1] have a deviation of about 0.5; the greater, the less is left of an image.",
            "(0.002, 80]",
            "nothing would be left of an image",
          ),
          neighbours: integer(
            "Training images with the nearest labels, at least, that variations of a label start from; of classes always all.",
            { to: 100_000, why: "no set has as many images near a label" },
          ),
        },
      ),
    ),
  }),
});

/**
 * Everything that decides a conditional diffusion model.
 *
 * @internal
 */
export type DiffusionSpecification = Options<typeof DIFFUSION>;

/** Everything that decides the conditional generator. */
export const GENERATOR = oneOfShapes<typeof GAN | typeof DIFFUSION>(
  "What draws the fakes.",
  [GAN, DIFFUSION],
  (input) =>
    isPlainObject(input) && Object.hasOwn(DIFFUSIONS, String(input.family)) ? DIFFUSION : GAN,
);

/**
 * Everything that decides the conditional generator.
 *
 * @internal
 */
export type GeneratorSpecification = GanSpecification | DiffusionSpecification;

/** Whether a generator is a GAN; its options differ from those of a diffusion model. */
export function isGan(generator: GeneratorSpecification): generator is GanSpecification {
  return Object.hasOwn(GANS, generator.family);
}
