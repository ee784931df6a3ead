/**
 * Plain training of a network on labelled images, with a loss that distillers may replace: teachers,
 * students, feature extractors and judges all learn here.
 */
import type { LabelledImages } from "../base/contracts.ts";
import { type Mode, ParameterSet } from "../base/module.ts";
import { lossAndGradients, type Schedule, sgd } from "../base/optimisers.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { Trainee } from "../base/train_loop.ts";
import {
  batchIndicesAt,
  batchTensors,
  makeBatch,
  type Normalisation,
  stepsPerEpoch,
} from "../data/batches.ts";
import type { Network, NetworkOutput } from "./network.ts";

/** One batch as losses see it. */
export interface TrainingBatch {
  /** Normalised images `[batch, height, width, 3]`. */
  readonly x: tf.Tensor4D;
  /** Class indices (int32), or labels divided by the label scale (float32), `[batch]`. */
  readonly labels: tf.Tensor1D;
  /** Counted from 0. */
  readonly step: number;
  readonly epoch: number;
  readonly epochs: number;
  /** Draws of this step. */
  readonly rng: Rng;
  readonly mode: Mode;
}

/** Named parts of a loss; the total is Σ weight · value. */
export type LossTerms = Record<string, { readonly weight: number; readonly value: tf.Scalar }>;

/** A loss given the student's forward pass on the batch. */
export type Loss = (student: NetworkOutput, batch: TrainingBatch) => LossTerms;

/** Numbers that decide a supervised training. */
export interface SupervisedTraining {
  readonly epochs: number;
  readonly batch: number;
  readonly schedule: Schedule;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov?: boolean;
  /** Random crop after padding by 4. */
  readonly crop: boolean;
  /** Horizontal flip with probability 1/2. */
  readonly flip: boolean;
}

/** What a supervised training works on. */
export interface SupervisedTask {
  readonly network: Network;
  readonly set: LabelledImages;
  readonly normalisation: Normalisation;
  readonly loss: Loss;
  /** Weights trained beside the network's, such as a distiller's adapters. */
  readonly adapters?: ParameterSet;
  /** Whether the loss reads taps. */
  readonly taps?: boolean;
}

/** The ordinary loss: mean cross-entropy of classes, mean squared error of scaled labels. */
export const ordinaryLoss: Loss = ({ output }, { labels }): LossTerms =>
  labels.dtype === "int32"
    ? { crossEntropy: { weight: 1, value: crossEntropy(output, labels) } }
    : { squaredError: { weight: 1, value: squaredError(output, labels) } };

/** Mean −log softmax(z)_y over the batch; logits `[batch, classes]`, labels `[batch]` int32. */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const oneHot = tf.oneHot(labels, logits.shape[1]);
  return tf.neg(tf.mean(tf.sum(tf.logSoftmax(logits).mul(oneHot), 1)));
}

/** Mean (ŷ − y)² over the batch; predictions `[batch, 1]`, labels `[batch]`, both scaled to [0, 1]. */
export function squaredError(output: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.mean(tf.square(tf.sub(output.reshape([labels.size]), labels)));
}

/** Steps of a training: epochs with the last partial batch kept. */
export function totalSteps(
  training: Pick<SupervisedTraining, "epochs" | "batch">,
  count: number,
): number {
  return training.epochs * stepsPerEpoch({ count, batch: training.batch });
}

/** SGD on the terms of a loss. */
export function supervisedTrainee(
  task: SupervisedTask,
  training: SupervisedTraining,
  rng: Rng,
): Trainee {
  const { network, set, normalisation, loss, adapters, taps = false } = task;
  const { batch, epochs, momentum, weightDecay, nesterov } = training;
  const count = set.labels.length;
  const perEpoch = stepsPerEpoch({ count, batch });
  const learnt = adapters
    ? ParameterSet.join({ student: network.parameters, adapters })
    : network.parameters;
  const optimiser = sgd(learnt, { momentum, weightDecay, nesterov });
  return {
    state: { learnt, sgd: optimiser.state },
    step(step) {
      const indices = batchIndicesAt(step, { count, batch, rng: rng.child("order") });
      const epoch = Math.floor(step / perEpoch);
      const draws = rng.child("step", step);
      const { x, labels: inUnits } = batchTensors(makeBatch(set, indices, {
        normalisation,
        crop: training.crop ? 4 : undefined,
        flip: training.flip,
        rng: draws.child("augment"),
      }));
      const { task } = set;
      const labels = task.kind === "regression" ? inUnits.div<tf.Tensor1D>(task.scale) : inUnits;
      const mode = { training: true, rng: draws, taps };
      const metrics: Record<string, tf.Scalar> = {};
      const { loss: total, gradients } = lossAndGradients(learnt, () => {
        const outcome = network.forward(x, mode);
        const terms = loss(outcome, {
          x,
          labels,
          step,
          epoch,
          epochs,
          rng: draws,
          mode,
        });
        const values = Object.entries(terms).map(([name, { weight, value }]) => {
          if (Object.keys(terms).length > 1) metrics[name] = tf.keep(value.clone());
          return weight === 1 ? value : value.mul<tf.Scalar>(weight);
        });
        return values.length === 1 ? values[0]! : tf.addN(values);
      });
      optimiser.apply(gradients, training.schedule(epoch));
      // Kept past the gradient's own tidy; the loop frees the copies it is handed.
      for (const [name, value] of Object.entries(metrics)) {
        metrics[name] = value.clone();
        value.dispose();
      }
      return { loss: total, ...metrics };
    },
  };
}

/**
 * Outputs of a network in inference mode for every image, batch by batch.
 *
 * @returns `[count, outputs]`, row by row: logits, or predictions in units of the label scale.
 */
export async function predict(
  network: Network,
  set: LabelledImages,
  options: { normalisation: Normalisation; batch?: number; read?: "output" | "features" },
): Promise<Float32Array> {
  const { normalisation, batch = 250, read = "output" } = options;
  const count = set.labels.length;
  let rows: Float32Array | undefined;
  for (let start = 0; start < count; start += batch) {
    const size = Math.min(batch, count - start);
    const indices = Uint32Array.from({ length: size }, (_, i) => start + i);
    const outcome = tf.tidy(() => {
      const { x } = batchTensors(makeBatch(set, indices, { normalisation }));
      return network.forward(x, { training: false })[read];
    });
    const values = await outcome.data() as Float32Array;
    const width = outcome.shape[1];
    outcome.dispose();
    rows ??= new Float32Array(count * width);
    rows.set(values, start * width);
  }
  return rows ?? new Float32Array(0);
}
