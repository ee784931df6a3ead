/** One training step of a conditional diffusion model, for class and scalar labels alike. */
import { adam, lossAndGradients } from "../../base/training/optimisers.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { Precision } from "../../native/tensorflow/precision.ts";
import { normalTensor } from "../../native/vectors/random.ts";
import type { GeneratorTrainee } from "../gan.ts";
import { type MovingAverage, movingAverage } from "../moving_average.ts";
import type { RealData } from "../recipe.ts";
import { type DiffusionModel, preconditionBatch } from "./diffusion.ts";
import { lossWeight, type NoiseDistribution } from "./edm.ts";

/** Numbers that decide a training. */
export interface DiffusionTraining {
  readonly batch: number;
  /** Adam's, after the warm-up. */
  readonly rate: number;
  /** Steps over which the rate grows from 0 in equal parts; 0 for none. */
  readonly warmUp: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Moving average of all weights: the average is what is sampled later. */
  readonly average?: MovingAverage;
  /** Probability that an image is shown without its condition; 0.1 in Ho and Salimans 2022, 0.5 in CCDM. */
  readonly conditionDrop: number;
  readonly noise: NoiseDistribution;
  /** Of the factors of products; default: float32. */
  readonly precision?: Precision;
}

/**
 * Denoising score matching (Karras et al. 2022, Equations 2 and 8): for real images y with condition c,
 * ln σ ~ N(mean, deviation²) and ε ~ N(0, I), the mean over images and pixels of
 * w · λ(σ) · (D(y + σ ε; σ, c) − y)². That is w · λ c_out² · (F − t)² with the target
 * t = (y − c_skip (y + σ ε)) / c_out, which is what is computed; λ c_out² = 1 where the skip is EDM's. With the conditional vicinal weights w of scalar
 * labels (see `vicinalData`; 1 for classes) c is that of the target label and y a real image near it (CCDM, Ding et
 * al. 2024). Every image loses its condition with probability `conditionDrop`, for guidance.
 *
 * @param model Its network is trained in place.
 */
export function diffusionTrainee(
  { network, skip: skipSigma }: DiffusionModel,
  data: RealData,
  training: DiffusionTraining,
  rng: Rng,
): GeneratorTrainee {
  const { batch, rate, warmUp, beta1, beta2, conditionDrop, noise, precision } = training;
  const optimiser = adam(network.parameters, { beta1, beta2 });
  const average = training.average && movingAverage(network.parameters, training.average);
  return {
    state: {
      network: network.parameters,
      adam: optimiser.state,
      ...(average && { averaged: average.state }),
    },
    exportTo(target) {
      if (average === undefined) target.parameters.copyFrom(network.parameters);
      else average.exportTo(target.parameters);
    },
    step(step) {
      const { images, condition, weights } = data.realBatch(step, batch);
      const stream = rng.child("noise", step);
      const sigmas = Array.from(
        { length: batch },
        () => Math.exp(noise.mean + noise.deviation * stream.normal()),
      );
      const epsilon = normalTensor(
        images.shape,
        [stream.nextUint32(), stream.nextUint32()],
        (size) => Float32Array.from({ length: size }, () => stream.normal()),
      );
      const { skip, out, input, noise: level } = preconditionBatch(sigmas, skipSigma);
      const x = images.add<tf.Tensor4D>(epsilon.mul(tf.tensor4d(sigmas, [batch, 1, 1, 1])));
      const target = images.sub(x.mul(skip)).div(out);
      const seen: tf.Tensor4D = x.mul(input);
      // λ c_out², which is 1 where the skip is EDM's.
      const amplified = skipSigma === undefined
        ? undefined
        : tf.tensor1d(sigmas.map(lossWeight)).mul(out.flatten().square());
      const drops = rng.child("drop", step);
      const kept = Array.from({ length: batch }, () => drops.uniform() < conditionDrop ? 0 : 1);
      const keep = tf.tensor2d(kept, [batch, 1]);
      const dropped = tf.sub<tf.Tensor2D>(1, keep);
      const keptCondition = condition.mul<tf.Tensor2D>(keep);
      const mode = { training: true, rng: rng.child("dropout", step), precision };
      const { loss, gradients } = lossAndGradients(network.parameters, () => {
        const shown = keptCondition.add<tf.Tensor2D>(dropped.mul(network.nullCondition));
        const raw = network.forward(seen, level, shown, mode);
        const squares = tf.mean(tf.squaredDifference(raw, target), [1, 2, 3]);
        const errors = amplified === undefined ? squares : squares.mul(amplified);
        return tf.mean(weights === undefined ? errors : errors.mul(weights.flatten()));
      });
      optimiser.apply(gradients, rate * Math.min(1, (step + 1) / Math.max(1, warmUp)));
      average?.update(step);
      return { loss };
    },
  };
}
