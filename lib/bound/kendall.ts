/**
 * Rank correlation between the ordering a bound predicts and the one that was measured: tables of ablations say whether
 * the bound orders M^g, rho and processing steps as they turned out.
 */
import { normalTails } from "../base/distributions.ts";

/** Kendall's tau-b. */
export interface Kendall {
  /** In [−1, 1]; NaN where one list is constant. */
  readonly tau: number;
  /** Two-sided, for independence; NaN where one list is constant. */
  readonly pValue: number;
  /** "exact" counts permutations (no ties, up to 50 pairs), else a normal approximation. */
  readonly method: "exact" | "normal";
}

/**
 * tau-b = (C − D) / √((P − T_x)(P − T_y)) over P = n (n − 1) / 2 pairs: C concordant, D discordant, T_x
 * and T_y tied in one list. Source: Kendall 1945; variance with ties from Kendall's "Rank Correlation
 * Methods".
 *
 * @throws {RangeError} The lists differ in length or hold fewer than two values.
 */
export function kendallTauB(x: readonly number[], y: readonly number[]): Kendall {
  const n = x.length;
  if (y.length !== n || n < 2) {
    throw new RangeError(
      `Cannot correlate ranks: found ${n} and ${y.length} values, want equal lengths of at least 2`,
    );
  }
  let concordant = 0;
  let discordant = 0;
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const sign = Math.sign(x[i]! - x[j]!) * Math.sign(y[i]! - y[j]!);
      if (sign > 0) concordant++;
      else if (sign < 0) discordant++;
    }
  }
  const pairs = n * (n - 1) / 2;
  const [tiesX, tiesY] = [tiesOf(x), tiesOf(y)];
  const difference = concordant - discordant;
  const tau = difference / Math.sqrt((pairs - tiesX.pairs) * (pairs - tiesY.pairs));
  if (tiesX.pairs === 0 && tiesY.pairs === 0 && n <= 50) {
    const pValue = exactPValue(n, Math.min(concordant, discordant));
    return { tau, pValue, method: "exact" };
  }
  const ordered = n * (n - 1);
  const variance = (ordered * (2 * n + 5) - tiesX.skew - tiesY.skew) / 18 +
    2 * tiesX.pairs * tiesY.pairs / ordered +
    (n > 2 ? tiesX.triples * tiesY.triples / (9 * ordered * (n - 2)) : 0);
  const z = Math.abs(difference) / Math.sqrt(variance);
  return { tau, pValue: Number.isNaN(tau) ? NaN : normalTails(z), method: "normal" };
}

function tiesOf(values: readonly number[]): { pairs: number; triples: number; skew: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let pairs = 0;
  let triples = 0;
  let skew = 0;
  for (const t of counts.values()) {
    pairs += t * (t - 1) / 2;
    triples += t * (t - 1) * (t - 2);
    skew += t * (t - 1) * (2 * t + 5);
  }
  return { pairs, triples, skew };
}

/** Twice the share of permutations of n with at most `inversions` inversions, at most 1. */
function exactPValue(n: number, inversions: number): number {
  // Share of permutations with k inversions: element i adds 0 … i − 1 of them with equal chance.
  let shares = Float64Array.of(1);
  for (let i = 2; i <= n; i++) {
    const next = new Float64Array(shares.length + i - 1);
    for (let k = 0; k < shares.length; k++) {
      for (let more = 0; more < i; more++) next[k + more]! += shares[k]! / i;
    }
    shares = next;
  }
  let tail = 0;
  for (let k = 0; k <= inversions; k++) tail += shares[k]!;
  return Math.min(1, 2 * tail);
}
