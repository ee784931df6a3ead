/** Classifier-free guidance: images that show their condition more clearly than a plain sample does. */
import { tf } from "../../base/tf.ts";

/** How far to go beyond the conditional prediction. */
export interface Guidance {
  /** w: 1 is the plain conditional prediction. iCCDM: 1.5. */
  readonly weight: number;
  /** φ in [0, 1]: share of the prediction whose contrast is brought back. CCDM: 0.7. */
  readonly rescaling: number;
}

/**
 * D_w = D(x; σ) + w (D(x; σ, c) − D(x; σ)) (Ho and Salimans 2022, Equation 6, with w counted from 1), whose contrast
 * grows with w; then φ · D_w std(D(x; σ, c)) / std(D_w) + (1 − φ) · D_w, deviations over each image (Lin et al.,
 * "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2024, Equations 15 and 16).
 *
 * @param conditional D(x; σ, c), `[batch, height, width, channels]`.
 * @param unconditional D(x; σ), which was given the null condition.
 */
export function guided(
  conditional: tf.Tensor4D,
  unconditional: tf.Tensor4D,
  { weight, rescaling }: Guidance,
): tf.Tensor4D {
  const pushed = unconditional.add<tf.Tensor4D>(conditional.sub(unconditional).mul(weight));
  if (rescaling === 0) return pushed;
  const ratio = deviationOf(conditional).div(deviationOf(pushed).maximum(1e-12));
  return pushed.mul(ratio.mul(rescaling).add(1 - rescaling));
}

/** `[batch, 1, 1, 1]`. */
function deviationOf(images: tf.Tensor4D): tf.Tensor {
  return tf.sqrt(tf.moments(images, [1, 2, 3], true).variance);
}
