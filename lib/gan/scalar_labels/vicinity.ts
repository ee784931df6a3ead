/**
 * Vicinities of scalar labels (CcGAN; method specification 2.4): how far a target label strays from a
 * training label, which real images stand in for it, and what they weigh. Every label here is in units
 * of the label scale, so that training labels lie in [0, 1].
 */
import { checkFraction, checkInteger } from "../../base/check.ts";
import type { Regression, Task } from "../../base/contracts.ts";
import type { Rng } from "../../base/rng.ts";
import { shortLabel } from "../../base/short_label.ts";

/** How to choose the vicinity; what is left out follows the paper's rules. */
export interface VicinityOptions {
  /** "soft" weighs by distance (SVDL, every run of the paper); "hard" cuts at κ (HVDL). */
  readonly kind: "soft" | "hard";
  /** σ of the noise on target labels; default: `sigmaRule`. */
  readonly sigma?: number;
  /** κ, half the width of a hard vicinity; ν = 1 / κ² of a soft one; default: `kappaRule`. */
  readonly kappa?: number;
  /** Weight at which a soft vicinity ends; default: 1e-3, as in the paper. */
  readonly leastWeight?: number;
}

/** The numbers of a vicinity, in units of the label scale. */
export interface Vicinity {
  readonly kind: "soft" | "hard";
  readonly sigma: number;
  readonly kappa: number;
  /** Of exp(−ν d²); soft vicinities only. */
  readonly nu?: number;
  /** r: images within |y_i − y| <= r stand in for label y. */
  readonly radius: number;
}

/** The images of a set by label. Looking up a vicinity costs two binary searches. */
export interface LabelIndex {
  readonly task: Regression;
  /** Distinct labels, ascending. */
  readonly distinct: Float64Array;
  /** Positions of the images in their set, by ascending label and then as they come. */
  readonly order: Uint32Array;
  /** Labels of these images, in the same order. */
  readonly sorted: Float64Array;
}

/** One D step's labels and images; entry j of each array belongs together. */
export interface VicinalDraw {
  /** y_j, which D is conditioned on; may lie outside of [0, 1]. */
  readonly targets: Float64Array;
  /** Positions of the real images in their set. */
  readonly real: Uint32Array;
  /** ỹ_j in [0, 1], for which G draws the fakes. */
  readonly fake: Float64Array;
  readonly realWeights: Float32Array;
  readonly fakeWeights: Float32Array;
}

/** With ε = 0 the vicinity of a target holds its own base label: so many failures have another cause. */
const MOST_REDRAWS = 10_000;

/**
 * Sorts the labels of a set once. Labels are decimals that float32 keeps rounded (89.9 becomes
 * 89.90000153); their decimals are restored, so that gaps are gaps of the grid.
 *
 * @param labels In dataset units.
 * @throws {TypeError} The task is a classification.
 * @throws {RangeError} There is no label, or one lies outside of the task's range.
 */
export function indexLabels(labels: ArrayLike<number>, task: Task): LabelIndex {
  if (task.kind !== "regression") {
    throw new TypeError("Cannot find vicinities: found a classification task, want regression");
  }
  if (labels.length === 0) {
    throw new RangeError("Cannot find vicinities: found no labels, want at least one");
  }
  const values = Float32Array.from(labels);
  for (const [i, label] of values.entries()) checkLabel(label, task, `label of image ${i}`);
  const order = Uint32Array.from(values, (_, i) => i)
    .sort((a, b) => values[a]! - values[b]! || a - b);
  const sorted = Float64Array.from(order, (i) => decimalOf(values[i]!) / task.scale);
  const distinct = sorted.filter((label, i) => i === 0 || label !== sorted[i - 1]);
  return { task, distinct, order, sorted };
}

/**
 * Throws unless a label in dataset units lies in the task's range, both as float32 keeps them.
 *
 * @param what Named in the error.
 * @throws {RangeError} Another label.
 */
export function checkLabel(label: number, task: Regression, what: string): void {
  const { minimum, maximum, unit } = task;
  const value = Math.fround(label);
  if (value >= Math.fround(minimum) && value <= Math.fround(maximum)) return;
  throw new RangeError(
    `Cannot use the ${what}: found ${label} ${unit}, want ${shortLabel(minimum)} to ${
      shortLabel(maximum)
    }`,
  );
}

/** The shortest decimal that float32 keeps as this number. */
function decimalOf(label: number): number {
  const decimal = Number(label.toPrecision(7));
  return Math.fround(decimal) === label ? decimal : label;
}

/** σ = 1.06 · std(labels of all images, population) · N^(−1/5). */
export function sigmaRule({ sorted }: LabelIndex): number {
  const count = sorted.length;
  const mean = sorted.reduce((sum, label) => sum + label, 0) / count;
  const variance = sorted.reduce((sum, label) => sum + (label - mean) ** 2, 0) / count;
  return 1.06 * Math.sqrt(variance) * count ** -0.2;
}

/**
 * κ = gaps · largest distance of neighbouring training labels, gaps = 2 in the paper.
 *
 * @throws {RangeError} There are fewer than two distinct labels.
 */
export function kappaRule({ distinct }: LabelIndex, gaps = 2): number {
  if (distinct.length < 2) {
    throw new RangeError(
      "Cannot choose kappa by the largest gap of labels: found one distinct label, want two or " +
        "a kappa of your own",
    );
  }
  let largest = 0;
  for (let k = 1; k < distinct.length; k++) {
    largest = Math.max(largest, distinct[k]! - distinct[k - 1]!);
  }
  return gaps * largest;
}

/**
 * σ, κ, ν and r of a training set. Soft: ν = 1 / κ² and r = √(−ln(leastWeight) / ν); hard: r = κ.
 * RC-49: ν = 50,625 and r = 0.011681; UTKFace with every age from 1 to 60: 900 and 0.08761.
 *
 * @throws {RangeError} σ is negative or not finite, κ is not positive and finite, or the least weight
 *   is not in (0, 1].
 */
export function vicinityOf(index: LabelIndex, options: VicinityOptions): Vicinity {
  const { kind, leastWeight = 1e-3 } = options;
  const sigma = options.sigma ?? sigmaRule(index);
  if (!(Number.isFinite(sigma) && sigma >= 0)) {
    throw new RangeError(`Cannot use sigma = ${sigma}: want a finite number of at least 0`);
  }
  const kappa = options.kappa ?? kappaRule(index);
  if (!(Number.isFinite(kappa) && kappa > 0)) {
    throw new RangeError(`Cannot use kappa = ${kappa}: want a finite number above 0`);
  }
  checkFraction(leastWeight, "leastWeight");
  if (kind === "hard") return { kind, sigma, kappa, radius: kappa };
  // κ √(−ln w) instead of √(−ln w / ν): the same number, also where κ² has no double.
  return { kind, sigma, kappa, nu: kappa ** -2, radius: kappa * Math.sqrt(-Math.log(leastWeight)) };
}

/** Weight of a label at a distance from its target: exp(−ν d²), or 1 in a hard vicinity. */
export function vicinalWeight({ nu }: Vicinity, distance: number): number {
  return nu === undefined ? 1 : Math.exp(-nu * distance ** 2);
}

/**
 * The images within `radius` of a label: positions from `start` to before `end` in the index's order.
 * Two binary searches.
 */
export function membersWithin(
  { sorted }: LabelIndex,
  target: number,
  radius: number,
): { readonly start: number; readonly end: number } {
  // Differences, not sums: the answer is then exactly that of |y_i − y| <= r for every image.
  const start = firstWhere((label) => target - label <= radius);
  return { start, end: firstWhere((label) => label - target > radius) };

  /** The first position that passes; all labels above one that passes do as well. */
  function firstWhere(passes: (label: number) => boolean): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (passes(sorted[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * Target labels b + ε: b uniform over the distinct training labels, ε ~ N(0, σ²), not clipped; nobody
 * asks whether a real image is near (UTKFace's G steps).
 */
export function drawTargets(
  index: LabelIndex,
  { sigma }: Vicinity,
  { batch, rng }: { readonly batch: number; readonly rng: Rng },
): Float64Array {
  checkInteger(batch, "batch");
  return Float64Array.from(
    { length: batch },
    () => index.distinct[rng.integer(index.distinct.length)]! + sigma * rng.normal(),
  );
}

/**
 * What one D step looks at. For each entry: a base label b, noise ε until the vicinity of y = b + ε holds
 * an image, one of these images, and ỹ ~ U(max(0, y − r), min(1, y + r)) for the fake; drawn in this order.
 * Costs O(log N) an entry and redraw.
 *
 * @throws {RangeError} No image was near after many redraws.
 */
export function drawVicinities(
  index: LabelIndex,
  vicinity: Vicinity,
  { batch, rng }: { readonly batch: number; readonly rng: Rng },
): VicinalDraw {
  checkInteger(batch, "batch");
  const { radius } = vicinity;
  const draw: VicinalDraw = {
    targets: new Float64Array(batch),
    real: new Uint32Array(batch),
    fake: new Float64Array(batch),
    realWeights: new Float32Array(batch),
    fakeWeights: new Float32Array(batch),
  };
  for (let j = 0; j < batch; j++) {
    const { target, start, end } = drawInhabited(index, vicinity, rng);
    const position = start + rng.integer(end - start);
    const low = Math.max(0, target - radius);
    const fake = low + (Math.min(1, target + radius) - low) * rng.uniform();
    draw.targets[j] = target;
    draw.real[j] = index.order[position]!;
    draw.fake[j] = fake;
    draw.realWeights[j] = vicinalWeight(vicinity, index.sorted[position]! - target);
    draw.fakeWeights[j] = vicinalWeight(vicinity, fake - target);
  }
  return draw;
}

/** A target label whose vicinity holds an image. */
function drawInhabited(index: LabelIndex, { sigma, radius }: Vicinity, rng: Rng) {
  const base = index.distinct[rng.integer(index.distinct.length)]!;
  for (let redraw = 0; redraw <= MOST_REDRAWS; redraw++) {
    const target = base + sigma * rng.normal();
    const { start, end } = membersWithin(index, target, radius);
    if (end > start) return { target, start, end };
  }
  const { scale, unit } = index.task;
  const inUnit = (value: number) => `${Number((value * scale).toPrecision(4))} ${unit}`;
  throw new RangeError(
    `Cannot draw a target near label ${
      inUnit(base)
    }: found no training label within the radius of ` +
      `${inUnit(radius)} in ${MOST_REDRAWS} redraws of the noise (sigma ${inUnit(sigma)}), want ` +
      "one; raise kappa or lower sigma",
  );
}
