/** Batches from fixed sets of real and *processed* fake images with labels in common (error bound). */
import type { LabelledImages } from "../base/contracts.ts";
import type { CountSink } from "../base/progress.ts";
import type { Rng } from "../base/rng.ts";
import { batchIndicesAt, stepsPerEpoch } from "../data/batches/batches.ts";
import { conditionFor, type ConditionOf } from "../gan/sample.ts";
import { FeatureTable } from "./feature_table.ts";
import type { FeatureExtractor } from "./features.ts";
import type { RatioBatching, RatioData } from "./ratio_data.ts";

/** Two sets of images to compare. */
export interface FixedSets {
  /** Images that batches go through. */
  readonly real: LabelledImages;
  /** Every label of `real` has to occur. */
  readonly fake: LabelledImages;
  readonly extractor: FeatureExtractor;
  readonly conditionOf?: ConditionOf;
  readonly signal?: AbortSignal;
  /** Receives how many of all feature vectors there are so far. */
  readonly onProgress?: CountSink;
}

/** Features of two fixed sets, real ones first. */
async function fixedTables(
  { real, fake, extractor, signal, onProgress }: FixedSets,
): Promise<[FeatureTable, FeatureTable]> {
  const tables: FeatureTable[] = [];
  const total = real.labels.length + fake.labels.length;
  let before = 0;
  for (const set of [real, fake]) {
    const table = new FeatureTable(extractor, set.labels.length, false);
    await table.appendSet(set, {
      signal,
      onProgress: (filled) => onProgress?.(before + filled, total),
    });
    before += set.labels.length;
    tables.push(table);
  }
  return tables as [FeatureTable, FeatureTable];
}

/**
 * Batches from two fixed sets, for ratios of real against *processed* fake images (error bound). Each real
 * image is paired with a fake of the same label, drawn with replacement. Mirrors neither. Scalar labels have
 * to be brought to a few values that both sets share, see `withSharedLabels` of `bound/`.
 *
 * @throws {RangeError} A label of the real images has no fake.
 */
export async function fixedRatioData(
  sets: FixedSets,
  { batch, dropLast }: Pick<RatioBatching, "batch" | "dropLast">,
  rng: Rng,
): Promise<RatioData> {
  const { real, fake } = sets;
  const conditionOf = conditionFor(real.task, sets.conditionOf);
  const order = { count: real.labels.length, batch, dropLast, rng: rng.child("order") };
  const perEpoch = stepsPerEpoch(order);
  const positions = new Map<number, number[]>();
  for (const [i, label] of fake.labels.entries()) {
    const list = positions.get(label);
    if (list) list.push(i);
    else positions.set(label, [i]);
  }
  for (const label of new Set(real.labels)) {
    if (positions.has(label)) continue;
    throw new RangeError(
      `Cannot compare real with fake images: found no fake of label ${label}, want at least one`,
    );
  }
  const [realTable, fakeTable] = await fixedTables(sets);
  return {
    stepsPerEpoch: perEpoch,
    batch(step) {
      const indices = batchIndicesAt(step, order);
      const draws = rng.child("draws", step);
      const labels = Float32Array.from(indices, (index) => real.labels[index]!);
      const fakeRows = Array.from(labels, (label) => {
        const candidates = positions.get(label)!;
        return candidates[draws.integer(candidates.length)]!;
      });
      return {
        real: realTable.gather(indices, draws),
        fake: fakeTable.gather(fakeRows, draws),
        condition: conditionOf(labels),
      };
    },
  };
}
