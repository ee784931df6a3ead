/** The losses of the two players of a conditional GAN, each on the batch of one step, with its gradients. */
import type { Mode } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { lossAndGradients } from "../base/training/optimisers.ts";
import type { CganData, CganTraining, GeneratorBatch } from "./cgan_training.ts";
import { diversityLoss, twice } from "./diversity.ts";
import type { GanPair } from "./gan.ts";
import type { Guide } from "./guide.ts";
import { diffAugment } from "./layers/diff_augment.ts";
import { beyondMargin, crossEntropies, discriminatorHinge, generatorHinge } from "./losses.ts";
import { drawLatents } from "./sample.ts";

/** Two networks against each other, and what they are trained by. */
export interface Game extends GanPair {
  readonly data: CganData;
  readonly training: CganTraining;
  readonly rng: Rng;
  /** Wanted where `training.guide` is. */
  readonly guide?: Guide;
}

/** A player's whole loss and its parts by their names in the history; the caller disposes all. */
export interface PlayerLoss {
  readonly loss: tf.Scalar;
  /** Unweighted; none where the loss is the hinge loss and nothing else. */
  readonly parts: Readonly<Record<string, tf.Scalar>>;
}

/** The same with the gradients of the player's weights. */
export interface PlayerGradients extends PlayerLoss {
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
}

/** Of every pass of a step. */
function modeOf({ training: { precision } }: Game): Mode {
  return { training: true, precision };
}

/**
 * D's loss on real images and fresh fakes in one batch, as in the reference: hinge, and where D has a classifier its
 * cross-entropy on the real images.
 *
 * @param draw Counts discriminator steps from 0.
 */
export function discriminatorLoss(game: Game, draw: number): PlayerGradients {
  const { generator, discriminator, data, training, rng } = game;
  const { auxiliary } = training;
  const mode = modeOf(game);
  const { real, realCondition, fakeCondition, judgedCondition = fakeCondition, weights } = data
    .discriminatorBatch(draw, training.batch);
  const fake = generator.forward(latents(game, "discriminator", draw), fakeCondition, mode);
  const stream = rng.child("augment", "discriminator", draw);
  const images = augmented(training, tf.concat([fake, real]), stream);
  const condition = tf.concat([judgedCondition, realCondition]);
  const parts: Record<string, tf.Scalar> = {};
  const { loss, gradients } = lossAndGradients(discriminator.parameters, () => {
    const { score, classLogits } = discriminator.forward(images, condition, mode);
    const [fakeScore, realScore] = tf.split(score, 2) as [tf.Tensor2D, tf.Tensor2D];
    const hinge = discriminatorHinge(realScore, fakeScore, weights);
    if (auxiliary === undefined || classLogits === undefined) return hinge;
    const realLogits = tf.split(classLogits, 2)[1] as tf.Tensor2D;
    const classError = tf.keep(tf.mean<tf.Scalar>(crossEntropies(realCondition, realLogits)));
    parts.discriminatorHinge = tf.keep(hinge);
    parts.discriminatorClassLoss = classError;
    return hinge.add(classError.mul(auxiliary.discriminator));
  });
  return { loss, parts, gradients };
}

/**
 * G's loss on images drawn for a batch of conditions: hinge, and what the training adds to it with a weight.
 *
 * @param step Counts generator steps from 0.
 */
export function generatorLoss(game: Game, step: number): PlayerGradients {
  const { generator, discriminator, training, rng } = game;
  const batch = generatorBatch(game, step);
  const { condition } = batch;
  const mode = modeOf(game);
  const latent = latents(game, "generator", step);
  const stream = rng.child("augment", "generator", step);
  const parts: Record<string, tf.Scalar> = {};
  const { loss, gradients } = lossAndGradients(generator.parameters, () => {
    const drawn = generator.forward(latent, condition, mode);
    const { score, classLogits } = discriminator.forward(
      augmented(training, drawn, stream),
      condition,
      mode,
    );
    const hinge = generatorHinge(score);
    const added = addedLosses(game, { step, drawn, batch, classLogits });
    if (added.length === 0) return hinge;
    let total = hinge;
    for (const { name, value, weight } of added) {
      parts[name] = tf.keep(value);
      total = total.add(value.mul(weight));
    }
    parts.generatorHinge = tf.keep(hinge);
    return total;
  });
  return { loss, parts, gradients };
}

/** A loss beside the hinge loss. */
interface AddedLoss {
  /** In the history. */
  readonly name: string;
  readonly value: tf.Scalar;
  readonly weight: number;
}

/** What G has drawn in a step, and for what. */
interface Drawn {
  readonly step: number;
  readonly drawn: tf.Tensor4D;
  readonly batch: GeneratorBatch;
  readonly classLogits?: tf.Tensor2D;
}

/** Losses that push G beside D's verdict: towards labels until it is released, and towards variety. */
function addedLosses(game: Game, images: Drawn): AddedLoss[] {
  const { training: { release = Infinity } } = game;
  const isReleased = images.step >= release;
  return [
    ...(isReleased ? [] : labelLosses(game, images)),
    ...varietyLosses(game, images),
  ];
}

/** Errors of the images' labels, as D's classifier and the guide see them. */
function labelLosses(
  { training, guide, rng }: Game,
  { step, drawn, batch: { condition, target }, classLogits }: Drawn,
): AddedLoss[] {
  const { auxiliary } = training;
  const losses: AddedLoss[] = [];
  if (auxiliary !== undefined && classLogits !== undefined) {
    const value = tf.mean<tf.Scalar>(crossEntropies(condition, classLogits));
    losses.push({ name: "generatorClassLoss", value, weight: auxiliary.generator });
  }
  if (training.guide !== undefined && step >= training.guide.start) {
    const { weight, margin = 0 } = training.guide;
    const errors = guide!(drawn, target, rng.child("augment", "guide", step));
    losses.push({ name: "guideLoss", value: beyondMargin(errors, margin), weight });
  }
  return losses;
}

/** What two images of one condition lack in difference. */
function varietyLosses({ training: { diversity } }: Game, { drawn }: Drawn): AddedLoss[] {
  if (diversity === undefined) return [];
  const { spread, weight } = diversity;
  return [{ name: "diversityLoss", value: diversityLoss(drawn, spread), weight }];
}

/** Conditions of a G step; each of them twice where two images of one are compared. */
function generatorBatch({ data, training }: Game, step: number): GeneratorBatch {
  const batch = data.generatorBatch(step, training.batch);
  if (training.diversity === undefined) return batch;
  return { condition: twice(batch.condition), target: twice(batch.target) };
}

function latents({ generator, training, rng }: Game, player: string, draw: number): tf.Tensor2D {
  return drawLatents(generator, training.batch, rng.child("latent", player, draw));
}

/** Images as D looks at them. */
function augmented({ diffAugment: isOn }: CganTraining, images: tf.Tensor4D, rng: Rng) {
  return isOn ? diffAugment(images, rng) : images;
}
