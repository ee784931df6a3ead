/** The M^g processed fakes that join the training set. */
import { checkInteger } from "../base/check.ts";
import { type LabelledImages, selectLabelled } from "../base/contracts.ts";
import { permutation, type Rng } from "../base/rng.ts";

/** How to draw. */
export interface DrawOptions {
  /** M^g. */
  readonly count: number;
  /**
   * Q25, classes only: a class with too few fakes stays short ("accept", the reference), or fakes
   * of other classes take the missing places ("refill"). "refill" unless said.
   */
  readonly shortfall?: "accept" | "refill";
}

/** Drawn fakes. */
export interface Drawn {
  /** In the order of the draw: class by class, or at random. */
  readonly set: LabelledImages;
  /** Their positions in the pool. */
  readonly positions: Uint32Array;
  /** Drawn fakes of each class; absent for scalar labels. */
  readonly perClass?: Uint32Array;
  /** M^g minus what was drawn; above 0 only where a shortfall was accepted. */
  readonly missing: number;
}

/**
 * Draws without replacement (method specification 4.2). Classes: ⌊M^g / K⌋ fakes of each class by
 * the label they carry now, the last class gets the remainder. Scalar labels: uniformly from the
 * whole pool.
 *
 * @throws {RangeError} M^g is larger than the pool, or is no integer of at least 0.
 */
export function drawFakes(pool: LabelledImages, options: DrawOptions, rng: Rng): Drawn {
  const { count, shortfall = "refill" } = options;
  checkInteger(count, "M^g", 0);
  const size = pool.labels.length;
  if (count > size) {
    throw new RangeError(
      `Cannot draw M^g = ${count} fake images: found ${size} in the pool, want at least as many; ` +
        "lower M^g, raise rho or accept more fakes for each label",
    );
  }
  if (pool.task.kind === "regression") {
    const positions = permutation(size, rng.child("uniform")).subarray(0, count);
    return { set: selectLabelled(pool, positions), positions, missing: 0 };
  }
  const { classes } = pool.task;
  const members = Array.from({ length: classes }, (): number[] => []);
  for (const [position, label] of pool.labels.entries()) {
    const list = members[label];
    if (list === undefined) {
      throw new RangeError(
        `Cannot draw fake images: found class ${label} at ${position}, want an integer in ` +
          `[0, ${classes - 1}]`,
      );
    }
    list.push(position);
  }
  const share = Math.floor(count / classes);
  const drawn: number[] = [];
  const left: number[] = [];
  for (const [label, list] of members.entries()) {
    const wanted = label === classes - 1 ? count - share * (classes - 1) : share;
    const order = permutation(list.length, rng.child("class", label));
    for (const [i, k] of order.entries()) (i < wanted ? drawn : left).push(list[k]!);
  }
  if (shortfall === "refill" && drawn.length < count) {
    const order = permutation(left.length, rng.child("refill"));
    const missing = count - drawn.length;
    for (const k of order.subarray(0, missing)) drawn.push(left[k]!);
  }
  const perClass = new Uint32Array(classes);
  for (const position of drawn) perClass[pool.labels[position]!]!++;
  const positions = Uint32Array.from(drawn);
  return {
    set: selectLabelled(pool, positions),
    positions,
    perClass,
    missing: count - drawn.length,
  };
}
