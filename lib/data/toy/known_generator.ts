/** A generator of the toy mixture with faults of a known size: what the terms of the error bound truly are. */
import type { LabelledImages } from "../../base/contracts.ts";
import type { Rng } from "../../base/rng.ts";
import {
  drawPoints,
  MIXTURE_DEVIATION,
  MIXTURE_MEANS,
  MIXTURE_TASK,
  type MixturePoint,
} from "./mixture.ts";

/** How a known generator differs from the mixture that it imitates. */
export interface GeneratorFaults {
  /** Mode dropping: share of each class's first component that is missing, in [0, 1]; 0: none. */
  readonly dropped: number;
  /** η: probability that an image carries another class than the one it was drawn for, in [0, 1]. */
  readonly labelNoise: number;
}

/** What the bound's terms are for a known generator, where losses are 0-1. */
export interface KnownTerms {
  /** TV(p_r, p_g) of images. */
  readonly totalVariation: number;
  /** TV of images with their labels; for equally likely classes the mean over labels of TV(p_r(x|y), p_g(x|y)). */
  readonly totalVariationWithLabels: number;
  /** Λ: probability that a fake's label is not what p_r(y | x) draws for it. */
  readonly labelTerm: number;
}

/**
 * Fakes of a known generator: equally many of each class, whose label noise then mixes.
 *
 * @returns Pixels [size, size, 3].
 * @throws {RangeError} A share is not in [0, 1].
 */
export function drawKnownFakes(
  faults: GeneratorFaults,
  { count, size }: { readonly count: number; readonly size: number },
  rng: Rng,
): LabelledImages {
  const [first] = weightsOf(faults);
  const { classes } = MIXTURE_TASK;
  const labels = new Float32Array(count);
  const points = Array.from({ length: count }, (_, i): MixturePoint => {
    const drawnFor = i % classes;
    const mean = MIXTURE_MEANS[drawnFor]![rng.uniform() < first ? 0 : 1]!;
    const isWrong = rng.uniform() < faults.labelNoise;
    labels[i] = isWrong ? (drawnFor + 1 + rng.integer(classes - 1)) % classes : drawnFor;
    return [
      mean[0] + MIXTURE_DEVIATION * rng.normal(),
      mean[1] + MIXTURE_DEVIATION * rng.normal(),
    ];
  });
  const { bytes: _bytes, ...drawn } = drawPoints(points, labels, size);
  return { ...drawn, origin: "fake" };
}

/** Cells of the midpoint rule along a side: a twelfth of a deviation each. */
const CELLS = 240;

/**
 * The terms by the midpoint rule over the plane.
 *
 * @throws {RangeError} A share is not in [0, 1].
 */
export function knownTerms(faults: GeneratorFaults): KnownTerms {
  const weights = weightsOf(faults);
  const { classes } = MIXTURE_TASK;
  const real = MIXTURE_MEANS.map((means) => densityOf(means, [0.5, 0.5]));
  const fake = MIXTURE_MEANS.map((means) => densityOf(means, weights));
  const noise = faults.labelNoise;
  let images = 0;
  let withLabels = 0;
  let wrong = 0;
  for (let i = 0; i < CELLS; i++) {
    for (let k = 0; k < CELLS; k++) {
      const r = real.map((density) => density(i, k));
      const g = fake.map((density) => density(i, k));
      const allReal = r.reduce((a, b) => a + b);
      const allFake = g.reduce((a, b) => a + b);
      images += Math.abs(allReal - allFake);
      for (let label = 0; label < classes; label++) {
        const labelled = (1 - noise) * g[label]! + noise / (classes - 1) * (allFake - g[label]!);
        withLabels += Math.abs(r[label]! - labelled);
        if (allReal > 0) wrong += labelled * (1 - r[label]! / allReal);
      }
    }
  }
  // Each density is of one class, and classes are equally likely.
  return {
    totalVariation: images / (2 * classes),
    totalVariationWithLabels: withLabels / (2 * classes),
    labelTerm: wrong / classes,
  };
}

/** Of the components of each class. */
function weightsOf({ dropped, labelNoise }: GeneratorFaults): readonly [number, number] {
  for (const [name, share] of Object.entries({ dropped, labelNoise })) {
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`Cannot draw fakes with ${name} = ${share}: want a number in [0, 1]`);
    }
  }
  return [(1 - dropped) / (2 - dropped), 1 / (2 - dropped)];
}

/** Mass of one class in the cell of a row (red) and a column (blue). */
function densityOf(
  means: readonly MixturePoint[],
  weights: readonly [number, number],
): (row: number, column: number) => number {
  // From −0.5 to 1.5 there are six deviations and more around every mean.
  const side = 2 / CELLS;
  const axis = (mean: number) =>
    Float64Array.from({ length: CELLS }, (_, i) => {
      const z = (-0.5 + (i + 0.5) * side - mean) / MIXTURE_DEVIATION;
      return side * Math.exp(-z * z / 2) / (MIXTURE_DEVIATION * Math.sqrt(2 * Math.PI));
    });
  const reds = means.map(([red]) => axis(red));
  const blues = means.map(([, blue]) => axis(blue));
  return (row, column) =>
    weights.reduce((sum, weight, c) => sum + weight * reds[c]![row]! * blues[c]![column]!, 0);
}
