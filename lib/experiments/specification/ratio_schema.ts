/** Options of the density-ratio model. */
import {
  choice,
  flag,
  group,
  integer,
  isPlainObject,
  oneOfShapes,
  type Options,
  wordOr,
} from "../../base/options/options.ts";
import {
  adamRate,
  batch,
  epochs,
  lossWeight,
  milestones,
  weightDecay,
  width,
} from "../../base/options/training_options.ts";
import { CLASSIFIER } from "./network_schema.ts";

const AUTOENCODER = group(
  "The sparse autoencoder whose code the density ratio reads where labels are scalar.",
  {
    autoencoder: choice("An autoencoder in place of a classifier, and which.", ["sparse"]),
    width: width(),
    epochs: epochs(),
    batch: batch(),
    learningRate: adamRate("Learning rate of Adam in the first epoch."),
    decayEvery: epochs("The learning rate is multiplied by 0.1 every so many epochs."),
    weightDecay: weightDecay("Coupled weight decay, on every parameter."),
    sparsity: lossWeight("Weight of the mean feature."),
    flip: flag("Random mirror images."),
  },
);

/**
 * The sparse autoencoder whose code the density ratio reads where labels are scalar.
 *
 * @internal
 */
export type AutoencoderSpecification = Options<typeof AUTOENCODER>;

/** Everything that decides the density-ratio model. */
export const RATIO = group("What fakes are subsampled by.", {
  extractor: oneOfShapes<typeof CLASSIFIER | typeof AUTOENCODER>(
    "The network whose features are read; it is not the teacher.",
    [CLASSIFIER, AUTOENCODER],
    (input) => isPlainObject(input) && "autoencoder" in input ? AUTOENCODER : CLASSIFIER,
  ),
  width: width("Widths of the network on features, relative to the paper's."),
  epochs: epochs(),
  batch: batch(),
  learningRate: adamRate("Learning rate of Adam in the first epoch."),
  milestones: milestones(),
  weightDecay: weightDecay("Coupled weight decay, on every parameter."),
  penalty: lossWeight("λ of (mean φ − 1)² over fakes."),
  pool: wordOr(
    "fresh",
    integer(
      "Fakes of each label drawn once and used again in every epoch (ours); fresh ones in the paper.",
      { to: 100_000, why: "their features do not fit into memory" },
    ),
  ),
});

/**
 * Everything that decides the density-ratio model.
 *
 * @internal
 */
export type RatioSpecification = Options<typeof RATIO>;
