/** Batches from fixed sets of real and *processed* fake images with scalar labels (error bound). */
import { tf } from "../base/tf.ts";
import type { Rng } from "../base/rng.ts";
import { batchIndicesAt, stepsPerEpoch } from "../data/batches.ts";
import { conditionFor } from "../gan/sample.ts";
import { indexLabels, type LabelIndex, membersWithin } from "../gan/vicinity.ts";
import { type FixedSets, fixedTables } from "./fixed_ratio_data.ts";
import type { RatioBatching, RatioData } from "./ratio_data.ts";

/** How fixed sets are paired. */
export interface FixedScalarBatching extends Pick<RatioBatching, "batch" | "dropLast"> {
  /**
   * Fakes within |y_i − y| <= radius stand for a real image of label y, in units of the label scale; where
   * there is none, the nearest fake does.
   */
  readonly radius: number;
}

/**
 * As `fixedRatioData`, but adjusted labels are real numbers that no other image shares: each real image meets
 * a uniform fake of its vicinity, drawn with replacement, and both are judged for the real one's label.
 * Mirrors neither.
 *
 * @throws {RangeError} A set is empty, or the radius is negative.
 * @throws {TypeError} The labels are classes.
 */
export async function fixedScalarRatioData(
  sets: FixedSets,
  { batch, dropLast, radius }: FixedScalarBatching,
  rng: Rng,
): Promise<RatioData> {
  const { real, fake } = sets;
  const { task } = real;
  if (!(radius >= 0)) throw new RangeError(`Cannot use radius = ${radius}: want at least 0`);
  const conditionOf = conditionFor(task, sets.conditionOf);
  const inRange = (label: number) =>
    task.kind === "regression" ? Math.min(task.maximum, Math.max(task.minimum, label)) : label;
  const realIndex = indexLabels(real.labels.map(inRange), task);
  // Predictions may lie beyond the range of labels; there they are the nearest of all.
  const fakeIndex = indexLabels(fake.labels.map(inRange), task);
  const units = new Float64Array(real.labels.length);
  for (const [k, position] of realIndex.order.entries()) units[position] = realIndex.sorted[k]!;
  const order = { count: real.labels.length, batch, dropLast, rng: rng.child("order") };
  const perEpoch = stepsPerEpoch(order);
  const [realTable, fakeTable] = await fixedTables(sets);
  return {
    stepsPerEpoch: perEpoch,
    batch(step) {
      const indices = batchIndicesAt(step, order);
      const draws = rng.child("draws", step);
      const fakeRows = Array.from(indices, (index) => {
        const { start, end } = near(fakeIndex, units[index]!, radius);
        return fakeIndex.order[start + draws.integer(end - start)]!;
      });
      const labels = Float32Array.from(indices, (index) => real.labels[index]!);
      return {
        real: realTable.gather(indices, draws),
        fake: fakeTable.gather(fakeRows, draws),
        condition: tf.tidy(() => conditionOf(labels)),
      };
    },
  };
}

/** Images within the radius; where there is none, those at the distance of the nearest. */
function near(index: LabelIndex, target: number, radius: number) {
  const found = membersWithin(index, target, radius);
  if (found.end > found.start) return found;
  // Nobody is within: all before `start` are below, all from it on above.
  const distances = [index.sorted[found.start - 1], index.sorted[found.start]]
    .flatMap((label) => label === undefined ? [] : Math.abs(label - target));
  return membersWithin(index, target, Math.min(...distances));
}
