/**
 * The formulas of EDM (Karras, Aittala, Aila and Laine, "Elucidating the Design Space of Diffusion-Based Generative
 * Models", NeurIPS 2022; arXiv 2206.00364), which iCCDM takes over for scalar labels (Ding et al., arXiv 2602.02114).
 *
 * An image y is seen as x = y + σ ε with ε ~ N(0, I). A denoiser D(x; σ) that estimates y gives the score of the
 * noisy images, ∇ log p(x; σ) = (D(x; σ) − x) / σ² (Equation 3), and with it a differential equation that turns
 * noise into images.
 */
import { checkInteger } from "../../base/check.ts";

/** Deviation of the pixels of images in [−1, 1] that the formulas assume (Table 1). */
export const SIGMA_DATA = 0.5;

/** What stands around the raw network at one noise level. */
export interface Preconditioning {
  /** c_skip. */
  readonly skip: number;
  /** c_out. */
  readonly out: number;
  /** c_in. */
  readonly input: number;
  /** c_noise, which tells the network the noise level. */
  readonly noise: number;
}

/**
 * D(x; σ) = c_skip(σ) x + c_out(σ) F(c_in(σ) x; c_noise(σ)) (Equation 7) with, by Table 1 and Appendix B.6,
 *
 * - c_skip = σ_d² / (σ² + σ_d²),
 * - c_out = σ σ_d / √(σ² + σ_d²),
 * - c_in = 1 / √(σ² + σ_d²),
 * - c_noise = ln(σ) / 4,
 *
 * so that F reads and predicts values of variance 1 at every σ, and its errors are amplified least.
 *
 * Below σ_d that makes F predict the noise, pixel by pixel, which takes many channels. With a smaller `skip` s (ours)
 * c_skip = s² / (σ² + s²) and c_out = √((1 − c_skip)² σ_d² + c_skip² σ²), which again gives targets of variance 1, and
 * which is the above for s = σ_d: above s the network predicts the image itself, which lies in far fewer dimensions than
 * noise does and which a small network can draw (Li and He, "Back to Basics: Let Denoising Generative Models Denoise",
 * arXiv 2511.13720).
 */
export function preconditioning(sigma: number, skip: number = SIGMA_DATA): Preconditioning {
  const total = sigma ** 2 + SIGMA_DATA ** 2;
  const share = skip ** 2 / (sigma ** 2 + skip ** 2);
  return {
    skip: share,
    out: skip === SIGMA_DATA
      ? sigma * SIGMA_DATA / Math.sqrt(total)
      : Math.hypot((1 - share) * SIGMA_DATA, share * sigma),
    input: 1 / Math.sqrt(total),
    noise: Math.log(sigma) / 4,
  };
}

/**
 * λ(σ) = (σ² + σ_d²) / (σ σ_d)² (Table 1), the weight of ‖D(y + σ ε; σ) − y‖²: the reciprocal of c_out² of EDM, so that
 * errors of its F count alike at every σ (Equation 8). Another `skip` leaves the loss what it is.
 */
export function lossWeight(sigma: number): number {
  return (sigma ** 2 + SIGMA_DATA ** 2) / (sigma * SIGMA_DATA) ** 2;
}

/** ln σ ~ N(mean, deviation²) in training. */
export interface NoiseDistribution {
  /** P_mean: −1.2 (Table 1). */
  readonly mean: number;
  /** P_std: 1.2 (Table 1). */
  readonly deviation: number;
}

/** Where the sampler evaluates. */
export interface Discretisation {
  /** N: levels above 0. 2 N − 1 evaluations of the denoiser by Heun's method. */
  readonly steps: number;
  /** σ_min; default: 0.002 (Table 1). */
  readonly least?: number;
  /** σ_max; default: 80 (Table 1). */
  readonly most?: number;
  /** How much shorter steps near σ_min are; default: 7 (Table 1). */
  readonly rho?: number;
}

/**
 * σ_i = (σ_max^(1/ρ) + i / (N − 1) · (σ_min^(1/ρ) − σ_max^(1/ρ)))^ρ for i < N, then σ_N = 0 (Equation 5).
 *
 * @returns N + 1 falling numbers.
 * @throws {RangeError} Fewer than two steps, or levels that do not fall.
 */
export function noiseLevels(
  { steps, least = 0.002, most = 80, rho = 7 }: Discretisation,
): number[] {
  checkInteger(steps, "sampling steps", 2);
  if (!(least > 0 && most > least && Number.isFinite(most) && rho > 0)) {
    throw new RangeError(
      `Cannot lay out noise levels from ${most} to ${least} with rho ${rho}: want falling positive levels and a ` +
        "positive rho",
    );
  }
  const [high, low] = [most ** (1 / rho), least ** (1 / rho)];
  const levels = Array.from(
    { length: steps },
    (_, i) => (high + i / (steps - 1) * (low - high)) ** rho,
  );
  return [...levels, 0];
}
