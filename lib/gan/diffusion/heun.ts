/** The deterministic sampler of EDM. */
import { tf } from "../../base/tf.ts";

/**
 * D(x; σ): what is left of x without its noise. Runs inside a tidy.
 *
 * @param x Images with noise of deviation σ.
 */
export type Denoiser = (x: tf.Tensor4D, sigma: number) => tf.Tensor4D;

/**
 * Solves dx/dσ = (x − D(x; σ)) / σ (Equation 4 with t = σ and Equation 3) from σ_0 to 0 by Heun's method of second
 * order (Karras et al. 2022, Algorithm 1): with d_i = (x_i − D(x_i; σ_i)) / σ_i,
 *
 * - x' = x_i + (σ_{i+1} − σ_i) d_i,
 * - x_{i+1} = x_i + (σ_{i+1} − σ_i) (d_i + d') / 2 with d' = (x' − D(x'; σ_{i+1})) / σ_{i+1},
 *
 * and only Euler's x' in the last step, where σ_{i+1} = 0. Nothing is drawn: an image depends on its initial noise
 * only. Two maps outlive a step.
 *
 * @param noise N(0, I), `[batch, height, width, channels]`; multiplied by σ_0 here. Left as it is.
 * @param levels Falling, the last one 0; see `noiseLevels`.
 * @returns x_N. The caller owns it.
 */
export function sampleByHeun(
  denoise: Denoiser,
  noise: tf.Tensor4D,
  levels: readonly number[],
): tf.Tensor4D {
  let x = noise.mul<tf.Tensor4D>(levels[0]!);
  for (let i = 0; i + 1 < levels.length; i++) {
    const next = tf.tidy(() => heunStep(denoise, x, { from: levels[i]!, to: levels[i + 1]! }));
    x.dispose();
    x = next;
  }
  return x;
}

function heunStep(
  denoise: Denoiser,
  x: tf.Tensor4D,
  { from, to }: { from: number; to: number },
): tf.Tensor4D {
  const slopeAt = (place: tf.Tensor4D, sigma: number): tf.Tensor4D =>
    tf.tidy(() => place.sub(denoise(place, sigma)).div(sigma));
  const slope = slopeAt(x, from);
  const euler = x.add<tf.Tensor4D>(slope.mul(to - from));
  if (to === 0) return euler;
  const corrected = slope.add(slopeAt(euler, to)).mul((to - from) / 2);
  return x.add(corrected);
}
