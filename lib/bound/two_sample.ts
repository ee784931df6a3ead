/**
 * The ratio p_r(x | y) / p_g(x | y) of two sets of labelled images, from features of a frozen network: for the total
 * variation of the error bound. The ratio network of the chain wants more images than there are: fitted to 750 of each side
 * it stayed at 1, and said 0.01 of toy sets whose total variation is 0.5 (`lib/ablations/known_truth.ts`).
 */
import { EigenvalueDecomposition, Matrix, solve } from "ml-matrix";
import { rngOf } from "../base/rng.ts";
import type { Task } from "../base/contracts.ts";
import { fitLogistic, type LogisticData, logitsOf, logLosses } from "./logistic_regression.ts";

/** Features of the images of a set, and their labels. */
export interface FeatureSet {
  /** `[count, size]`, row by row. */
  readonly values: Float32Array;
  /** d. */
  readonly size: number;
  /** One for each row; a few values that both sets have. */
  readonly labels: Float32Array;
}

/** A fitted ratio. */
export interface TwoSampleModel {
  /** r̂(x | y) of each row. */
  ratios(set: FeatureSet): Float64Array;
  /** Of those that were tried, the one with the least loss on held-out images. */
  readonly penalty: number;
}

/** Principal components that count; the rest of a classifier's features is noise to so few images. */
const COMPONENTS = 16;
/** Components whose products with each class are regressors, and most classes for which they are. */
const PER_CLASS = 8;
const MOST_CLASSES = 20;
/** More features than this are first projected at random: the eigenvectors of thousands take minutes. */
const MOST_FEATURES = 256;
/** Of the ridge, from the flattest model to the steepest. */
const PENALTIES = [1000, 100, 10, 1];
/** Parts of the images, each held out once to choose the penalty and to scale the logits. */
const FOLDS = 4;

/**
 * Logistic regression of real against fake on principal components z of the features, their squares, what they differ by
 * from real images of the same label, and, of few classes, their products with the label. Images are weighted so that
 * each label is as frequent on both sides: what is left in the odds is p_r(x | y) / p_g(x | y).
 *
 * @param real Every label of `fake` should occur, and the other way round; an image without a partner counts nothing.
 */
export function fitTwoSample(
  { real, fake }: { readonly real: FeatureSet; readonly fake: FeatureSet },
  task: Task,
): TwoSampleModel {
  const design = designOf(real, fake, task);
  const rows = [...design.rows(real, true), ...design.rows(fake)];
  const marks = rows.map((_, i) => Number(i < real.labels.length));
  const weights = balancedWeights(real.labels, fake.labels);
  const part = (isChosen: (place: number) => boolean): LogisticData => {
    const places = rows.flatMap((_, i) => isChosen(i) ? [i] : []);
    const { length: size } = rows[0]!;
    const flat = new Float64Array(places.length * size);
    for (const [k, i] of places.entries()) flat.set(rows[i]!, k * size);
    const pick = (values: ArrayLike<number>) => Float64Array.from(places, (i) => values[i]!);
    return { rows: flat, size, marks: pick(marks), weights: pick(weights) };
  };
  const all = part(() => true);
  const folds = Array.from({ length: FOLDS }, (_, fold) => ({
    fitted: part((i) => i % FOLDS !== fold),
    held: part((i) => i % FOLDS === fold),
  }));
  let least: { penalty: number; loss: number; scale: Float64Array } | undefined;
  const starts: (Float64Array | undefined)[] = [];
  for (const penalty of PENALTIES) {
    const logits = new Float64Array(rows.length);
    for (const [fold, { fitted, held }] of folds.entries()) {
      starts[fold] = fitLogistic(fitted, penalty, starts[fold]);
      for (const [k, logit] of logitsOf(held.rows, starts[fold]).entries()) {
        logits[fold + k * FOLDS] = logit;
      }
    }
    const { scale, loss } = calibrated(logits, all);
    if (least === undefined || loss < least.loss) least = { penalty, loss, scale };
  }
  const { penalty, scale: [offset, slope] } = least!;
  const beta = fitLogistic(all, penalty);
  return {
    penalty,
    ratios(set) {
      const flat = Float64Array.from(design.rows(set).flatMap((row) => Array.from(row)));
      return logitsOf(flat, beta).map((logit) => Math.exp(offset! + slope! * logit));
    },
  };
}

/**
 * Offset and slope of the logits of held-out images: a fit that took noise for a difference has slope 0, one whose
 * penalty was too great has more than 1.
 */
function calibrated(
  logits: Float64Array,
  { marks, weights }: LogisticData,
): { readonly scale: Float64Array; readonly loss: number } {
  const rows = new Float64Array(2 * logits.length);
  for (const [i, logit] of logits.entries()) rows.set([1, logit], 2 * i);
  const data = { rows, size: 2, marks, weights };
  const fitted = fitLogistic(data, 1e-3);
  const scale = fitted[1]! > 0 ? fitted : Float64Array.of(0, 0);
  return { scale, loss: sum(logLosses(data, scale)) };
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

interface Design {
  /** Regressors of each image, the intercept first; an image of the fit is left out of the mean of its label. */
  rows(set: FeatureSet, isFitted?: boolean): Float64Array[];
}

function designOf(real: FeatureSet, fake: FeatureSet, task: Task): Design {
  const componentsOf = principalComponents([real, fake]);
  const fitted = componentsOf(real);
  const centre = labelCentres(fitted, real.labels, task);
  const classes = task.kind === "classification" && task.classes <= MOST_CLASSES ? task.classes : 0;
  return {
    rows: (set, isFitted = false) =>
      componentsOf(set).map((z, i) => {
        const label = set.labels[i]!;
        const mean = centre(label, isFitted ? z : undefined);
        const away = z.map((value, k) => value - mean[k]!);
        const products = new Float64Array(classes * PER_CLASS);
        if (classes > 0) products.set(z.subarray(0, PER_CLASS), label * PER_CLASS);
        return Float64Array.of(
          1,
          ...z,
          ...z.map((value) => value * value - 1),
          ...away,
          ...away.map((value) => value * value),
          ...products,
        );
      }),
  };
}

/** Whitened principal components of all sets together. */
function principalComponents(
  sets: readonly FeatureSet[],
): (set: FeatureSet) => Float64Array[] {
  const { size } = sets[0]!;
  const projected = size > MOST_FEATURES ? projection(size) : undefined;
  const rowsOf = ({ values, labels }: FeatureSet) =>
    Array.from(labels, (_, i) => {
      const row = values.subarray(i * size, (i + 1) * size);
      return projected === undefined ? Float64Array.from(row) : projected(row);
    });
  const all = sets.flatMap(rowsOf);
  const width = all[0]!.length;
  const mean = new Float64Array(width);
  for (const row of all) for (let k = 0; k < width; k++) mean[k]! += row[k]! / all.length;
  const covariance = Matrix.zeros(width, width);
  for (const row of all) {
    for (let k = 0; k < width; k++) {
      const scaled = (row[k]! - mean[k]!) / all.length;
      for (let j = 0; j <= k; j++) {
        covariance.set(k, j, covariance.get(k, j) + scaled * (row[j]! - mean[j]!));
      }
    }
  }
  for (let k = 0; k < width; k++) {
    for (let j = k + 1; j < width; j++) covariance.set(k, j, covariance.get(j, k));
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const most = Math.max(...realEigenvalues, 0);
  const axes = realEigenvalues.map((value, column) => ({ value, column }))
    .filter(({ value }) => value > 1e-6 * most)
    .sort((a, b) => b.value - a.value)
    .slice(0, COMPONENTS)
    .map(({ value, column }) => ({
      scale: 1 / Math.sqrt(value),
      axis: eigenvectorMatrix.getColumn(column),
    }));
  return (set) =>
    rowsOf(set).map((row) =>
      Float64Array.from(axes, ({ axis, scale }) => {
        let along = 0;
        for (let k = 0; k < width; k++) along += axis[k]! * (row[k]! - mean[k]!);
        // A feature that is far out in one image alone must not decide the fit.
        return Math.max(-5, Math.min(5, along * scale));
      })
    );
}

/** Gaussian random projection to `MOST_FEATURES` entries. */
function projection(size: number): (row: Float32Array) => Float64Array {
  const rng = rngOf(1, "two-sample", "projection", size);
  const matrix = Float64Array.from({ length: MOST_FEATURES * size }, () => rng.normal());
  return (row) =>
    Float64Array.from({ length: MOST_FEATURES }, (_, k) => {
      let along = 0;
      for (let j = 0; j < size; j++) along += matrix[k * size + j]! * row[j]!;
      return along / Math.sqrt(size);
    });
}

/** Mean components of real images by label; classes by their mean, scalar labels by a cubic curve. */
function labelCentres(
  rows: readonly Float64Array[],
  labels: Float32Array,
  task: Task,
): (label: number, leftOut?: Float64Array) => Float64Array {
  const width = rows[0]!.length;
  if (task.kind === "regression") {
    const powers = (label: number) => {
      const t = 2 * (label - task.minimum) / (task.maximum - task.minimum) - 1;
      return [1, t, t * t, t ** 3];
    };
    const x = new Matrix(Array.from(labels, powers));
    const normal = x.transpose().mmul(x).add(Matrix.eye(4, 4).mul(1e-3));
    const targets = new Matrix(rows.map((row) => Array.from(row)));
    const curves = solve(normal, x.transpose().mmul(targets));
    return (label) => {
      const [a, b, c, d] = powers(label);
      return Float64Array.from(
        { length: width },
        (_, k) =>
          a! * curves.get(0, k) + b! * curves.get(1, k) + c! * curves.get(2, k) +
          d! * curves.get(3, k),
      );
    };
  }
  const sums = new Map<number, { sum: Float64Array; count: number }>();
  for (const [i, row] of rows.entries()) {
    const own = sums.get(labels[i]!) ?? { sum: new Float64Array(width), count: 0 };
    for (let k = 0; k < width; k++) own.sum[k]! += row[k]!;
    own.count++;
    sums.set(labels[i]!, own);
  }
  return (label, leftOut) => {
    const own = sums.get(label);
    const count = (own?.count ?? 0) - (leftOut === undefined ? 0 : 1);
    // The overall mean is 0.
    if (own === undefined || count <= 0) return new Float64Array(width);
    return own.sum.map((value, k) => (value - (leftOut?.[k] ?? 0)) / count);
  };
}

/** How much each real image counts, so that its label is as frequent as among the fakes. */
export function labelWeights(real: Float32Array, fake: Float32Array): Float64Array {
  const count = (labels: Float32Array) => {
    const counts = new Map<number, number>();
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    return counts;
  };
  const [reals, fakes] = [count(real), count(fake)];
  return Float64Array.from(real, (label) => (fakes.get(label) ?? 0) / reals.get(label)!);
}

/** Weights of real images and then of fakes; all together come to as many as there are images. */
function balancedWeights(real: Float32Array, fake: Float32Array): Float64Array {
  const known = new Set(real);
  const raw = [
    ...labelWeights(real, fake),
    ...Array.from(fake, (label) => known.has(label) ? 1 : 0),
  ];
  const total = sum(raw);
  return Float64Array.from(raw, (weight) => weight * raw.length / total);
}
