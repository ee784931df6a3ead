/** Options of networks: which one, how wide, and the recipe that trains it. */
import { choice, flag, group, optional, type Options } from "../../base/options/options.ts";
import {
  batch,
  decay,
  epochs,
  milestones,
  sgdRate,
  weightDecay,
  width,
} from "../../base/options/training_options.ts";
import { type DistillerName, DISTILLERS, type NetworkName, NETWORKS } from "../../registry.ts";

const NAMES = Object.keys(NETWORKS) as NetworkName[];

const nesterov = () => optional(flag("Nesterov's momentum. Default: plain momentum."));

/** SGD recipe of a network. */
export const networkTraining = (what: string) =>
  group(what, {
    epochs: epochs(),
    batch: batch(),
    learningRate: sgdRate(),
    milestones: milestones(),
    momentum: decay("Momentum of SGD."),
    nesterov: nesterov(),
    weightDecay: weightDecay(),
    crop: flag("Random crops of padded images."),
    flip: flag("Random mirror images."),
  });

/** Where students of a method leave the recipe of all students. */
export const METHOD_TRAINING = group("A recipe's entries for a method.", {
  distiller: choice("Whose students.", Object.keys(DISTILLERS) as DistillerName[]),
  student: optional(choice("Which of them, by network. Default: all.", NAMES)),
  epochs: optional(epochs("Passes over the training set. Default: as all students.")),
  batch: optional(batch("Images of a step. Default: as all students.")),
  learningRate: optional(sgdRate("Learning rate in the first epoch. Default: as all students.")),
  milestones: optional(milestones("Where it falls. Default: as for all students.")),
  nesterov: nesterov(),
  weightDecay: optional(weightDecay("Weight decay. Default: as all students.")),
});

/**
 * SGD recipe of a network.
 *
 * @internal
 */
export type NetworkTraining = Options<ReturnType<typeof networkTraining>>;

/** A network and its width, as entries of the group that it is in. */
export const sizedNetworkOptions = () => ({
  network: choice("Network, by its name in the registry.", NAMES),
  width: width(),
});

/** A network of the experiment, with its width relative to the paper's. */
export const sizedNetwork = (what: string) => group(what, sizedNetworkOptions());

/**
 * A network of the experiment, with its width relative to the paper's.
 *
 * @internal
 */
export type SizedNetwork = Options<ReturnType<typeof sizedNetwork>>;

/** A network with its recipe. */
export const CLASSIFIER = group("A classifier of the real images.", {
  ...sizedNetworkOptions(),
  training: networkTraining("Recipe of the feature extractor."),
});

/**
 * A network with its recipe.
 *
 * @internal
 */
export type ClassifierSpecification = Options<typeof CLASSIFIER>;
