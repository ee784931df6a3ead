/** A data set with fewer training images: how results depend on N. */
import { checkInteger } from "../../base/check.ts";
import { type Dataset, type LabelledImages, selectLabelled } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { positionsByLabel, type Split, splitByRuns, splitStratified } from "./split.ts";

const SEED = 2020;
const SUBTRAIN_FRACTION = 0.8;

/**
 * The same set with `count` of its training images; test images stay. Smaller choices are part of larger ones, and each
 * label keeps its share: the k-th image of a label with n images, in random order, comes at (k + u) / n, u from [0, 1).
 * Copies that fill up rare labels are left out.
 *
 * @throws {RangeError} There are fewer images.
 */
export function fewerImages(dataset: Dataset, count: number): Dataset {
  checkInteger(count, "trainImages");
  const { train, originals, types } = dataset;
  if (count > originals) {
    throw new RangeError(
      `Cannot train on ${count} images of ${dataset.name}: found ${originals}, want at most as many`,
    );
  }
  const places: { readonly position: number; readonly at: number }[] = [];
  for (const [label, positions] of positionsByLabel(train.labels.subarray(0, originals))) {
    const rng = rngOf(SEED, "fewer images", label);
    const order = Array.from(positions, (position) => ({ position, key: rng.uniform() }))
      .sort((a, b) => a.key - b.key);
    const offset = rng.uniform();
    for (const [k, { position }] of order.entries()) {
      places.push({ position, at: (k + offset) / positions.length });
    }
  }
  places.sort((a, b) => a.at - b.at || a.position - b.position);
  const kept = Uint32Array.from(places.slice(0, count), ({ position }) => position).sort();
  const few = selectLabelled(train, kept);
  const { chosen, rest } = subtrainOf(few);
  return {
    ...dataset,
    train: few,
    originals: count,
    subtrain: chosen,
    subtrainOriginals: chosen.length,
    subvalid: rest,
    checksum: `${dataset.checksum}-${count}-images`,
    types: types === "none" ? types : {
      ...types,
      train: Uint16Array.from(kept, (position) => types.train[position]!),
    },
  };
}

/** Images to train on while something is chosen, and the rest. */
function subtrainOf({ labels, task }: LabelledImages): Split {
  const rng = rngOf(SEED, "fewer images", "split");
  const split = splitStratified(labels, SUBTRAIN_FRACTION, rng);
  // One or two images of a scalar label are all trained on, and of every label there may be no more.
  return task.kind === "regression" && split.rest.length === 0
    ? splitByRuns(labels, SUBTRAIN_FRACTION, rng)
    : split;
}
