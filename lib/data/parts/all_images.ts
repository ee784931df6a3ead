/** All real images of a data set, whatever part they are in: what a generator is judged against. */
import {
  concatLabelled,
  type Dataset,
  type LabelledImages,
  selectLabelled,
} from "../../base/contracts.ts";

/** Kinds of object that the images of a set show, such as RC-49's 49 chairs. */
export interface ObjectTypes {
  /** How many kinds there are. */
  readonly count: number;
  /** Of each training image, 0 … count − 1. */
  readonly train: Uint16Array;
  /** Of each test image. */
  readonly test: Uint16Array;
}

/** A data set that knows more of itself than networks are told. */
export interface DescribedDataset extends Dataset {
  /** Kinds of object, where the set has them. */
  readonly types?: ObjectTypes;
  /** Training images before rare labels are repeated: the first ones of `train`; all unless said. */
  readonly originals?: number;
  /** The same of `subtrain`, whose repeated images come last too. */
  readonly subtrainOriginals?: number;
}

/** Real images with their kinds. */
export interface AllImages {
  /** Training images, then test images. */
  readonly set: LabelledImages;
  /** Kind of each image; undefined where the set has none. */
  readonly types?: { readonly count: number; readonly of: Uint16Array };
}

/** N: training images of a data set, each counted once however often it is repeated. */
export function distinctCount(
  { train, originals = train.labels.length }: DescribedDataset,
): number {
  return originals;
}

/** The training images of a data set, each once: repeated ones, which come last, are left out. */
export function trainingOnce(
  { train, originals = train.labels.length }: DescribedDataset,
): LabelledImages {
  if (originals === train.labels.length) return train;
  return selectLabelled(train, Uint32Array.from({ length: originals }, (_, i) => i));
}

/** Training and test images of a data set, each once: repeated training images are left out. */
export function allImages(dataset: DescribedDataset): AllImages {
  const { test, types } = dataset;
  const once = trainingOnce(dataset);
  const originals = once.labels.length;
  const set = concatLabelled(once, test);
  if (types === undefined) return { set };
  const of = new Uint16Array(set.labels.length);
  of.set(types.train.subarray(0, originals));
  of.set(types.test, originals);
  return { set, types: { count: types.count, of } };
}
