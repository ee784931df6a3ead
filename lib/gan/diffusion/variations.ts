/**
 * Variations of training images: a sample starts from one of them under some noise in place of noise alone (SDEdit;
 * Meng et al., ICLR 2022, arXiv 2108.01073; as augmentation of small sets: Trabucco et al., arXiv 2302.07944). A model
 * that is too small or too young to compose images from nothing can still vary what it is shown, and the noise level
 * says how far.
 */
import type { LabelledImages } from "../../base/contracts.ts";
import { tf } from "../../base/tf.ts";
import { batchTensors, makeBatch, MINUS_ONE_TO_ONE } from "../../data/batches/batches.ts";
import { positionsByLabel } from "../../data/parts/split.ts";
import type { ConditionOf } from "../sample.ts";

/** What is varied, and how far. */
export interface VariationOptions {
  /** σ that a training image is put under. Pixels in [−1, 1] have a deviation of about 0.5; 80 leaves nothing of them. */
  readonly noise: number;
  /** Training images, at least, that the variations of one label start from; see `VariedImages.choose`. */
  readonly neighbours: number;
}

/** Training images, ready to be varied. */
export interface VariedImages {
  readonly set: LabelledImages;
  /**
   * Positions of images, one for each row: uniform over the images with the labels nearest to the row's, by the squared
   * distance of conditions. Labels are taken in until they have `neighbours` images, each with all of its images: for
   * classes of more images these are the images of the class.
   *
   * @param conditions `[rows, conditionSize]`, row by row.
   * @param shares A number in [0, 1] for each row, which chooses.
   */
  choose(conditions: Float32Array, shares: Float32Array): Int32Array;
}

/**
 * Images of a set by the conditions of their labels, which are asked for when an image is first chosen: whoever plans a
 * run has no networks yet.
 */
export function variedImages(
  set: LabelledImages,
  conditionOf: ConditionOf,
  neighbours: number,
): VariedImages {
  let index: ReturnType<typeof indexOf> | undefined;
  return {
    set,
    choose(conditions, shares) {
      const { size, nearest } = index ??= indexOf(set, conditionOf, neighbours);
      // Rows of one label follow each other.
      let last: Float32Array | undefined;
      let near: number[] = [];
      return Int32Array.from(shares, (share, row) => {
        const condition = conditions.subarray(row * size, (row + 1) * size);
        if (last === undefined || condition.some((value, i) => value !== last![i])) {
          near = nearest(condition);
          last = condition;
        }
        return near[Math.min(near.length - 1, Math.floor(share * near.length))]!;
      });
    },
  };
}

/** Entries of a condition, and the positions of the images nearest to one. */
function indexOf(set: LabelledImages, conditionOf: ConditionOf, neighbours: number) {
  const byLabel = positionsByLabel(set.labels);
  const groups = [...byLabel.values()];
  const known = tf.tidy(() => conditionOf([...byLabel.keys()]).dataSync() as Float32Array);
  const size = known.length / groups.length;
  const nearest = (condition: Float32Array): number[] => {
    const distances = groups.map((_, group) => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += (condition[i]! - known[group * size + i]!) ** 2;
      return sum;
    });
    const order = [...distances.keys()].sort((a, b) => distances[a]! - distances[b]! || a - b);
    const near: number[] = [];
    for (const group of order) {
      if (near.length >= neighbours) break;
      near.push(...groups[group]!);
    }
    return near;
  };
  return { size, nearest };
}

/**
 * What a sampler starts from: y / σ + ε, so that σ times it is an image y under noise of deviation σ. The greater σ, the
 * more of it is noise. Runs inside a tidy.
 *
 * @param latent `[batch, 1 + pixels]`, N(0, 1): the first entry chooses y, the others are ε.
 * @param condition `[batch, conditionSize]`.
 * @returns `[batch, height, width, 3]`.
 */
export function variationStart(
  { set, choose }: VariedImages,
  { latent, condition, noise }: {
    readonly latent: tf.Tensor2D;
    readonly condition: tf.Tensor2D;
    readonly noise: number;
  },
): tf.Tensor4D {
  // Φ(z) of a standard normal z is uniform.
  const shares = tf.erf(latent.slice([0, 0], [-1, 1]).div(Math.SQRT2)).add(1).div(2);
  const chosen = choose(
    condition.dataSync() as Float32Array,
    shares.dataSync() as Float32Array,
  );
  const { x } = batchTensors(makeBatch(set, chosen, { normalisation: MINUS_ONE_TO_ONE }));
  return x.div<tf.Tensor4D>(noise).add(latent.slice([0, 1]).reshape(x.shape));
}
