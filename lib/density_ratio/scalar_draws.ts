/** What a step of the density ratio looks at where labels are scalar: target labels and real images. */
import { checkInteger } from "../base/check.ts";
import type { LabelledImages, Regression } from "../base/contracts.ts";
import type { Rng } from "../base/rng.ts";
import { shortLabel } from "../base/short_label.ts";
import { indexLabels, membersWithin, type Vicinity } from "../gan/scalar_labels/vicinity.ts";

/** Which labels a batch looks at, and which real images stand in for them. */
export interface ScalarTargets {
  /** Labels of a batch; each has one real image and one fake. */
  readonly batch: number;
  /**
   * Labels y in dataset units that batches look at, each as likely as the others; "uniform" draws from
   * the whole range of labels. Default: the distinct training labels, as in the paper, which therefore
   * learns nothing of the labels in between (Q15).
   */
  readonly targets?: ArrayLike<number> | "uniform";
  /**
   * Real images with |y_i − y| <= radius stand in for y, in units of the label scale; with ν they weigh
   * exp(−ν (y_i − y)²) (soft), without ν they weigh 1 (hard). Default: only images with exactly the label y, as
   * in every run of the paper.
   */
  readonly vicinity?: Pick<Vicinity, "radius" | "nu">;
}

/** Labels and real images of one step; entry j of each array belongs together. */
export interface ScalarDraw {
  /** y_j in dataset units, which both images of an entry are judged for. */
  readonly targets: Float32Array;
  /** Positions of the y_j in the list of targets; absent where they are uniform. */
  readonly ranks?: Uint32Array;
  /** Positions of the real images in their set. */
  readonly real: Uint32Array;
  /** Of the real images; absent in a hard vicinity. */
  readonly weights?: Float32Array;
}

const EXACT: Pick<Vicinity, "radius" | "nu"> = { radius: 0 };
/** A range of which the images cover a ten-thousandth needs this many. */
const MOST_REDRAWS = 100_000;

/**
 * What each step looks at (method specification 3.5 and 3.6): y_j from the targets, and a uniform one of
 * the real images in its vicinity. A uniform y_j without any is drawn again.
 *
 * @param rng Of the step.
 * @returns A function of the stream of a step.
 * @throws {RangeError} A target has no real image in its vicinity, a label lies outside of the task's
 *   range, or the radius or ν is no number that makes sense.
 * @throws {TypeError} The labels are classes.
 */
export function scalarDraws(
  set: Pick<LabelledImages, "labels" | "task">,
  { batch, targets, vicinity = EXACT }: ScalarTargets,
): { readonly targets?: Float32Array; draw(rng: Rng): ScalarDraw } {
  checkInteger(batch, "batch");
  const { radius, nu } = vicinity;
  if (!(radius >= 0 && radius < Infinity)) {
    throw new RangeError(`Cannot use radius = ${radius}: want a finite number of at least 0`);
  }
  if (nu !== undefined && !(nu > 0 && nu < Infinity)) {
    throw new RangeError(`Cannot use nu = ${nu}: want a finite number above 0`);
  }
  const index = indexLabels(set.labels, set.task);
  const { task } = index;
  const { scale, unit, minimum, maximum } = task;
  const within = `within ${shortLabel(radius * scale)} ${unit}`;
  const membersOf = (target: number) => membersWithin(index, target, radius);

  const list = targets === "uniform"
    ? undefined
    : listOf(targets ?? Float32Array.from(new Set(set.labels)), task);
  const members = list?.units.map((target, k) => {
    const found = membersOf(target);
    if (found.end > found.start) return found;
    const label = shortLabel(list.labels[k]!);
    throw new RangeError(
      `Cannot fit a density ratio for label ${label} ${unit}: found no real image ` +
        `${
          radius === 0 ? "with exactly this label" : within
        }, want at least one; leave the label ` +
        "out or widen the vicinity",
    );
  });

  function drawUniform(rng: Rng) {
    for (let redraw = 0; redraw <= MOST_REDRAWS; redraw++) {
      const label = Math.fround(minimum + (maximum - minimum) * rng.uniform());
      const target = label / scale;
      const found = membersOf(target);
      if (found.end > found.start) return { label, target, found };
    }
    throw new RangeError(
      `Cannot draw a label between ${minimum} and ${maximum} ${unit}: found none with a real image ` +
        `${within} in ${MOST_REDRAWS} redraws, want one; widen the vicinity`,
    );
  }

  return {
    targets: list?.labels,
    draw(rng) {
      const labels = new Float32Array(batch);
      const ranks = list && new Uint32Array(batch);
      const real = new Uint32Array(batch);
      const weights = nu === undefined ? undefined : new Float32Array(batch);
      for (let j = 0; j < batch; j++) {
        let label, target, found;
        if (list === undefined) ({ label, target, found } = drawUniform(rng));
        else {
          const rank = ranks![j] = rng.integer(list.labels.length);
          [label, target, found] = [list.labels[rank]!, list.units[rank]!, members![rank]!];
        }
        const position = found.start + rng.integer(found.end - found.start);
        labels[j] = label;
        real[j] = index.order[position]!;
        if (weights) weights[j] = Math.exp(-nu! * (index.sorted[position]! - target) ** 2);
      }
      return { targets: labels, ranks, real, weights };
    },
  };
}

/** Target labels by size, in dataset units and in units of the label scale. */
function listOf(targets: ArrayLike<number>, task: Regression) {
  const labels = Float32Array.from(targets);
  const { order, sorted } = indexLabels(labels, task);
  return {
    labels: Float32Array.from(order, (position) => labels[position]!),
    units: Array.from(sorted),
  };
}
