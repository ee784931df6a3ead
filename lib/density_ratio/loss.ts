/** The loss that makes a network estimate a density ratio. */
import { tf } from "../base/tf.ts";

/** Options of `ratioLoss`. */
export interface RatioLossOptions {
  /** λ of the penalty; 1e-3 in the paper. */
  readonly penalty: number;
  /** w of each real image, `[batch, 1]`: soft vicinal weights of scalar labels; 1 without. */
  readonly weights?: tf.Tensor2D;
}

/**
 * Conditional Softplus loss with penalty (cSP; paper, Section IV; method specification 3.4): with
 * s(t) = 1 / (1 + e^−t) and η(t) = ln(1 + e^t),
 *
 *     mean_fake[s(φ) φ − η(φ)] − mean_real[w s(φ)] + λ (mean_fake[φ] − 1)²
 *
 * Its minimum is φ = p_r / p_g, where mean_fake φ = 1 and the penalty vanishes. φ ≡ 0 gives
 * −ln 2 − 1/2 + λ.
 *
 * @param fake φ of fake images, `[batch, 1]`, >= 0.
 * @param real φ of real images, `[batch, 1]`, >= 0.
 */
export function ratioLoss(
  fake: tf.Tensor2D,
  real: tf.Tensor2D,
  { penalty, weights }: RatioLossOptions,
): tf.Scalar {
  const fakeTerm = tf.mean(tf.sigmoid(fake).mul(fake).sub(tf.softplus(fake)));
  const likeness = tf.sigmoid(real);
  const realTerm = tf.mean(weights === undefined ? likeness : likeness.mul(weights));
  const excess = tf.mean(fake).sub(1).square().mul(penalty);
  return fakeTerm.sub(realTerm).add<tf.Scalar>(excess);
}
