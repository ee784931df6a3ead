/** One discriminator and one generator step of a conditional GAN, for class and scalar labels alike. */
import type { TrainingState } from "../base/disk/checkpoint.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { adam } from "../base/training/optimisers.ts";
import type { CganData, CganTraining } from "./cgan_training.ts";
import type { GanPair, GeneratorTrainee } from "./gan.ts";
import type { Guide } from "./guide.ts";
import { movingAverage } from "./moving_average.ts";
import { discriminatorLoss, type Game, generatorLoss, type PlayerLoss } from "./player_losses.ts";

export type {
  CganData,
  CganTraining,
  DiscriminatorBatch,
  GeneratorBatch,
} from "./cgan_training.ts";

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
  if (training.guide !== undefined && guide === undefined) {
    throw new TypeError("Cannot train a guided cGAN: found no guide, want a frozen network");
  }
  const game: Game = { ...pair, data, training, rng, guide };
  const { generator, discriminator } = pair;
  const { beta1, beta2 } = training;
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

  /** The steps of D that come before a step of G; the loss of the last one. */
  function trainDiscriminator(step: number): PlayerLoss {
    const rate = training.discriminatorRate * shareOfRates(training, step);
    let last: PlayerLoss | undefined;
    for (let i = 0; i < training.discriminatorSteps; i++) {
      if (last !== undefined) tf.dispose([last.loss, ...Object.values(last.parts)]);
      const now = discriminatorLoss(game, step * training.discriminatorSteps + i);
      discriminatorAdam.apply(now.gradients, rate);
      last = now;
    }
    return last!;
  }

  function trainGenerator(step: number): PlayerLoss {
    const now = generatorLoss(game, step);
    generatorAdam.apply(now.gradients, training.generatorRate * shareOfRates(training, step));
    return now;
  }

  return {
    state,
    exportTo(target) {
      if (average === undefined) target.parameters.copyFrom(generator.parameters);
      else average.exportTo(target.parameters);
    },
    step(step) {
      const players = {
        discriminatorLoss: trainDiscriminator(step),
        generatorLoss: trainGenerator(step),
      };
      average?.update(step);
      return metricsOf(players);
    },
  };
}

/** Both rates are multiplied by this; see `CganTraining.decay`. */
function shareOfRates({ decay }: CganTraining, step: number): number {
  const { start, halving } = decay ?? { start: Infinity, halving: 1 };
  return step < start ? 1 : 2 ** ((start - step) / halving);
}

/** Losses and their parts by name; the loop owns them. */
function metricsOf(players: Readonly<Record<string, PlayerLoss>>): Record<string, tf.Scalar> {
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
}
