/** Options of networks: which one, how wide, and the recipe that trains it. */
import { choice, flag, group, type Options } from "../../base/options/options.ts";
import {
  batch,
  decay,
  epochs,
  milestones,
  sgdRate,
  weightDecay,
  width,
} from "../../base/options/training_options.ts";
import { type NetworkName, NETWORKS } from "../../registry.ts";

const NAMES = Object.keys(NETWORKS) as NetworkName[];

/** SGD recipe of a network. */
export const networkTraining = (what: string) =>
  group(what, {
    epochs: epochs(),
    batch: batch(),
    learningRate: sgdRate(),
    milestones: milestones(),
    momentum: decay("Momentum of SGD."),
    weightDecay: weightDecay(),
    crop: flag("Random crops of padded images."),
    flip: flag("Random mirror images."),
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
