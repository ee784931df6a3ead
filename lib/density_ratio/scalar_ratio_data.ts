/** Batches of the density ratio for scalar labels: images that share a label, or whose labels are near. */
import { checkInteger } from "../base/check.ts";
import type { Rng } from "../base/rng.ts";
import { shortLabel } from "../base/short_label.ts";
import { tf } from "../base/tf.ts";
import {
  batchesInOrder,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
} from "../data/batches/batches.ts";
import { conditionFor, drawImages } from "../gan/sample.ts";
import { FeatureTable } from "./feature_table.ts";
import { mirrorSome, type PoolOptions, type RatioData, type RatioSources } from "./ratio_data.ts";
import { scalarDraws, type ScalarTargets } from "./scalar_draws.ts";

/** How batches for scalar labels are put together. */
export interface ScalarBatching extends ScalarTargets {
  /** Mirror real images at random; default: false, since a mirrored chair faces another way. */
  readonly flipReals?: boolean;
  /** Q36: mirror fakes as well; default: false. */
  readonly flipFakes?: boolean;
}

/**
 * Steps of an epoch: ⌊N / batch⌋, as the reference counts them, but at least 1. Times 350 they are 15,050,
 * 9,100 and 2,800 steps for, and 20,650 for UTKFace.
 */
export function scalarStepsPerEpoch(count: number, batch: number): number {
  checkInteger(count, "count");
  checkInteger(batch, "batch");
  return Math.max(1, Math.floor(count / batch));
}

/**
 * The paper's batches: for each label one real image and one fresh fake. Every step runs G once and the
 * extractor twice.
 *
 * @param sources `conditionOf` embeds labels in dataset units.
 */
export function freshScalarRatioData(
  sources: RatioSources,
  batching: ScalarBatching,
  rng: Rng,
): RatioData {
  const { set, generator, extractor } = sources;
  const { batch, flipReals = false, flipFakes = false } = batching;
  const conditionOf = conditionFor(set.task, sources.conditionOf);
  const draws = scalarDraws(set, batching);
  return {
    stepsPerEpoch: scalarStepsPerEpoch(set.labels.length, batch),
    batch(step) {
      const { targets, real, weights } = draws.draw(rng.child("labels", step));
      const pixels = makeBatch(set, real, {
        normalisation: MINUS_ONE_TO_ONE,
        flip: flipReals,
        rng: rng.child("flip", "real", step),
      });
      const condition = conditionOf(targets);
      const drawn = drawImages(generator, condition, rng.child("latent", step));
      const fake = flipFakes ? mirrorSome(drawn, rng.child("flip", "fake", step)) : drawn;
      return {
        real: extractor.extract(batchTensors(pixels).x),
        fake: extractor.extract(fake),
        condition,
        ...(weights && { weights: tf.tensor2d(weights, [batch, 1]) }),
      };
    },
  };
}

/**
 * The same from features computed once (ours, for small budgets): every real image, and a pool of fakes of
 * each target label. Labels, images and weights of a step are those of `freshScalarRatioData`; fakes are
 * drawn from the pool with replacement.
 *
 * Holds (real images + targets · pool) · d floats on the host, twice that where mirrored images are wanted.
 *
 * @throws {TypeError} Uniform targets, which no pool can serve.
 * @throws {RangeError} Features of an image are not finite; names its label.
 */
export async function pooledScalarRatioData(
  sources: RatioSources,
  options: ScalarBatching & { readonly pool: PoolOptions },
  rng: Rng,
): Promise<RatioData> {
  const { set, generator, extractor } = sources;
  const { batch, flipReals = false, flipFakes = false, pool } = options;
  const { perLabel, chunk = 250, signal, onProgress } = pool;
  checkInteger(perLabel, "pool.perLabel");
  const conditionOf = conditionFor(set.task, sources.conditionOf);
  const draws = scalarDraws(set, options);
  const { targets } = draws;
  if (targets === undefined) {
    throw new TypeError(
      'Cannot draw a pool of fakes for "uniform" labels: want a list of labels, or fresh fakes',
    );
  }
  const count = set.labels.length;
  const total = count + targets.length * perLabel;
  const real = new FeatureTable(extractor, count, flipReals);
  await real.appendSet(set, { chunk, signal, onProgress: (done) => onProgress?.(done, total) });
  const fakes = new FeatureTable(extractor, targets.length * perLabel, flipFakes);
  // A chunk spans labels: a single label would leave the device idle.
  for (const positions of batchesInOrder(targets.length * perLabel, chunk)) {
    signal?.throwIfAborted();
    const labels = Float32Array.from(positions, (i) => targets[Math.floor(i / perLabel)]!);
    const stream = rng.child("pool", positions[0]!);
    await fakes.append(
      () => drawImages(generator, conditionOf(labels), stream),
      (row) => `fake image of label ${shortLabel(labels[row]!)}`,
    );
    onProgress?.(count + fakes.filled, total);
  }
  return {
    stepsPerEpoch: scalarStepsPerEpoch(count, batch),
    batch(step) {
      const { targets, ranks, real: rows, weights } = draws.draw(rng.child("labels", step));
      const picks = rng.child("draws", step);
      const fakeRows = Array.from(ranks!, (rank) => rank * perLabel + picks.integer(perLabel));
      return {
        real: real.gather(rows, picks),
        fake: fakes.gather(fakeRows, picks),
        condition: conditionOf(targets),
        ...(weights && { weights: tf.tensor2d(weights, [batch, 1]) }),
      };
    },
  };
}
