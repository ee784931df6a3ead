/** One discriminator and one generator step of a conditional GAN, for class and scalar labels alike. */
import type { TrainingState } from "../base/disk/checkpoint.ts";
import { adam, lossAndGradients } from "../base/training/optimisers.ts";
import type { Mode } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { diversityLoss, twice } from "./diversity.ts";
import { diffAugment } from "./layers/diff_augment.ts";
import type { GanPair, GeneratorTrainee } from "./gan.ts";
import type { Guide } from "./guide.ts";
import { beyondMargin, crossEntropies, discriminatorHinge, generatorHinge } from "./losses.ts";
import { type MovingAverage, movingAverage } from "./moving_average.ts";
import { drawLatents } from "./sample.ts";

/** What one discriminator step looks at. */
export interface DiscriminatorBatch {
  /** Real images in [−1, 1]. */
  readonly real: tf.Tensor4D;
  /** What D is conditioned on for the real images. */
  readonly realCondition: tf.Tensor2D;
  /** What G draws the fakes for. */
  readonly fakeCondition: tf.Tensor2D;
  /** What D is conditioned on for the fakes; default: `fakeCondition` (vicinal losses differ). */
  readonly judgedCondition?: tf.Tensor2D;
  /** Vicinal weights `[batch, 1]`. */
  readonly weights?: { real: tf.Tensor2D; fake: tf.Tensor2D };
}

/** What one generator step draws images for. */
export interface GeneratorBatch {
  /** `[batch, conditionSize]`. */
  readonly condition: tf.Tensor2D;
  /** What a guide compares with: one-hot rows, or labels over the label scale `[batch, 1]`. */
  readonly target: tf.Tensor2D;
}

/** Real images and conditions by step: uniform classes, or CcGAN's vicinities of scalar labels. */
export interface CganData {
  /** @param draw Counts discriminator steps from 0. */
  discriminatorBatch(draw: number, batch: number): DiscriminatorBatch;
  generatorBatch(step: number, batch: number): GeneratorBatch;
}

/** Numbers that decide a cGAN training. */
export interface CganTraining {
  readonly batch: number;
  readonly discriminatorSteps: number;
  readonly generatorRate: number;
  readonly discriminatorRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly diffAugment: boolean;
  /** Exponential moving average of all of G's state; the average is what is sampled later. */
  readonly average?: MovingAverage;
  /** Weights of the auxiliary classifier's cross-entropy; no classifier without (ours). */
  readonly auxiliary?: { readonly discriminator: number; readonly generator: number };
  /**
   * Weight of the guide's errors in G's loss, from a step on; only what exceeds `margin` (in nats or label scales;
   * default: 0) counts, so that G has to be as clear as a real image is and not a caricature of its label (ours).
   */
  readonly guide?: { readonly weight: number; readonly start: number; readonly margin?: number };
  /**
   * From this step of G on neither the auxiliary classifier nor the guide pushes G (ours). Both make labels clear early
   * and turn images into caricatures of their class if they stay; D's verdict then brings the variety back, and D's own
   * classifier goes on.
   */
  readonly release?: number;
  /**
   * Both rates are multiplied by 2^−((step − start) / halving) from step `start` of G on (ours). The step of a longer
   * training has the rate that it has in a shorter one, so that one continues the other.
   */
  readonly decay?: { readonly start: number; readonly halving: number };
  /** Weight of `diversityLoss` in G's loss, and the spread of real images that it asks for (ours). */
  readonly diversity?: { readonly weight: number; readonly spread: number };
}

const TRAINING: Mode = { training: true };

/** A player's whole loss, and its parts by their names in the history; the caller disposes all. */
interface PlayerStep {
  readonly loss: tf.Scalar;
  /** Unweighted; none where the loss is the hinge loss and nothing else. */
  readonly parts: Readonly<Record<string, tf.Scalar>>;
}

/**
 * Hinge-loss training (paper, Section IV; method specification 2.2 and 2.4): several D steps on fresh
 * batches, one G step, then the moving average. G is in training mode in both steps, as in the reference.
 *
 * @param pair Networks to train, changed in place.
 * @param guide Wanted where `training.guide` is.
 * @throws {TypeError} The training asks for a guide and none is given.
 */
export function cganTrainee(
  pair: GanPair,
  data: CganData,
  training: CganTraining,
  rng: Rng,
  guide?: Guide,
): GeneratorTrainee {
  const { generator, discriminator } = pair;
  const { batch, beta1, beta2, auxiliary } = training;
  if (training.guide !== undefined && guide === undefined) {
    throw new TypeError("Cannot train a guided cGAN: found no guide, want a frozen network");
  }
  const generatorAdam = adam(generator.parameters, { beta1, beta2 });
  const discriminatorAdam = adam(discriminator.parameters, { beta1, beta2 });
  const average = training.average && movingAverage(generator.parameters, training.average);
  const state: TrainingState = {
    generator: generator.parameters,
    discriminator: discriminator.parameters,
    generatorAdam: generatorAdam.state,
    discriminatorAdam: discriminatorAdam.state,
    ...(average && { averaged: average.state }),
  };
  const latents = (name: string, draw: number) =>
    drawLatents(generator, batch, rng.child("latent", name, draw));
  const look = (images: tf.Tensor4D, stream: Rng) =>
    training.diffAugment ? diffAugment(images, stream) : images;

  const shareOfRates = (step: number) => {
    const { start, halving } = training.decay ?? { start: Infinity, halving: 1 };
    return step < start ? 1 : 2 ** ((start - step) / halving);
  };

  const discriminatorStep = (draw: number): PlayerStep => {
    const { real, realCondition, fakeCondition, judgedCondition = fakeCondition, weights } = data
      .discriminatorBatch(draw, batch);
    const fake = generator.forward(latents("discriminator", draw), fakeCondition, TRAINING);
    // Fakes and reals in one batch, as in the reference.
    const images = look(tf.concat([fake, real]), rng.child("augment", "discriminator", draw));
    const condition = tf.concat([judgedCondition, realCondition]);
    const parts: Record<string, tf.Scalar> = {};
    const { loss, gradients } = lossAndGradients(discriminator.parameters, () => {
      const { score, classLogits } = discriminator.forward(images, condition, TRAINING);
      const [fakeScore, realScore] = tf.split(score, 2) as [tf.Tensor2D, tf.Tensor2D];
      const hinge = discriminatorHinge(realScore, fakeScore, weights);
      if (auxiliary === undefined || classLogits === undefined) return hinge;
      const realLogits = tf.split(classLogits, 2)[1] as tf.Tensor2D;
      const classError = tf.keep(tf.mean<tf.Scalar>(crossEntropies(realCondition, realLogits)));
      parts.discriminatorHinge = tf.keep(hinge);
      parts.discriminatorClassLoss = classError;
      return hinge.add(classError.mul(auxiliary.discriminator));
    });
    const step = Math.floor(draw / training.discriminatorSteps);
    discriminatorAdam.apply(gradients, training.discriminatorRate * shareOfRates(step));
    return { loss, parts };
  };

  const generatorStep = (step: number): PlayerStep => {
    const drawnFor = data.generatorBatch(step, batch);
    const { condition, target } = training.diversity
      ? { condition: twice(drawnFor.condition), target: twice(drawnFor.target) }
      : drawnFor;
    const latent = latents("generator", step);
    const stream = rng.child("augment", "generator", step);
    const isReleased = step >= (training.release ?? Infinity);
    const isGuided = training.guide !== undefined && step >= training.guide.start && !isReleased;
    const parts: Record<string, tf.Scalar> = {};
    const { loss, gradients } = lossAndGradients(generator.parameters, () => {
      const drawn = generator.forward(latent, condition, TRAINING);
      const { score, classLogits } = discriminator.forward(
        look(drawn, stream),
        condition,
        TRAINING,
      );
      const hinge = generatorHinge(score);
      let total = hinge;
      const add = (name: string, value: tf.Scalar, weight: number) => {
        parts[name] = tf.keep(value);
        total = total.add(value.mul(weight));
      };
      if (auxiliary !== undefined && classLogits !== undefined && !isReleased) {
        const error = tf.mean<tf.Scalar>(crossEntropies(condition, classLogits));
        add("generatorClassLoss", error, auxiliary.generator);
      }
      if (isGuided) {
        const errors = guide!(drawn, target, rng.child("augment", "guide", step));
        const error = beyondMargin(errors, training.guide!.margin ?? 0);
        add("guideLoss", error, training.guide!.weight);
      }
      if (training.diversity !== undefined) {
        const { spread, weight } = training.diversity;
        add("diversityLoss", diversityLoss(drawn, spread), weight);
      }
      if (total !== hinge) parts.generatorHinge = tf.keep(hinge);
      return total;
    });
    generatorAdam.apply(gradients, training.generatorRate * shareOfRates(step));
    return { loss, parts };
  };

  return {
    state,
    exportTo(target) {
      if (average === undefined) target.parameters.copyFrom(generator.parameters);
      else average.exportTo(target.parameters);
    },
    step(step) {
      let last!: PlayerStep;
      for (let i = 0; i < training.discriminatorSteps; i++) {
        if (i > 0) tf.dispose([last.loss, ...Object.values(last.parts)]);
        last = discriminatorStep(step * training.discriminatorSteps + i);
      }
      const players = { discriminatorLoss: last, generatorLoss: generatorStep(step) };
      average?.update(step);
      const metrics: Record<string, tf.Scalar> = {};
      for (const [name, { loss, parts }] of Object.entries(players)) {
        metrics[name] = loss;
        for (const [part, value] of Object.entries(parts)) {
          // The kept scalar is handed to the loop as a copy, so that one owner frees each.
          metrics[part] = value.clone();
          value.dispose();
        }
      }
      return metrics;
    },
  };
}
