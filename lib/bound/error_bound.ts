/**
 * The error bound of a cGAN-KD student (`lib/METHOD.md`): with probability at
 * least 1 − δ
 *
 *     R(f̂) − R(f*)  ≤  4 𝓡_n + 2 B √(ln(2/δ) / (2n)) + 2 θ Δ + ε,     Δ ≤ B · TV + Λ,
 *
 * for N real and M processed fake images, n = N + M, θ = M / n, and a loss in [0, B]. Where batches hold another share θ of
 * fakes, each image weighs (1 − θ) / N or θ / M in the training loss, and n is 1 / ((1 − θ)² / N + θ² / M): one over the sum of
 * the squared weights, which is N + M where θ = M / (N + M).
 */
import { checkFraction, checkInteger } from "../base/check.ts";

/** What a training set is made of. */
export interface SetSizes {
  /** N. */
  readonly real: number;
  /** M: processed fakes in the training set. */
  readonly fakes: number;
  /** θ, the share of fakes in what is trained on; default: M / (N + M). */
  readonly share?: number;
}

/** What the right side is made of. */
export interface BoundInputs extends SetSizes {
  /** Rademacher complexity 𝓡_n of the loss class on n images; b / (4 √n) where b is measured. */
  readonly rademacher: (n: number) => number;
  /** TV(p_r, p_g), in [0, 1]. */
  readonly totalVariation: number;
  /** Λ, in units of the loss. */
  readonly labelTerm: number;
  /** B: greatest possible loss; default: 1 (0-1 loss, errors of labels scaled to [0, 1]). */
  readonly greatestLoss?: number;
  /** δ; default: 0.05. */
  readonly delta?: number;
  /** ε_opt: how far training stays above the least training loss; default: 0. */
  readonly optimisation?: number;
}

/** The right side, term by term, in units of the loss. */
export interface BoundTerms {
  /** 4 𝓡_n. */
  readonly complexity: number;
  /** 2 B √(ln(2/δ) / (2n)). */
  readonly confidence: number;
  /** 2 θ B TV: fakes that look different. Better generators and subsampling lower it. */
  readonly distribution: number;
  /** 2 θ Λ: fakes that are labelled differently. Filtering and label adjustment lower it. */
  readonly label: number;
  /** ε_opt. */
  readonly optimisation: number;
  /** Sum of the terms. */
  readonly total: number;
  /** Δ = B · TV + Λ. */
  readonly gap: number;
  /** Above B the bound says nothing in absolute value; the ordering it predicts is what is tested. */
  readonly isVacuous: boolean;
}

/**
 * Every term of the right side of the bound.
 *
 * @throws {RangeError} A count is no integer, a term is negative or δ is not in (0, 1].
 */
export function boundTerms(inputs: BoundInputs): BoundTerms {
  const { real, fakes, rademacher, totalVariation, labelTerm } = inputs;
  const { greatestLoss = 1, delta = 0.05, optimisation = 0 } = inputs;
  checkInteger(real, "real");
  checkInteger(fakes, "fakes", 0);
  checkFraction(delta, "delta");
  for (const [name, value] of Object.entries({ totalVariation, labelTerm, optimisation })) {
    if (!(value >= 0)) {
      throw new RangeError(`Cannot bound the error: found ${name} ${value}, want at least 0`);
    }
  }
  const { n, share } = weighted(inputs);
  const complexity = 4 * rademacher(n);
  const confidence = 2 * greatestLoss * Math.sqrt(Math.log(2 / delta) / (2 * n));
  const distribution = 2 * share * greatestLoss * totalVariation;
  const label = 2 * share * labelTerm;
  const total = complexity + confidence + distribution + label + optimisation;
  return {
    complexity,
    confidence,
    distribution,
    label,
    optimisation,
    total,
    gap: greatestLoss * totalVariation + labelTerm,
    isVacuous: total > greatestLoss,
  };
}

/**
 * θ, and the number of images that count: as many that weigh all the same have the same sum of squared weights.
 *
 * @throws {RangeError} θ is not in (0, 1).
 */
function weighted(
  { real, fakes, share }: SetSizes,
): { readonly n: number; readonly share: number } {
  if (fakes === 0 || share === undefined) {
    return { n: real + fakes, share: fakes / (real + fakes) };
  }
  if (!(share > 0 && share < 1)) {
    throw new RangeError(
      `Cannot bound the error: found a share of fakes of ${share}, want one in (0, 1)`,
    );
  }
  return { n: 1 / ((1 - share) ** 2 / real + share ** 2 / fakes), share };
}

/** What fakes change in one term of the right side, in units of the loss. */
export interface BoundChange {
  /** For people, with its formula. */
  readonly term: string;
  /** With fakes less without: below 0 the term promises a gain. */
  readonly change: number;
}

/**
 * What fakes change in the right side where b / √n stands for all that falls with the number of images: b is fitted to
 * measured errors, which hold what chance adds as well as complexity. The terms that no choice of fakes moves are
 * not among them.
 *
 * @param withFakes The right side with them.
 * @param without That of the same real images and no fakes.
 */
export function boundChanges(withFakes: BoundTerms, without: BoundTerms): BoundChange[] {
  return [
    { term: "more images, b/√n", change: withFakes.complexity - without.complexity },
    { term: "images unlike real ones, 2 θ TV", change: withFakes.distribution },
    { term: "wrong labels, 2 θ Λ", change: withFakes.label },
  ];
}

/**
 * What fakes change in the right side where b / √n is the complexity: b / √n − b / √N + 2 θ Δ. Below 0 is a promised gain.
 *
 * @param counts N, M^g, θ and b, as in `allowedGaps`.
 * @param counts.gap Δ.
 */
export function boundChange(
  { b, gap, ...sizes }: SetSizes & { readonly b: number; readonly gap: number },
): number {
  const { n, share } = weighted(sizes);
  return b / Math.sqrt(n) - b / Math.sqrt(sizes.real) + 2 * share * gap;
}

/** Gaps Δ below which the bound with fakes is lower than without. */
export interface AllowedGaps {
  /** For M^g fakes: (b / √N − b / √n) / 2θ, which is (b / 2√N) · √n / (√N + √n) where θ = M / n. */
  readonly threshold: number;
  /** For any number of them that is large enough: b / (2√N). */
  readonly limit: number;
}

/**
 * With g = b / √n + 2 θ Δ, fakes promise a gain exactly when g is below b / √N.
 *
 * @param sizes N, M^g and θ.
 * @param sizes.b Slope of the error in 1 / √N.
 */
export function allowedGaps({ b, ...sizes }: SetSizes & { readonly b: number }): AllowedGaps {
  const { real, fakes } = sizes;
  checkInteger(real, "N");
  checkInteger(fakes, "M^g");
  checkFraction(b, "b", 0, Infinity);
  const { n, share } = weighted(sizes);
  return {
    limit: b / (2 * Math.sqrt(real)),
    threshold: (b / Math.sqrt(real) - b / Math.sqrt(n)) / (2 * share),
  };
}
