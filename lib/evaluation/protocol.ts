/** How a generator of scalar labels is judged: which images are compared, by which networks. */
import { AUTOENCODER_TRAINING, type AutoencoderTraining } from "./train_networks.ts";

/** SGD recipe of the networks that read types and labels; images are not augmented. */
export interface JudgeRecipe {
  /** Passes over the training images. */
  readonly epochs: number;
  /** Images of a step. */
  readonly batch: number;
  /** In the first epoch. */
  readonly learningRate: number;
  /** The rate is multiplied by 0.1 at the start of each of these epochs, counted from 0. */
  readonly milestones: readonly number[];
  /** Of SGD. */
  readonly momentum: number;
  /** On every parameter. */
  readonly weightDecay: number;
}

/** Everything that decides Intra-FID, label score and diversity. */
export interface EvaluationProtocol {
  /** Labels at which images are compared, evenly over those that there are. */
  readonly labels: number | "all";
  /** Fakes of each label at most; the first ones of the pool. */
  readonly perLabel: number;
  /** Images within this distance of a label count as its own, in dataset units; 0 in the paper. */
  readonly radius: number;
  /** Real images that the networks learn from, test images included. */
  readonly images: number | "all";
  /** Of all three networks, relative to the paper's. Scores of different widths do not compare. */
  readonly width: number;
  /** Of the autoencoder in whose code the Fréchet distance is measured. */
  readonly autoencoder: AutoencoderTraining;
  /** Of the classifier of types and the regressor of labels. */
  readonly judges: JudgeRecipe;
  /** Quirks of the reference. */
  readonly compat: {
    /** Q16: the last images of a label count as zero vectors, or are encoded as all others are. */
    readonly remainder: "zeros" | "encode";
    /** Q18: plain samples of the generator, or what the sampler in use has kept. */
    readonly sampler: "raw" | "configured";
  };
}

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
