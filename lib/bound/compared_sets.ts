/** Real and fake images made comparable: the same labels on both sides, one half to fit and one to test. */
import { type LabelledImages, selectLabelled } from "../base/contracts.ts";
import { permutation, type Rng } from "../base/rng.ts";

/** Labels that two sets of scalar labels are compared at; each stands for a sixtieth of the range. */
const BINS = 60;

/**
 * Both sets with labels of the same few values, since a ratio given the label compares images of equal labels:
 * classes as they are, scalar labels in bins. Images in bins that one side does not have are left out.
 */
export function withSharedLabels(
  ...sets: [LabelledImages, LabelledImages]
): [LabelledImages, LabelledImages] {
  const { task } = sets[0];
  if (task.kind === "classification") return sets;
  const width = (task.maximum - task.minimum) / BINS;
  const binned = sets.map((set) => ({
    ...set,
    labels: set.labels.map((label) => {
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor((label - task.minimum) / width)));
      return task.minimum + (bin + 0.5) * width;
    }),
  })) as [LabelledImages, LabelledImages];
  return binned.map((set, i) => withPartners(set, binned[1 - i]!)) as [
    LabelledImages,
    LabelledImages,
  ];
}

/** The images of `set` whose labels `other` has too; `set` itself where it has them all. */
export function withPartners(set: LabelledImages, other: LabelledImages): LabelledImages {
  const known = new Set(other.labels);
  const kept = Array.from(set.labels, (_, k) => k).filter((k) => known.has(set.labels[k]!));
  return kept.length === set.labels.length ? set : selectLabelled(set, kept);
}

/** So many images, chosen at random; all in random order where there are fewer. */
export function chooseAtMost(set: LabelledImages, count: number, rng: Rng): LabelledImages {
  return selectLabelled(set, permutation(set.labels.length, rng).slice(0, count));
}

/** Two parts of equal size, chosen at random; the second one is larger by one where the number is odd. */
export function halves(
  set: LabelledImages,
  rng: Rng,
): [LabelledImages, LabelledImages] {
  const order = permutation(set.labels.length, rng);
  const middle = Math.floor(order.length / 2);
  return [selectLabelled(set, order.slice(0, middle)), selectLabelled(set, order.slice(middle))];
}
