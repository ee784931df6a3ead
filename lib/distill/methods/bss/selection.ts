/** Which images BSS starts its searches from, and towards which class. */
import type { Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";

/** Outputs for one batch. */
export interface BatchOutputs {
  /** Logits `[batch, classes]`. */
  readonly student: tf.Tensor2D;
  /** Logits `[batch, classes]`. */
  readonly teacher: tf.Tensor2D;
  /** `[batch]`, int32. */
  readonly labels: tf.Tensor1D;
}

/** Σ over classes but the label's of (σ(z_t) − σ(z_s))², T = 1: `[batch]`. */
export function disagreement({ student, teacher, labels }: BatchOutputs): tf.Tensor1D {
  const others = tf.sub(1, tf.oneHot(labels, student.shape[1]));
  return tf.sum(tf.squaredDifference(tf.softmax(student), tf.softmax(teacher)).mul(others), 1);
}

/**
 * Positions of base samples: images that student and teacher both classify rightly, and of these at most `most`, those
 * first on which the two differ most.
 *
 * Source: Heo et al., AAAI 2019; method specification 6.5.
 *
 * @returns `[n]`, int32; n may be 0.
 */
export function baseSamples(outputs: BatchOutputs, most: number): tf.Tensor1D {
  return tf.tidy(() => {
    const isRight = (logits: tf.Tensor2D) => tf.equal(tf.argMax(logits, 1), outputs.labels);
    const isBase = tf.logicalAnd(isRight(outputs.student), isRight(outputs.teacher))
      .cast("float32");
    const count = Math.min(most, tf.sum(isBase).dataSync()[0]!);
    if (count === 0) return tf.tensor1d([], "int32");
    // Candidates have 1 or more, the others 0.
    return tf.topk(isBase.mul(disagreement(outputs).add(1)) as tf.Tensor1D, count)
      .indices as tf.Tensor1D;
  });
}

/** P(k) = σ(z)_k / (1 − max σ(z)), 0 for the likeliest class: `[batch, classes]`. */
export function targetProbabilities(logits: tf.Tensor2D): tf.Tensor2D {
  return tf.softmax(logits.sub(likeliest(logits).mul(1e9)));
}

/**
 * Draws a class for each row by `targetProbabilities`: the largest of ln p + Gumbel noise.
 *
 * @returns `[batch]`, int32; never the likeliest class.
 */
export function drawTargets(logits: tf.Tensor2D, rng: Rng): tf.Tensor1D {
  const noise = Float32Array.from(
    { length: logits.size },
    // 0 would have no logarithm.
    () => -Math.log(-Math.log(Math.max(rng.uniform(), 1e-12))),
  );
  const odds = tf.logSoftmax(logits).add(tf.tensor2d(noise, logits.shape));
  return tf.argMax(odds.sub(likeliest(logits).mul(1e9)), 1);
}

function likeliest(logits: tf.Tensor2D): tf.Tensor2D {
  return tf.oneHot(tf.argMax(logits, 1), logits.shape[1]).cast("float32") as tf.Tensor2D;
}
