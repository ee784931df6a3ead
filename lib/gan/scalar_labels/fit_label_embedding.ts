/** Trainings of the label embedding: images to labels first (x2y), then labels to the embedding (y2h). */
import type { History } from "../../base/disk/checkpoint.ts";
import type { LabelledImages, Regression } from "../../base/contracts.ts";
import { INFERENCE, type NamedArrays, ParameterSet } from "../../base/module.ts";
import { flag, number, type Options } from "../../base/options/options.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { weightDecay } from "../../base/options/training_options.ts";
import {
  batchIndicesAt,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
  stepsPerEpoch,
} from "../../data/batches/batches.ts";
import { type Examples, fitScalar, type ScalarLoop, scalarTraining } from "./fit_scalar.ts";
import { checkImageSize } from "../../networks/image_sizes.ts";
import {
  buildH2y,
  buildX2h,
  buildY2h,
  embeddingError,
  LABEL_EMBEDDING,
  labelEmbedding,
} from "./label_embedding.ts";
import { indexLabels } from "./vicinity.ts";

/** Options that decide the embedding (method specification 2.5). */
export const EMBEDDING_TRAINING = {
  images: scalarTraining(
    "x2y, from images to labels: 200 epochs, batch 256, rate 0.01, milestones 60 and 120 in the paper.",
    "training images",
  ),
  labels: scalarTraining(
    "y2h, from labels to the embedding: 500 epochs, batch 256, rate 0.01, milestones 150, 250 and 350 in the paper.",
    "labels",
  ),
  weightDecay: weightDecay("Coupled weight decay, of both; 1e-4 in the paper."),
  noise: number(
    "Standard deviation of the noise on y2h's labels, in units of the label scale; 0.2 in the paper.",
    "[0, 10]",
    "no label is left in noise ten times its scale",
  ),
  flip: flag("Mirror images at random: UTKFace does, RC-49 does not."),
};

/**
 * Numbers that decide the embedding.
 *
 * @internal
 */
export type EmbeddingTraining = {
  readonly [Key in keyof typeof EMBEDDING_TRAINING]: Options<typeof EMBEDDING_TRAINING[Key]>;
};

/** What an embedding is trained from. */
export interface EmbeddingFit {
  /** Real training images with scalar labels. */
  readonly set: LabelledImages;
  /** Channels of ResNet-34 relative to the paper's. */
  readonly width: number;
  readonly training: EmbeddingTraining;
  readonly rng: Rng;
  /** `stage` begins the names of both trainings. */
  readonly loop: ScalarLoop;
  /** Networks tried when one dies; default: 10. */
  readonly attempts?: number;
}

/** A trained embedding. */
export interface FittedEmbedding {
  /** Of h2y and y2h, for `labelEmbedding`. */
  readonly weights: NamedArrays;
  /** Curves of both: loss, and error in dataset units (of noisy labels for y2h). */
  readonly histories: { readonly images: History; readonly labels: History };
  /** mean |h2y(y2h(y)) − y| over the task's labels, in dataset units. */
  readonly error: number;
  readonly seconds: number;
}

/** Steps of an epoch of either training; incomplete last batches are kept. */
function stepsOf(
  training: Pick<EmbeddingTraining, "images" | "labels">,
  counts: { readonly images: number; readonly labels: number },
) {
  return {
    images: stepsPerEpoch({ count: counts.images, batch: training.images.batch }),
    labels: stepsPerEpoch({ count: counts.labels, batch: training.labels.batch }),
  };
}

/**
 * Trains x2y by the squared error of labels, freezes its h2y, and trains y2h such that h2y gives noisy
 * labels y' = clip(y + η, 0, 1) back. Either is resumed from its checkpoint. Networks that end in a ReLU
 * can be 0 for every input from the start, and then no gradient moves them: such a network is replaced by
 * one from other draws (method specification 2.5).
 *
 * @throws {TypeError} The task is a classification, or the images are not square of side 32 or 64.
 * @throws {RangeError} A label lies outside of the task's range, or a loss stopped being finite.
 */
export async function fitLabelEmbedding(fit: EmbeddingFit): Promise<FittedEmbedding> {
  const { set, training, rng, loop } = fit;
  const { task } = set;
  const index = indexLabels(set.labels, task);
  const imageSize = set.images.shape.height;
  checkImageSize(LABEL_EMBEDDING, imageSize);
  const perEpoch = stepsOf(training, {
    images: set.labels.length,
    labels: index.distinct.length,
  });
  const common = {
    weightDecay: training.weightDecay,
    scale: index.task.scale,
    attempts: fit.attempts ?? 10,
  };
  const images = await fitScalar({
    ...common,
    name: "images to labels",
    training: training.images,
    stepsPerEpoch: perEpoch.images,
    rng: rng.child("images"),
    build(stream) {
      const x2h = buildX2h({ imageSize, width: fit.width, rng: stream });
      const h2y = buildH2y({ rng: stream });
      return {
        x2h,
        h2y,
        weights: ParameterSet.join({ x2h: x2h.parameters, h2y: h2y.parameters }),
        batch: (step) => imageBatch(step, fit, index.task),
        predict: (x: tf.Tensor4D) => h2y.forward(x2h.forward(x, TRAINING), TRAINING),
      };
    },
  }, loop);
  const { x2h, h2y } = images.learner;
  x2h.parameters.dispose();
  try {
    const labels = await fitScalar({
      ...common,
      name: "labels to embedding",
      training: training.labels,
      stepsPerEpoch: perEpoch.labels,
      rng: rng.child("labels"),
      build(stream) {
        const y2h = buildY2h({ rng: stream });
        return {
          weights: y2h.parameters,
          batch: (step) => labelBatch(step, fit, index.distinct),
          predict: (y: tf.Tensor2D) => h2y.forward(y2h.forward(y, TRAINING), INFERENCE),
        };
      },
    }, loop);
    const y2h = labels.learner.weights;
    const weights = await ParameterSet.join({ h2y: h2y.parameters, y2h }).read()
      .finally(() => y2h.dispose());
    const embedding = labelEmbedding(weights, index.task);
    const error = await embeddingError(embedding, index.task.labels)
      .finally(() => embedding.dispose());
    return {
      weights,
      error,
      histories: { images: images.history, labels: labels.history },
      seconds: images.seconds + labels.seconds,
    };
  } finally {
    h2y.parameters.dispose();
  }
}

const TRAINING = { training: true };

/** Real images in epochs of random order; the incomplete last batch is kept. */
function imageBatch(step: number, fit: EmbeddingFit, task: Regression): Examples<tf.Tensor4D> {
  const { set, training, rng } = fit;
  const stream = rng.child("images");
  const indices = batchIndicesAt(step, {
    count: set.labels.length,
    batch: training.images.batch,
    rng: stream.child("order"),
  });
  const { x, labels } = batchTensors(makeBatch(set, indices, {
    normalisation: MINUS_ONE_TO_ONE,
    flip: training.flip,
    rng: stream.child("flip", step),
  }));
  return { x, labels: labels.div(task.scale) };
}

/** Distinct training labels in epochs of random order, with fresh noise, clipped to [0, 1]. */
function labelBatch(
  step: number,
  { training, rng }: EmbeddingFit,
  distinct: Float64Array,
): Examples<tf.Tensor2D> {
  const stream = rng.child("labels");
  const indices = batchIndicesAt(step, {
    count: distinct.length,
    batch: training.labels.batch,
    rng: stream.child("order"),
  });
  const noise = stream.child("noise", step);
  const noisy = Float32Array.from(indices, (i) => {
    const label = distinct[i]! + training.noise * noise.normal();
    return Math.min(1, Math.max(0, label));
  });
  const labels = tf.tensor1d(noisy);
  return { x: labels.reshape([noisy.length, 1]), labels };
}
