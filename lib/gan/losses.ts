/** Losses of the cGAN's two players; every one is a mean over the batch. */
import { tf } from "../base/tf.ts";
import { relu } from "../native/maps/activation.ts";

/**
 * Hinge loss of the discriminator: mean w_r ReLU(1 − D(x)) + mean w_f ReLU(1 + D(G(z))). Vicinal weights
 * are not re-normalised (CcGAN); without weights they are 1.
 *
 * @param real Scores of real images, `[batch, 1]`.
 * @param fake Scores of fake images, `[batch, 1]`.
 */
export function discriminatorHinge(
  real: tf.Tensor2D,
  fake: tf.Tensor2D,
  weights?: { real: tf.Tensor2D; fake: tf.Tensor2D },
): tf.Scalar {
  const realLoss = relu(tf.sub<tf.Tensor2D>(1, real));
  const fakeLoss = relu(fake.add<tf.Tensor2D>(1));
  if (weights === undefined) return tf.mean(realLoss).add(tf.mean(fakeLoss));
  return tf.mean(realLoss.mul(weights.real)).add(tf.mean(fakeLoss.mul(weights.fake)));
}

/** −mean D(G(z)). */
export function generatorHinge(fake: tf.Tensor2D): tf.Scalar {
  return tf.neg(tf.mean(fake));
}

/**
 * H_i = −Σ_c q_c log softmax(z)_c of each image, `[batch]`, in nats.
 *
 * @param target Probabilities or one-hot rows, `[batch, classes]`.
 * @param logits `[batch, classes]`.
 */
export function crossEntropies(target: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor1D {
  return tf.neg(tf.sum(target.mul(tf.logSoftmax(logits)), 1));
}

/**
 * Mean of max(0, e_i − margin).
 *
 * @param errors `[batch]`, at least 0; one below the margin has no gradient.
 */
export function beyondMargin(errors: tf.Tensor1D, margin: number): tf.Scalar {
  return tf.mean(margin === 0 ? errors : relu(errors.sub(margin)));
}
