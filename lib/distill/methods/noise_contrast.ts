/** Losses of CRD and HKD: an embedding finds its image in a memory of the other network's embeddings, among negatives. */
import { tf } from "../../base/tf.ts";
import { detached } from "../losses.ts";

/** One side of a contrast. */
export interface Contrast {
  /** Embeddings of the batch at unit length, `[batch, size]`. */
  readonly queries: tf.Tensor2D;
  /** The other network's embeddings of all N training images, `[N, size]`; constants. */
  readonly memory: tf.Tensor2D;
  /** 1 at the positive of each query, `[batch, N]`. */
  readonly positives: tf.Tensor2D;
  /** How often each image was drawn as a negative, `[batch, N]`; every row sums to m. */
  readonly negatives: tf.Tensor2D;
  /** m: negatives of each query. */
  readonly count: number;
  /** τ. */
  readonly temperature: number;
  /** Z of the first batch, a scalar; default: this is it. */
  readonly constant?: tf.Tensor;
}

/**
 * −(1 / B) Σ_b [ln(P / (P + m / N + 1e−7)) of the positive + Σ over negatives ln((m / N) / (P + m / N + 1e−7))],
 * P = exp(⟨memory, query⟩ / τ) / Z. Z is the mean of those exponentials over the first batch's positives and
 * negatives, times N.
 *
 * All N images are scored, and those that were not drawn are counted 0 times. At m = 16,384 of 50,000 images that is
 * a matrix of `[batch, N]`, where gathering the drawn rows would take m · size numbers a query.
 *
 * @returns The loss, and Z without a gradient.
 */
export function noiseContrast(contrast: Contrast): { loss: tf.Scalar; constant: tf.Tensor } {
  const { queries, memory, positives, negatives, count, temperature } = contrast;
  const [batch, size] = positives.shape;
  const scores = tf.exp(tf.matMul(queries, memory, false, true).div(temperature));
  const constant = contrast.constant ?? detached(
    tf.sum(scores.mul(positives.add(negatives))).div(batch * (1 + count)).mul(size),
  );
  const p = scores.div(constant);
  const noise = count / size;
  const logBoth = tf.log(p.add(noise + 1e-7));
  const found = tf.log(p).sub(logBoth).mul(positives);
  const rejected = tf.sub(Math.log(noise), logBoth).mul(negatives);
  return { loss: tf.sum(found.add(rejected)).div(-batch), constant };
}

/** One side of a choice. */
export interface Choice extends Pick<Contrast, "queries" | "memory" | "negatives" | "temperature"> {
  /** The row that each query is to find, `[batch, size]`; constants. */
  readonly positives: tf.Tensor2D;
}

/**
 * −(1 / B) Σ_b ln(e^(⟨positive, query⟩ / τ) / (that + Σ over negatives e^(⟨memory, query⟩ / τ))): InfoNCE. It is
 * ln(1 + m) where all rows are equally alike.
 */
export function pickContrast(
  { queries, positives, memory, negatives, temperature }: Choice,
): tf.Scalar {
  const found = tf.sum(queries.mul(positives), 1, true).div(temperature);
  const scores = tf.matMul(queries, memory, false, true).div(temperature);
  // Relative to the positive: of unit rows no exponent is above 2 / τ.
  const others = tf.sum(tf.exp(scores.sub(found)).mul(negatives), 1);
  return tf.mean(tf.log1p(others));
}

/**
 * The memory with n(momentum · row + (1 − momentum) · embedding) in the rows of a batch; n makes rows unit length.
 *
 * @param memory `[N, size]`.
 * @param rows 1 at the row of each embedding, `[batch, N]`; no row twice.
 * @param embeddings `[batch, size]`.
 */
export function remembered(
  memory: tf.Tensor2D,
  { rows, embeddings, momentum }: {
    rows: tf.Tensor2D;
    embeddings: tf.Tensor2D;
    momentum: number;
  },
): tf.Tensor2D {
  const mixed = tf.matMul(rows, memory).mul(momentum).add(embeddings.mul(1 - momentum));
  const unit = mixed.div<tf.Tensor2D>(tf.maximum(tf.norm(mixed, 2, 1, true), 1e-12));
  const kept = tf.sub(1, tf.sum(rows, 0)).expandDims(1);
  // Sums of one value and zeros: the bits are those of the rows.
  return memory.mul(kept).add(tf.matMul(rows, unit, true));
}
