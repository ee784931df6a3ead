/**
 * The error bound of a cGAN-KD student (`lib/METHOD.md`): with probability at
 * least 1 − δ
 *
 *     R(f̂) − R(f*)  ≤  4 𝓡_n + 2 B √(ln(2/δ) / (2n)) + 2 θ Δ + ε,     Δ ≤ B · TV + Λ,
 *
 * for N real and M processed fake images, n = N + M, θ = M / n, and a loss in [0, B].
 */
import { checkFraction, checkInteger } from "../base/check.ts";

/** What the right side is made of. */
export interface BoundInputs {
  /** N. */
  readonly real: number;
  /** M: processed fakes in the training set. */
  readonly fakes: number;
  /** Rademacher complexity 𝓡_n of the loss class on n images; b / (4 √n) where b is measured. */
  readonly rademacher: (n: number) => number;
  /** TV(p_r, p_g), in [0, 1]. */
  readonly totalVariation: number;
  /** Λ, in units of the loss. */
  readonly labelTerm: number;
  /** B: greatest possible loss; 1 unless said (0-1 loss, errors of labels scaled to [0, 1]). */
  readonly greatestLoss?: number;
  /** δ; 0.05 unless said. */
  readonly delta?: number;
  /** ε_opt: how far training stays above the least training loss; 0 unless said. */
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

/** Names of the stacked terms as figures print them, bottom first. */
const TERM_TITLES = {
  complexity: "4 𝓡_n",
  confidence: "2 B √(ln(2/δ)/2n)",
  distribution: "2 θ B TV",
  label: "2 θ Λ",
  optimisation: "ε_opt",
} as const satisfies Partial<Record<keyof BoundTerms, string>>;

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
  const n = real + fakes;
  const share = fakes / n;
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

/** The stacked terms of one cell as rows for a chart. */
export function boundRows(
  cell: string,
  terms: BoundTerms,
): { cell: string; term: string; value: number }[] {
  return Object.entries(TERM_TITLES).map(([name, term]) => ({
    cell,
    term,
    value: terms[name as keyof typeof TERM_TITLES],
  }));
}
