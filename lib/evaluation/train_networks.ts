/**
 * Trainings of the networks that judge a generator: an autoencoder on images, a classifier of types and a
 * regressor of labels. They are no part of the chain: they learn from every real image, test images
 * included, and nothing that they say may choose anything.
 */
import type { LabelledImages } from "../base/contracts.ts";
import type { History } from "../base/disk/checkpoint.ts";
import type { ParameterSet } from "../base/module.ts";
import { adam, type Optimiser, sgd, stepDecay } from "../base/training/optimisers.ts";
import { group, type Options } from "../base/options/options.ts";
import { plainTrainee } from "../base/training/plain_trainee.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { type LoopOptions, type Trainee, trainLoop } from "../base/training/train_loop.ts";
import { adamRate, batch, decay, epochs, weightDecay } from "../base/options/training_options.ts";
import {
  batchIndicesAt,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
  stepsPerEpoch,
} from "../data/batches/batches.ts";
import type { Network } from "../networks/network.ts";
import { ordinaryLoss, type SupervisedTraining } from "../networks/supervised.ts";
import type { Autoencoder } from "./autoencoder.ts";

/** Options that decide the training of an autoencoder. */
export const AUTOENCODER_OPTIONS = group(
  "The autoencoder in whose code the Fréchet distance is measured.",
  {
    epochs: epochs(),
    batch: batch(),
    learningRate: adamRate("Learning rate of Adam in the first epoch."),
    decayEvery: epochs("The learning rate is multiplied by 0.1 every so many epochs."),
    beta1: decay("Adam's decay of the mean of gradients."),
    beta2: decay("Adam's decay of the mean of squared gradients."),
    weightDecay: weightDecay("Coupled weight decay."),
  },
);

/**
 * Numbers that decide the training of an autoencoder.
 *
 * @internal
 */
export type AutoencoderTraining = Options<typeof AUTOENCODER_OPTIONS>;

/**
 * Of the reference (method specification 7.4). Its run script trains 100 epochs while the name of the
 * checkpoint that its evaluation reads says 200.
 */
export const AUTOENCODER_TRAINING: AutoencoderTraining = {
  epochs: 200,
  batch: 256,
  learningRate: 1e-3,
  decayEvery: 50,
  beta1: 0.5,
  beta2: 0.999,
  weightDecay: 1e-4,
};

/** What a training needs beside network and recipe. */
export interface EvaluationFit {
  /** Images are seen in [−1, 1]. */
  readonly train: LabelledImages;
  /** Address of every draw. */
  readonly rng: Rng;
  /** Everything the loop wants but the number of steps; resumes from its checkpoint. */
  readonly loop: Omit<LoopOptions, "steps" | "evaluation">;
}

/** Curves of a finished training. */
export interface EvaluationResult {
  readonly history: History;
  /** Over all processes that took part. */
  readonly seconds: number;
  readonly resumedAt: number;
}

/**
 * Adam on the mean squared error of decode(encode(x)) over all pixels in [−1, 1]; labels are not looked at.
 *
 * @param autoencoder Trained in place.
 */
export function trainAutoencoder(
  autoencoder: Autoencoder,
  training: AutoencoderTraining,
  fit: EvaluationFit,
): Promise<EvaluationResult> {
  return train(fit, autoencoderLearner(autoencoder, training));
}

/** One step of {@link trainAutoencoder} after the other; the caller calls `dispose`. */
export function autoencoderTrainee(
  autoencoder: Autoencoder,
  training: AutoencoderTraining,
  fit: Pick<EvaluationFit, "train" | "rng">,
): Trainee & { dispose(): void } {
  return traineeOf(fit, autoencoderLearner(autoencoder, training));
}

function autoencoderLearner(autoencoder: Autoencoder, training: AutoencoderTraining): Learner {
  const { learningRate, decayEvery, beta1, beta2, weightDecay, epochs } = training;
  const milestones = Array.from(
    { length: Math.floor(epochs / decayEvery) },
    (_, i) => (i + 1) * decayEvery,
  );
  return {
    ...training,
    crop: false,
    flip: false,
    parameters: autoencoder.parameters,
    optimiser: adam(autoencoder.parameters, { beta1, beta2, weightDecay }),
    schedule: stepDecay(learningRate, milestones),
    loss({ x, mode }) {
      const copy = autoencoder.decode(autoencoder.encode(x, mode), mode);
      return tf.mean(tf.square(copy.sub(x)));
    },
  };
}

/**
 * SGD on the ordinary loss: cross-entropy of types, or squared error of labels divided by the label scale.
 *
 * @param network Trained in place; see `buildTypeClassifier` and `buildLabelRegressor`.
 */
export function trainJudge(
  network: Network,
  training: SupervisedTraining,
  fit: EvaluationFit,
): Promise<EvaluationResult> {
  const { task } = fit.train;
  return train(fit, {
    ...training,
    parameters: network.parameters,
    optimiser: sgd(network.parameters, training),
    loss({ x, labels, mode, step, epoch }) {
      const scaled = task.kind === "classification" ? labels : labels.div<tf.Tensor1D>(task.scale);
      const { epochs } = training;
      const batch = { x, labels: scaled, mode, step, epoch, epochs, rng: mode.rng };
      const [term] = Object.values(ordinaryLoss(network.forward(x, mode), batch));
      return term!.value;
    },
  });
}

interface Step {
  readonly x: tf.Tensor4D;
  /** In dataset units. */
  readonly labels: tf.Tensor1D;
  readonly mode: { readonly training: true; readonly rng: Rng };
  readonly step: number;
  readonly epoch: number;
}

interface Learner extends Pick<SupervisedTraining, "epochs" | "batch" | "schedule"> {
  readonly crop: boolean;
  readonly flip: boolean;
  readonly parameters: ParameterSet;
  readonly optimiser: Optimiser;
  loss(step: Step): tf.Scalar;
}

async function train(fit: EvaluationFit, learner: Learner): Promise<EvaluationResult> {
  const { train, loop } = fit;
  const { epochs, batch } = learner;
  const steps = epochs * stepsPerEpoch({ count: train.labels.length, batch });
  const trainee = traineeOf(fit, learner);
  try {
    return await trainLoop(trainee, { ...loop, steps });
  } finally {
    trainee.dispose();
  }
}

function traineeOf(
  { train, rng }: Pick<EvaluationFit, "train" | "rng">,
  learner: Learner,
): Trainee & { dispose(): void } {
  const { batch, parameters, optimiser, schedule, crop, flip } = learner;
  const count = train.labels.length;
  const perEpoch = stepsPerEpoch({ count, batch });
  return plainTrainee({
    roles: ["network", "optimiser"],
    weights: parameters,
    optimiser,
    rateAt: schedule,
    stepsPerEpoch: perEpoch,
    batch(step) {
      const draws = rng.child("step", step);
      const indices = batchIndicesAt(step, { count, batch, rng: rng.child("order") });
      const tensors = batchTensors(makeBatch(train, indices, {
        normalisation: MINUS_ONE_TO_ONE,
        crop: crop ? 4 : undefined,
        flip,
        rng: draws.child("augment"),
      }));
      return { ...tensors, mode: { training: true, rng: draws } as const };
    },
    loss: (tensors, step) => ({
      loss: learner.loss({ ...tensors, step, epoch: Math.floor(step / perEpoch) }),
    }),
  });
}
