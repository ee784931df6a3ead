/** How faces are divided: by age, photographs whole, rare ages topped up in training only. */
import { checkFraction, checkInteger } from "../../base/check.ts";
import { permutation, type Rng } from "../../base/rng.ts";
import { positionsByLabel, type Split } from "../parts/split.ts";

/** Faces to divide. */
export interface SplitOptions {
  /** Years, one per image. */
  readonly ages: ArrayLike<number>;
  /** One per image; images of one group stay together. */
  readonly groups: ArrayLike<number>;
  /** Share of each age that is chosen, 0.8 in the paper. */
  readonly fraction: number;
  readonly rng: Rng;
}

/**
 * Divides images so that `fraction` of each age, rounded to the nearest count, is chosen, and that no group
 * is torn. Groups of several images draw their part first, with probability `fraction` for `chosen`; then
 * each age is filled with images that stand alone, drawn from a stream of its own. Every age
 * occurs in `chosen`, and in both parts where it has two images, at least one of which stands alone.
 *
 * @returns Positions of both parts, ascending.
 */
export function splitByAge({ ages, groups, fraction, rng }: SplitOptions): Split {
  checkFraction(fraction, "fraction");
  const members = positionsByLabel(groups);
  const alone = (i: number) => members.get(groups[i]!)!.length === 1;
  const byAge = positionsByLabel(ages);
  const aloneOf = new Map(Array.from(byAge, ([age, all]) => [age, all.filter(alone)]));
  const isChosen = new Uint8Array(ages.length);
  for (const [group, together] of members) {
    if (together.length === 1) continue;
    // An age without an image that stands alone needs its groups for training.
    const canLeave = together.every((i) => aloneOf.get(ages[i]!)!.length > 0);
    const draw = rng.child("group", group).uniform();
    if (!canLeave || draw < fraction) { for (const i of together) isChosen[i] = 1; }
  }
  for (const [age, all] of byAge) {
    const singles = aloneOf.get(age)!;
    const wanted = Math.max(1, Math.min(all.length - 1, Math.round(fraction * all.length)));
    const taken = all.reduce((sum, i) => sum + isChosen[i]!, 0);
    const order = permutation(singles.length, rng.child("age", age));
    const count = Math.max(0, Math.min(singles.length, wanted - taken));
    for (const place of order.subarray(0, count)) isChosen[singles[place]!] = 1;
  }
  const positions = Uint32Array.from({ length: ages.length }, (_, i) => i);
  return {
    chosen: positions.filter((i) => isChosen[i] === 1),
    rest: positions.filter((i) => isChosen[i] === 0),
  };
}

/**
 * Tops rare ages up: every age with fewer than `minimum` of the given images gets more of them, drawn with
 * replacement from its own (method specification 1.5, Q35). 0 adds none.
 *
 * @param positions Images of a training part, as positions into `ages`.
 * @returns The positions as given, then the replicas by ascending age.
 */
export function replicateRareAges(
  { ages, positions, minimum, rng }: {
    ages: ArrayLike<number>;
    positions: Uint32Array;
    minimum: number;
    rng: Rng;
  },
): Uint32Array {
  checkInteger(minimum, "replicate", 0);
  const replicas: number[] = [];
  const labels = Array.from(positions, (position) => ages[position]!);
  for (const [age, own] of positionsByLabel(labels)) {
    const draws = rng.child("age", age);
    for (let count = own.length; count < minimum; count++) {
      replicas.push(positions[own[draws.integer(own.length)]!]!);
    }
  }
  const all = new Uint32Array(positions.length + replicas.length);
  all.set(positions);
  all.set(replicas, positions.length);
  return all;
}
