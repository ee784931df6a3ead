/** Features of real and fake images with the same labels, step by step. */
import { checkInteger } from "../base/check.ts";
import type { LabelledImages } from "../base/contracts.ts";
import type { CountSink } from "../base/progress.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import {
  batchesInOrder,
  batchIndicesAt,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
  stepsPerEpoch,
} from "../data/batches/batches.ts";
import type { Generator } from "../gan/gan.ts";
import { conditionFor, type ConditionOf, drawImages } from "../gan/sample.ts";
import { FeatureTable } from "./feature_table.ts";
import type { FeatureExtractor } from "./features.ts";

/** What one step of the fit looks at. */
export interface RatioBatch {
  /** h of real images, `[batch, d]`. */
  readonly real: tf.Tensor2D;
  /** h of fake images with the same labels, `[batch, d]`. */
  readonly fake: tf.Tensor2D;
  /** Of the labels, `[batch, conditionSize]`. */
  readonly condition: tf.Tensor2D;
  /** Vicinal weights of the real images, `[batch, 1]`; 1 without. */
  readonly weights?: tf.Tensor2D;
}

/** Batches by step: classes here, scalar labels in `scalar_ratio_data.ts`. */
export interface RatioData {
  readonly stepsPerEpoch: number;
  /** Batch of a step, counted from 0 over all epochs; depends only on it. Run inside a tidy. */
  batch(step: number): RatioBatch;
}

/** Where features come from. Generator and extractor are frozen: both run in inference mode. */
export interface RatioSources {
  /** Real training images. */
  readonly set: LabelledImages;
  readonly generator: Generator;
  readonly extractor: FeatureExtractor;
  /** Condition of the labels; default: one-hot classes. */
  readonly conditionOf?: ConditionOf;
}

/** How batches are put together. */
export interface RatioBatching {
  /** Real images of a batch, which are paired with the same number of fakes. */
  readonly batch: number;
  /** Q28: leave out the last incomplete batch of an epoch; default: false. */
  readonly dropLast?: boolean;
  /** Mirror real images at random; default: true. */
  readonly flipReals?: boolean;
  /** Q36: mirror fakes at random as well; default: true (the reference: false). */
  readonly flipFakes?: boolean;
}

/**
 * The paper's batches (method specification 3.5): shuffled real images, and for each a fresh fake
 * with the same label. Every step runs G once and the extractor twice.
 */
export function freshRatioData(
  sources: RatioSources,
  batching: RatioBatching,
  rng: Rng,
): RatioData {
  const { set, generator, extractor } = sources;
  const { batch, dropLast, flipReals = true, flipFakes = true } = batching;
  const count = set.labels.length;
  const conditionOf = conditionFor(set.task, sources.conditionOf);
  const order = { count, batch, dropLast, rng: rng.child("order") };
  return {
    stepsPerEpoch: stepsPerEpoch(order),
    batch(step) {
      const pixels = makeBatch(set, batchIndicesAt(step, order), {
        normalisation: MINUS_ONE_TO_ONE,
        flip: flipReals,
        rng: rng.child("flip", "real", step),
      });
      const condition = conditionOf(pixels.labels);
      const drawn = drawImages(generator, condition, rng.child("latent", step));
      const fake = flipFakes ? mirrorSome(drawn, rng.child("flip", "fake", step)) : drawn;
      return {
        real: extractor.extract(batchTensors(pixels).x),
        fake: extractor.extract(fake),
        condition,
      };
    },
  };
}

/** Mirrors each image left to right with probability 1/2. */
export function mirrorSome(images: tf.Tensor4D, rng: Rng): tf.Tensor4D {
  const size = images.shape[0];
  const chosen = Float32Array.from({ length: size }, () => rng.uniform() < 0.5 ? 1 : 0);
  const isMirrored = tf.tensor(chosen, [size, 1, 1, 1]).cast("bool");
  return tf.where(isMirrored, tf.reverse(images, 2), images) as tf.Tensor4D;
}

/** How large a pool of pre-drawn fakes is. */
export interface PoolOptions {
  /** Fakes of each label that occurs in the real set. */
  readonly perLabel: number;
  /** Images of one pass through G and the extractor; default: 250. */
  readonly chunk?: number;
  readonly signal?: AbortSignal;
  /** Receives how many of all feature vectors there are so far. */
  readonly onProgress?: CountSink;
}

/**
 * Batches from features computed once (ours, for small budgets; not in the paper): every real
 * image, and a pool of fakes of each label from which a step draws with replacement. A step then
 * costs only the ratio network. The fakes repeat, so a pool much smaller than the number of fakes
 * that the fit looks at lets the network learn it by heart; compare the ratios of pool and fresh
 * fakes.
 *
 * Holds (real images + pool) · d floats on the host, twice that where mirrored images are wanted.
 */
export async function pooledRatioData(
  sources: RatioSources,
  options: RatioBatching & { readonly pool: PoolOptions },
  rng: Rng,
): Promise<RatioData> {
  const { set, generator, extractor } = sources;
  const { batch, dropLast, flipReals = true, flipFakes = true, pool } = options;
  const { perLabel, chunk = 250, signal, onProgress } = pool;
  checkInteger(perLabel, "pool.perLabel");
  const count = set.labels.length;
  const conditionOf = conditionFor(set.task, sources.conditionOf);
  const order = { count, batch, dropLast, rng: rng.child("order") };
  const perEpoch = stepsPerEpoch(order);

  const real = new FeatureTable(extractor, count, flipReals);
  const total = count + new Set(set.labels).size * perLabel;
  await real.appendSet(set, { chunk, signal, onProgress: (done) => onProgress?.(done, total) });
  const labels = [...new Set(set.labels)].sort((a, b) => a - b);
  const rank = new Map(labels.map((label, i) => [label, i]));
  const fakes = new FeatureTable(extractor, labels.length * perLabel, flipFakes);
  for (const label of labels) {
    for (const positions of batchesInOrder(perLabel, chunk)) {
      signal?.throwIfAborted();
      const repeated = new Float32Array(positions.length).fill(label);
      const stream = rng.child("pool", label, positions[0]!);
      await fakes.append(
        () => drawImages(generator, conditionOf(repeated), stream),
        () => `fake image of label ${label}`,
      );
      onProgress?.(count + fakes.filled, total);
    }
  }
  return {
    stepsPerEpoch: perEpoch,
    batch(step) {
      const indices = batchIndicesAt(step, order);
      const draws = rng.child("draws", step);
      const stepLabels = Float32Array.from(indices, (index) => set.labels[index]!);
      const fakeRows = Array.from(
        stepLabels,
        (label) => rank.get(label)! * perLabel + draws.integer(perLabel),
      );
      return {
        real: real.gather(indices, draws),
        fake: fakes.gather(fakeRows, draws),
        condition: conditionOf(stepLabels),
      };
    },
  };
}
