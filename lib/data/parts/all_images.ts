/** All real images of a data set, whatever part they are in: what a generator is judged against. */
import {
  concatLabelled,
  type Dataset,
  type LabelledImages,
  type RealImages,
  selectLabelled,
} from "../../base/contracts.ts";

/** Real images with their kinds. */
export interface AllImages {
  /** Training images, then test images. */
  readonly set: LabelledImages;
  /** Kind of each image; undefined where the set has none. */
  readonly types?: { readonly count: number; readonly of: Uint16Array };
}

/** The training images of a data set, each once: repeated ones, which come last, are left out. */
export function trainingOnce({ train, originals }: Dataset): RealImages {
  if (originals === train.labels.length) return train;
  return selectLabelled(train, Uint32Array.from({ length: originals }, (_, i) => i));
}

/** Training and test images of a data set, each once: repeated training images are left out. */
export function allImages(dataset: Dataset): AllImages {
  const { test, types } = dataset;
  const once = trainingOnce(dataset);
  const originals = once.labels.length;
  const set = concatLabelled(once, test);
  if (types === "none") return { set };
  const of = new Uint16Array(set.labels.length);
  of.set(types.train.subarray(0, originals));
  of.set(types.test, originals);
  return { set, types: { count: types.count, of } };
}
