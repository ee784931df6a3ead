/** Losses of the cGAN's two players; every one is a mean over the batch. */
import { tf } from "../base/tf.ts";
import { relu } from "../native/kernels.ts";

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
 * Mean of max(0, H_i − margin) with the cross-entropy H_i = −Σ_c q_c log softmax(z)_c of each image.
 *
 * @param target Probabilities or one-hot rows, `[batch, classes]`.
 * @param logits `[batch, classes]`.
 * @param margin In nats; an image that is better than that has no slope.
 */
export function classLoss(target: tf.Tensor2D, logits: tf.Tensor2D, margin = 0): tf.Scalar {
  const entropy = tf.neg(tf.sum(target.mul(tf.logSoftmax(logits)), 1));
  return tf.mean(margin === 0 ? entropy : relu(entropy.sub(margin)));
}
