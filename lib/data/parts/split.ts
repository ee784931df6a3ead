/** Two-part splits of a set, as positions into it. */
import { checkInteger } from "../../base/check.ts";
import { permutation, type Rng } from "../../base/rng.ts";

/** Positions of the two parts; together they are all positions, each once. */
export interface Split {
  readonly chosen: Uint32Array;
  readonly rest: Uint32Array;
}

/** Positions of each label, both in ascending order. */
export function positionsByLabel(labels: ArrayLike<number>): Map<number, Uint32Array> {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [i]);
    else group.push(i);
  }
  const sorted = [...groups].sort(([a], [b]) => a - b);
  return new Map(sorted.map(([label, group]) => [label, Uint32Array.from(group)]));
}

/**
 * `count` images of each label, uniformly without replacement; positions of both parts ascend.
 *
 * @throws {RangeError} A label has fewer images.
 */
export function splitPerLabel(labels: ArrayLike<number>, count: number, rng: Rng): Split {
  checkInteger(count, "count");
  return splitGroups(labels, rng, (size, label) => {
    if (size < count) {
      throw new RangeError(
        `Cannot take ${count} images of each label: label ${label} has ${size} images`,
      );
    }
    return count;
  });
}

/**
 * The same `fraction` of each label, rounded to the nearest count but at least one image, so that every
 * label occurs in `chosen`; positions of both parts ascend.
 */
export function splitStratified(labels: ArrayLike<number>, fraction: number, rng: Rng): Split {
  checkShare(fraction);
  return splitGroups(labels, rng, (size) => Math.max(1, Math.round(fraction * size)));
}

/** Images that a share is taken of together: at least five times as many as give one. */
const DRAWN = 5;

/**
 * A share of each run of images with neighbouring scalar labels, few of which occur often enough to be divided one by one:
 * both parts reach over the whole range.
 */
export function splitByRuns(labels: ArrayLike<number>, share: number, rng: Rng): Split {
  checkShare(share);
  const order = Array.from({ length: labels.length }, (_, i) => i)
    .sort((a, b) => labels[a]! - labels[b]! || a - b);
  const size = Math.ceil(DRAWN / Math.min(share, 1 - share));
  const last = Math.max(0, Math.floor(labels.length / size) - 1);
  const strata = new Uint32Array(labels.length);
  order.forEach((image, rank) => strata[image] = Math.min(last, Math.floor(rank / size)));
  return splitStratified(strata, share, rng);
}

/** Each label draws from a stream of its own, so one label's images do not change another's draw. */
function splitGroups(
  labels: ArrayLike<number>,
  rng: Rng,
  countOf: (size: number, label: number) => number,
): Split {
  const isChosen = new Uint8Array(labels.length);
  let total = 0;
  for (const [label, positions] of positionsByLabel(labels)) {
    const count = countOf(positions.length, label);
    const order = permutation(positions.length, rng.child("label", label));
    for (const place of order.subarray(0, count)) isChosen[positions[place]!] = 1;
    total += count;
  }
  const chosen = new Uint32Array(total);
  const rest = new Uint32Array(labels.length - total);
  for (let i = 0, a = 0, b = 0; i < labels.length; i++) {
    if (isChosen[i]) chosen[a++] = i;
    else rest[b++] = i;
  }
  return { chosen, rest };
}

function checkShare(fraction: number): void {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`Cannot split a set at ${fraction}: want a number in (0, 1)`);
  }
}
