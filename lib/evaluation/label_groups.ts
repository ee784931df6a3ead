/** Images by label: the groups over which the measures of a conditional generator are averaged. */
import { type LabelledImages, selectLabelled, type Task } from "../base/contracts.ts";

/** Around which labels images are grouped. */
export interface GroupOptions {
  /**
   * Centres of the groups in dataset units. Default: every label that fakes are drawn for (in the
   * paper the 899 angles); every class for class labels.
   */
  readonly centres?: readonly number[];
  /** Labels within this distance belong to a centre, the borders too; default: 0, as in the paper. */
  readonly radius?: number;
}

/** Positions of the images near one label. */
export interface LabelGroup {
  /** The centre, in dataset units. */
  readonly label: number;
  readonly positions: Uint32Array;
}

/**
 * Positions of the images near each centre, in the order of the centres. With a radius above 0 an image
 * may be in several groups. Labels are float32, so a distance is allowed the rounding of both labels.
 *
 * @throws {RangeError} A centre is not finite, or the radius is negative.
 */
export function groupByLabel(
  labels: ArrayLike<number>,
  task: Task,
  options: GroupOptions = {},
): LabelGroup[] {
  const { centres = centresOf(task), radius = 0 } = options;
  if (!(radius >= 0 && Number.isFinite(radius))) {
    throw new RangeError(`Cannot group labels within ${radius}: want a number of at least 0`);
  }
  const order = Uint32Array.from({ length: labels.length }, (_, i) => i);
  order.sort((a, b) => labels[a]! - labels[b]! || a - b);
  return centres.map((label) => {
    if (!Number.isFinite(label)) {
      throw new RangeError(`Cannot group labels around ${label}: want a finite number`);
    }
    const centre = Math.fround(label);
    const reach = radius === 0 ? 0 : radius + 2 ** -22 * (Math.abs(centre) + radius);
    const from = firstAtLeast(labels, order, centre - reach);
    let until = from;
    while (until < order.length && labels[order[until]!]! <= centre + reach) until++;
    return { label, positions: order.slice(from, until).sort() };
  });
}

/**
 * `count` of the labels, evenly from the first to the last; all of them where there are no more.
 *
 * @param labels Ascending.
 */
export function evenly(labels: readonly number[], count: number): number[] {
  if (labels.length <= count) return [...labels];
  const step = (labels.length - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, i) => labels[Math.round(i * step)]!);
}

/**
 * The images near some labels, in their order: of each label that lies near one of them at most `most`, the first ones.
 * A limit for all labels near a centre would keep those of the lowest only, since pools are in the order of labels.
 *
 * @throws {RangeError} A centre is not finite, or the radius is negative.
 */
export function imagesNear(
  set: LabelledImages,
  { most = Infinity, ...options }: GroupOptions & { readonly most?: number },
): LabelledImages {
  const groups = groupByLabel(set.labels, set.task, options);
  const near = new Set(groups.flatMap(({ positions }) => [...positions]));
  const kept = new Map<number, number>();
  const positions = Uint32Array.from(near).sort().filter((position) => {
    const label = set.labels[position]!;
    const count = (kept.get(label) ?? 0) + 1;
    kept.set(label, count);
    return count <= most;
  });
  return selectLabelled(set, positions);
}

function centresOf(task: Task): readonly number[] {
  return task.kind === "regression"
    ? task.labels
    : Array.from({ length: task.classes }, (_, k) => k);
}

/** First place in the order whose label is not below `least`. */
function firstAtLeast(labels: ArrayLike<number>, order: Uint32Array, least: number): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (labels[order[middle]!]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A measure over labels. */
export interface OverLabels {
  /** Each label counts the same. */
  readonly mean: number;
  /** Standard deviation over the labels, all of which are there: divided by their number. */
  readonly deviation: number;
  /** Of the label that has the least. */
  readonly minimum: number;
  /** Of the label that has the most. */
  readonly maximum: number;
}

/**
 * Mean, deviation and extremes of one number per label.
 *
 * @throws {RangeError} There are none.
 */
export function overLabels(values: readonly number[]): OverLabels {
  const count = values.length;
  if (count === 0) {
    throw new RangeError("Cannot average over labels: found none, want at least one");
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: Math.sqrt(squares / count),
    minimum: values.reduce((a, b) => Math.min(a, b)),
    maximum: values.reduce((a, b) => Math.max(a, b)),
  };
}
