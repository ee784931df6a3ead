/** Rejection sampling by a ratio of densities whose upper bound is not known. */
import { checkInteger } from "../base/check.ts";
import type { Rng } from "../base/rng.ts";

/** Draws from the proposal with their ratios. */
export interface Candidates {
  /** φ of each draw, >= 0. */
  readonly ratios: Float32Array;
  /** Keeps the draws at these positions. */
  accept(positions: readonly number[]): void;
}

/** Draws `count` candidates; the k-th call of its kind for one label gets address k. */
export type Propose = (
  count: number,
  kind: "burn-in" | "draw",
  address: number,
) => Promise<Candidates>;

/** How to sample by rejection. */
export interface RejectionOptions {
  /** n, draws to accept. */
  readonly target: number;
  /** B, draws that give the first bound M. */
  readonly burnIn: number;
  /** b, draws of one batch. */
  readonly batch: number;
  /** Q4: redraw a burn-in whose ratios are all 0; default: true (the reference: false). */
  readonly zeroRatioGuard?: boolean;
  /** Draws after the burn-in that are allowed for each one wanted; default: 1,000. */
  readonly drawsPerAccepted?: number;
  /**
   * What happens where every ratio is 0 or the limit of draws is reached: an error ("stop", the default), or
   * the missing draws are taken as they come and counted ("plain"), so that one dead label does not cost the
   * other 898.
   */
  readonly whenStuck?: "stop" | "plain";
  /** Named in errors, such as "class 3 (cat)". */
  readonly name: string;
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onBatch?: (accepted: number) => void;
}

/** What a rejection sampler did. */
export interface RejectionCount {
  readonly accepted: number;
  /** Draws after the burn-in that faced rejection, the surplus of the last batch included. */
  readonly drawn: number;
  /** Share of them that passed; 0 where there were none. */
  readonly acceptanceRate: number;
  /** M at the end: the greatest ratio seen. */
  readonly greatestRatio: number;
  /** Burn-ins that had to be repeated. */
  readonly burnInsRedrawn: number;
  /** Accepted draws that were taken as they came; absent where there are none. */
  readonly plain?: number;
}

const ZERO_RATIO = 1e-20;
const BURN_INS = 10;

/**
 * Accepts draws with probability φ / M until there are enough (method specification 3.7):
 *
 * 1. M is the greatest ratio of B draws, which are thrown away.
 * 2. Draw b more, and let M grow to their greatest ratio.
 * 3. Accept each with probability φ / M. Earlier acceptances are not revisited when M grows, so the
 *    first ones are slightly too many where φ is small.
 * 4. Repeat 2 and 3 until n are accepted; keep the first n.
 *
 * @param rng Uniform draws of batch k come from ("accept", k).
 * @throws {RangeError} The limit of draws is reached, is out of reach after ten times `drawsPerAccepted`, or every
 *   ratio is 0, unless `whenStuck` is "plain"; or a ratio is not a finite number >= 0.
 */
export async function rejectionSample(
  propose: Propose,
  options: RejectionOptions,
  rng: Rng,
): Promise<RejectionCount> {
  const { target, burnIn, batch, zeroRatioGuard = true, drawsPerAccepted = 1000, name } = options;
  checkInteger(target, "perLabel");
  checkInteger(burnIn, "burnIn");
  checkInteger(batch, "batch");
  if (!(drawsPerAccepted >= 1)) {
    throw new RangeError(
      `Cannot subsample with drawsPerAccepted = ${drawsPerAccepted}: want at least 1`,
    );
  }
  const limit = Math.max(batch, Math.ceil(drawsPerAccepted * target));
  let burnInsRedrawn = 0;
  let greatest = 0;
  let address = 0;
  let isStuck = false;
  for (;;) {
    for (let start = 0; start < burnIn; start += batch) {
      options.signal?.throwIfAborted();
      const part = await propose(Math.min(batch, burnIn - start), "burn-in", address++);
      greatest = Math.max(greatest, greatestOf(part.ratios, name));
    }
    if (!zeroRatioGuard || greatest > ZERO_RATIO) break;
    if (++burnInsRedrawn === BURN_INS) {
      isStuck = options.whenStuck === "plain";
      if (isStuck) break;
      throw new RangeError(
        `Cannot subsample ${name}: found ratio 0 for all of ${
          BURN_INS * burnIn
        } fakes, want some ` +
          "above 0; fit the density ratio again from another seed",
      );
    }
  }
  let accepted = 0;
  let passed = 0;
  let drawn = 0;
  let plain = 0;
  for (let k = 0; accepted < target; k++) {
    options.signal?.throwIfAborted();
    isStuck ||= drawn >= limit && options.whenStuck === "plain";
    // A tenth of the allowed rate after ten times its draws: M never falls, so the rate will not rise.
    const isHopeless = drawn >= 10 * drawsPerAccepted && 10 * drawsPerAccepted * passed < drawn;
    if (!isStuck && (drawn >= limit || (isHopeless && options.whenStuck !== "plain"))) {
      throw new RangeError(
        `Cannot subsample ${name}: found ${accepted} of ${target} fakes accepted after ${drawn} ` +
          `draws at a greatest ratio of ${
            Number(greatest.toPrecision(3))
          }, want all of them; train ` +
          "the generator longer, fit the density ratio again from another seed, or take the missing ones as they " +
          "come with synthesis.whenStuck=plain",
      );
    }
    const candidates = await propose(batch, "draw", k);
    const { ratios } = candidates;
    greatest = Math.max(greatest, greatestOf(ratios, name));
    const draws = rng.child("accept", k);
    const positions: number[] = [];
    for (let i = 0; i < ratios.length; i++) {
      // Multiplied out, and strict: u < φ / M with u in [0, 1). Zero ratios never pass.
      if (isStuck || draws.uniform() * greatest < ratios[i]!) positions.push(i);
    }
    const taken = positions.slice(0, target - accepted);
    if (isStuck) plain += taken.length;
    else {
      drawn += ratios.length;
      passed += positions.length;
    }
    if (taken.length > 0) candidates.accept(taken);
    accepted += taken.length;
    options.onBatch?.(accepted);
  }
  return {
    accepted,
    drawn,
    acceptanceRate: drawn === 0 ? 0 : passed / drawn,
    greatestRatio: greatest,
    burnInsRedrawn,
    ...(plain > 0 && { plain }),
  };
}

function greatestOf(ratios: Float32Array, name: string): number {
  let greatest = 0;
  for (const ratio of ratios) {
    if (!(ratio >= 0 && ratio < Infinity)) {
      throw new RangeError(
        `Cannot subsample ${name}: found ratio ${ratio}, want a finite number of at least 0`,
      );
    }
    if (ratio > greatest) greatest = ratio;
  }
  return greatest;
}
