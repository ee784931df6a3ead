/** M1, step two: fakes that the teacher finds wrong for their label are dropped. */
import { checkFraction } from "../base/check.ts";
import { type LabelledImages, selectLabelled } from "../base/contracts.ts";
import { quantile } from "../base/metrics.ts";
import { positionsByLabel } from "../data/parts/split.ts";
import { checkOpinion, selectOpinion, type TeacherOpinion } from "./teacher_opinion.ts";

/** How to filter. */
export interface FilterOptions {
  /** ρ in (0, 1], share of the fakes to keep; 1 keeps every one. */
  readonly rho: number;
  /**
   * Q37. "strict" (the reference): scores strictly below the cut-off stay, so ties with it drop
   * out; "rank": the lowest scores stay, earlier images before later ones where scores tie. Default:
   * "rank".
   */
  readonly tie?: "strict" | "rank";
  /**
   * Whose scores a fake is compared with: those of "all fakes", as in the paper, or those of "each label", so that every
   * label keeps its share ρ and none is dropped altogether: where all of a label tie with its cut-off, the first one of
   * the lowest stays. Default: "all fakes".
   */
  readonly cutOff?: FilterScope;
}

/** Whose scores set the cut-off of a fake. */
export type FilterScope = "all fakes" | "each label";

/** Fakes that passed, and the scores that decided. */
export interface Filtered {
  /** Kept fakes in their order, labels unchanged. */
  readonly set: LabelledImages;
  /** The teacher's opinion on them. */
  readonly opinion: TeacherOpinion;
  /** Their positions in the input, ascending. */
  readonly kept: Uint32Array;
  /** Scores of all fakes of the input. */
  readonly scores: Float32Array;
  /** The ρ-quantile of the scores, in their unit; the greatest one where each label has its own. */
  readonly cutOff: number;
  /** The cut-off of each label; absent where all fakes have one. */
  readonly cutOffs?: ReadonlyMap<number, number>;
}

/**
 * Keeps fakes whose score is below the ρ-quantile of all scores together, interpolated linearly
 * (method specification 4.1). The quantile is global, so labels that the teacher doubts lose more; with
 * `cutOff` = "each label" it is that of the fakes of the same label (ours).
 *
 * @throws {RangeError} ρ is not in (0, 1], a score is not a number, or nothing is left.
 */
export function filterByTeacher(
  input: { readonly set: LabelledImages; readonly opinion: TeacherOpinion },
  { rho, tie = "rank", cutOff: scope = "all fakes" }: FilterOptions,
): Filtered {
  const { set, opinion } = input;
  checkFraction(rho, "rho");
  checkOpinion(set, opinion, "filter fake images");
  const { scores } = opinion;
  const count = scores.length;
  if (count === 0) {
    throw new RangeError("Cannot filter fake images: found none, want at least one");
  }
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(scores[i]!)) {
      throw new RangeError(`Cannot filter fake images: score ${i} is not a number`);
    }
  }
  const groups = scope === "all fakes" ? undefined : positionsByLabel(set.labels);
  const cutOffs = groups &&
    new Map([...groups].map(([label, own]) => [label, quantile(valuesAt(scores, own), rho)]));
  const cutOff = cutOffs ? Math.max(...cutOffs.values()) : quantile(scores, rho);
  const keptOf = (own: Float32Array, limit: number) =>
    rho === 1
      ? Uint32Array.from(own, (_, i) => i)
      : tie === "strict"
      ? positionsBelow(own, limit)
      : lowest(own, keptCount(rho, own.length));
  const kept = groups === undefined ? keptOf(scores, cutOff) : Uint32Array.from(
    [...groups].flatMap(([label, own]) => {
      const ownScores = valuesAt(scores, own);
      const found = keptOf(ownScores, cutOffs!.get(label)!);
      return Array.from(found.length > 0 ? found : lowest(ownScores, 1), (i) => own[i]!);
    }),
  ).sort();
  if (kept.length === 0) {
    throw new RangeError(
      `Cannot filter fake images: found no score below the cut-off ${cutOff} at rho = ${rho}, want ` +
        'at least one; the scores tie, so filter with tie "rank"',
    );
  }
  return {
    set: selectLabelled(set, kept),
    opinion: selectOpinion(opinion, kept),
    kept,
    scores,
    cutOff,
    ...(cutOffs && { cutOffs }),
  };
}

function valuesAt(values: Float32Array, positions: Uint32Array): Float32Array {
  return Float32Array.from(positions, (i) => values[i]!);
}

/**
 * How many of `count` scores the filter keeps where none tie: those strictly below the quantile, ⌈ρ (n − 1)⌉ and at
 * least one; all at ρ = 1.
 */
export function keptCount(rho: number, count: number): number {
  if (rho === 1) return count;
  const position = rho * (count - 1);
  const whole = Math.round(position);
  // 0.7 · 10 is 7.000000000000001 or the like; that is no reason to keep an eighth.
  const exact = Math.abs(position - whole) < 1e-9 * count ? whole : Math.ceil(position);
  return Math.max(1, exact);
}

function positionsBelow(scores: Float32Array, cutOff: number): Uint32Array {
  const positions: number[] = [];
  for (let i = 0; i < scores.length; i++) if (scores[i]! < cutOff) positions.push(i);
  return Uint32Array.from(positions);
}

function lowest(scores: Float32Array, count: number): Uint32Array {
  const order = Uint32Array.from(scores, (_, i) => i);
  order.sort((a, b) => scores[a]! - scores[b]! || a - b);
  return order.subarray(0, count).sort();
}
