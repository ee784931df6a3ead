/**
 * A lever against a generator that draws one image per label (ours; not in the paper): two images for the same label
 * and different latents have to differ as much as two real images of one label do.
 */
import type { LabelledImages } from "../base/contracts.ts";
import { permutation, type Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { relu } from "../native/maps/activation.ts";
import { absolute } from "../native/maps/absolute.ts";

/** Pairs of real images that `realSpread` looks at, where there are enough. */
const PAIRS = 1000;

/**
 * Mean |x_i − x'_i| over pixels and pairs, in units of [−1, 1]; pixels that are equal have slope 0.
 *
 * @param first `[pairs, height, width, 3]`.
 * @param second The other image of each pair.
 */
function spread(first: tf.Tensor4D, second: tf.Tensor4D): tf.Scalar {
  return tf.mean(absolute(first.sub(second)));
}

/**
 * max(0, 1 − spread / target), in [0, 1]: the diversity term of Yang et al. 2019 ("Diversity-sensitive conditional
 * GANs", eq. 2) with the spread of real images as its bound τ, so that no more than theirs is asked for. Their
 * distance of latents is left out: it hardly varies in 256 dimensions.
 *
 * @param images `[2 n, height, width, 3]` in [−1, 1]; image i and image n + i have one label.
 * @param target `realSpread` of the training set.
 */
export function diversityLoss(images: tf.Tensor4D, target: number): tf.Scalar {
  const [first, second] = tf.split(images, 2) as [tf.Tensor4D, tf.Tensor4D];
  return relu(tf.sub(1, spread(first, second).div(target)));
}

/**
 * The first half of the rows, twice: `diversityLoss` compares images that were drawn for the same.
 *
 * @throws {RangeError} The number of rows is odd.
 */
export function twice(rows: tf.Tensor2D): tf.Tensor2D {
  const half = rows.shape[0] / 2;
  if (!Number.isInteger(half)) {
    throw new RangeError(
      `Cannot pair the images of a batch of ${rows.shape[0]}: want an even batch`,
    );
  }
  const first = rows.slice([0, 0], [half, -1]);
  return tf.concat([first, first]);
}

/**
 * Spread of pairs of real images with the same label. Copies of an image say nothing and are passed over.
 *
 * @param rng Decides the pairs.
 * @throws {RangeError} No two different images share a label.
 */
export function realSpread(set: LabelledImages, rng: Rng): number {
  const found = spreadWithinLabels(set, rng);
  if (found !== undefined) return found;
  throw new RangeError(
    `Cannot measure how much real images of one label differ: found no two among ` +
      `${set.labels.length} images, want a set with several images per label; set gan.diversity = 0`,
  );
}

/**
 * Mean |x − x'| over pixels and up to 1,000 pairs of images with the same label, in units of [−1, 1]; undefined where
 * there is no pair.
 *
 * @param rng Decides the pairs.
 * @param options.copies Pairs of equal images: those of a real set are copies, which are "passed over"; those of a
 *   generator say that it has collapsed, and are "counted" with 0. Default: "passed over".
 */
export function spreadWithinLabels(
  { images, labels }: LabelledImages,
  rng: Rng,
  { copies = "passed over" }: { readonly copies?: "passed over" | "counted" } = {},
): number | undefined {
  const { height, width, channels } = images.shape;
  const size = height * width * channels;
  const byLabel = new Map<number, number[]>();
  for (const i of permutation(labels.length, rng)) {
    const label = labels[i]!;
    const waiting = byLabel.get(label);
    if (waiting) waiting.push(i);
    else byLabel.set(label, [i]);
  }
  const [first, second] = [new Uint8Array(size), new Uint8Array(size)];
  let [sum, pairs] = [0, 0];
  // One pair of every label, then another of every label, until there are enough.
  for (let round = 0, isLast = false; !isLast && pairs < PAIRS; round += 2) {
    isLast = true;
    for (const group of byLabel.values()) {
      const [i, j] = [group[round], group[round + 1]];
      if (i === undefined || j === undefined || pairs === PAIRS) continue;
      isLast = false;
      images.read(i, first, 0);
      images.read(j, second, 0);
      let distance = 0;
      for (let k = 0; k < size; k++) distance += Math.abs(first[k]! - second[k]!);
      if (distance === 0 && copies === "passed over") continue;
      sum += distance / size / 127.5;
      pairs++;
    }
  }
  return pairs === 0 ? undefined : sum / pairs;
}
