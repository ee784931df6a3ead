/** The M^g processed fakes that join the training set. */
import { checkInteger } from "../base/check.ts";
import { type LabelledImages, type Regression, selectLabelled } from "../base/contracts.ts";
import { permutation, type Rng } from "../base/rng.ts";

/** How to draw. */
export interface DrawOptions {
  /** M^g. */
  readonly count: number;
  /**
   * Q25, classes only: a class with too few fakes stays short ("accept", the reference), or fakes
   * of other classes take the missing places ("refill"). Default: "refill".
   */
  readonly shortfall?: "accept" | "refill";
  /**
   * Q26, scalar labels only: an equal number of fakes from each part of the range of labels as far as they reach
   * ("stratified"), or every fake alike ("none", the reference). Default: "stratified".
   */
  readonly regressionBalance?: "none" | "stratified";
  /** Parts of the range, of the same width; default: `LABEL_BINS`. */
  readonly bins?: number;
}

/** Parts of the range of labels: each 1.5 degrees of RC-49 or one year of UTKFace. */
const LABEL_BINS = 60;

/** Drawn fakes. */
export interface Drawn {
  /** In the order of the draw: class by class, part by part of the range, or at random. */
  readonly set: LabelledImages;
  /** Their positions in the pool. */
  readonly positions: Uint32Array;
  /** Drawn fakes of each class; absent for scalar labels. */
  readonly perClass?: Uint32Array;
  /** Drawn fakes of each part of the range; where labels are scalar and balanced. */
  readonly perBin?: Uint32Array;
  /** M^g minus what was drawn; above 0 only where a shortfall was accepted. */
  readonly missing: number;
}

/**
 * Draws without replacement (method specification 4.2). Classes: ⌊M^g / K⌋ fakes of each class by
 * the label they carry now, the last class gets the remainder. Scalar labels: uniformly from the
 * whole pool, or evenly over the range of labels: parts that hold too few give all, and the others share
 * what is missing. Predictions outside of the range count to its ends.
 *
 * @throws {RangeError} M^g is larger than the pool, or is no integer of at least 0; or a label is not finite.
 */
export function drawFakes(pool: LabelledImages, options: DrawOptions, rng: Rng): Drawn {
  const { count, shortfall = "refill" } = options;
  checkInteger(count, "M^g", 0);
  const size = pool.labels.length;
  if (count > size) {
    throw new RangeError(
      `Cannot draw M^g = ${count} fake images: found ${size} in the pool, want at least ${count}; ` +
        "lower M^g, raise rho or accept more fakes for each label",
    );
  }
  if (pool.task.kind === "regression") {
    const { regressionBalance = "stratified", bins = LABEL_BINS } = options;
    checkFinite(pool.labels);
    if (regressionBalance === "stratified") {
      const { positions, perBin } = drawEvenly(pool.labels, pool.task, { count, bins, rng });
      return { set: selectLabelled(pool, positions), positions, perBin, missing: 0 };
    }
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

function checkFinite(labels: Float32Array): void {
  const odd = labels.findIndex((label) => !Number.isFinite(label));
  if (odd < 0) return;
  throw new RangeError(
    `Cannot draw fake images: found label ${labels[odd]} at ${odd}, want finite numbers`,
  );
}

/** Draws without replacement, from each part of the range as evenly as the parts allow. */
function drawEvenly(
  labels: Float32Array,
  { minimum, maximum }: Regression,
  { count, bins, rng }: { count: number; bins: number; rng: Rng },
): { positions: Uint32Array; perBin: Uint32Array } {
  checkInteger(bins, "bins");
  const width = maximum > minimum ? maximum - minimum : 1;
  const members = Array.from({ length: bins }, (): number[] => []);
  for (const [position, label] of labels.entries()) {
    const place = Math.floor(bins * (label - minimum) / width);
    members[Math.min(bins - 1, Math.max(0, place))]!.push(position);
  }
  const perBin = evenShares(members.map(({ length }) => length), count, rng.child("remainder"));
  const drawn = members.flatMap((list, bin) => {
    const order = permutation(list.length, rng.child("bin", bin));
    return Array.from(order.subarray(0, perBin[bin]), (k) => list[k]!);
  });
  return { positions: Uint32Array.from(drawn), perBin };
}

/** Shares of `count` that differ by one at the most, but for parts that hold too few and give all. */
function evenShares(sizes: readonly number[], count: number, rng: Rng): Uint32Array {
  const shares = new Uint32Array(sizes.length);
  let missing = count;
  let open = sizes.map((_, bin) => bin);
  while (missing > 0) {
    open = open.filter((bin) => shares[bin]! < sizes[bin]!);
    const each = Math.floor(missing / open.length);
    // Fewer than parts are missing: one each for parts at random.
    const takers = each > 0
      ? open
      : Array.from(permutation(open.length, rng).subarray(0, missing), (k) => open[k]!);
    for (const bin of takers) {
      const taken = Math.min(Math.max(1, each), sizes[bin]! - shares[bin]!);
      shares[bin]! += taken;
      missing -= taken;
    }
  }
  return shares;
}
