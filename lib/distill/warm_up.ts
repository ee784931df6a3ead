/** Warm-ups of distillers, in epochs of their own or as the papers' share of a training. */
import { integer, optional } from "../base/options/options.ts";
import type { RawBatch } from "./distiller.ts";

/** Warm-ups of the papers: 20 of 240 epochs. */
const PAPER = { epochs: 240, warmUp: 20 } as const;

/** The option that gives a warm-up a length of its own. */
export const warmUpOption = (what: string) =>
  optional(
    integer(
      `${what} Default: a twelfth of the training, as ${PAPER.warmUp} of the papers' ${PAPER.epochs}.`,
      { from: 0, to: 100_000, why: "no training has more epochs" },
    ),
  );

/** An epoch, counted from 0, and how many of them a warm-up has. */
export interface WarmUpClock {
  readonly epoch: number;
  readonly length: number;
}

/**
 * What a warm-up goes by. Without a length of its own it has the papers' share of the training, in the papers' steps:
 * the training is taken for one of 240 epochs, whatever its length. One of 240 epochs follows the papers to the step,
 * and one of a few epochs, or of a single one, still comes to its full weights.
 *
 * @param epochs Length in epochs of this training; default: the papers' share.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * // The third of four steps of the only epoch.
 * assert.deepEqual(warmUpClock({ step: 2, steps: 4, epoch: 0 }), { epoch: 120, length: 20 });
 * assert.deepEqual(warmUpClock({ step: 2, steps: 4, epoch: 0 }, 2), { epoch: 0, length: 2 });
 * ```
 */
export function warmUpClock(
  { step, steps, epoch }: Pick<RawBatch, "step" | "steps" | "epoch">,
  epochs?: number,
): WarmUpClock {
  if (epochs !== undefined) return { epoch, length: epochs };
  return { epoch: Math.floor(PAPER.epochs * step / steps), length: PAPER.warmUp };
}
