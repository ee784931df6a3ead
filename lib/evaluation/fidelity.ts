/** How near a student's answers are to its teacher's, and how far its confidence can be believed. */
import { argMaxRows, crossEntropyRows, errorRate } from "../base/metrics.ts";

/** How near a student is to its teacher (Stanton et al. 2021, "Does knowledge distillation really work?"). */
export interface Fidelity {
  /** Images that both take for the same class, in percent. */
  readonly agreement: number;
  /** Mean of KL(p_t ‖ p_s) = Σ_k p_t(k) ln(p_t(k) / p_s(k)) at temperature 1, in nats; 0 where both are equal. */
  readonly divergence: number;
}

/** How far a network's probabilities can be believed. */
export interface Calibration {
  /** Expected calibration error in percentage points, see {@link calibration}. */
  readonly expectedError: number;
  /** Mean of −ln p(label), in nats. */
  readonly negativeLogLikelihood: number;
  /** Bins of the expected error. */
  readonly bins: number;
}

/** Bins of the expected calibration error, as many as Guo et al. (2017) have. */
export const CALIBRATION_BINS = 15;

/**
 * Agreement and divergence of two networks on the same images.
 *
 * @param student Logits `[count, classes]`, row by row.
 * @param teacher The same of the teacher.
 * @throws {RangeError} There are no logits, they are no whole rows, or two networks have not the same number.
 */
export function fidelity(
  student: Float32Array,
  teacher: Float32Array,
  classes: number,
): Fidelity {
  const count = rowsOf(student, classes);
  if (teacher.length !== student.length) {
    throw new RangeError(
      `Cannot compare student and teacher: found ${student.length} and ${teacher.length} logits, want as many of both`,
    );
  }
  const disagreement = errorRate(argMaxRows(student, classes), argMaxRows(teacher, classes));
  let sum = 0;
  for (let row = 0; row < count; row++) {
    const own = logSoftmax(student, row, classes);
    const other = logSoftmax(teacher, row, classes);
    for (let k = 0; k < classes; k++) {
      const p = Math.exp(other[k]!);
      // A class that the teacher excludes adds nothing, whatever the student thinks of it.
      if (p > 0) sum += p * (other[k]! - own[k]!);
    }
  }
  return { agreement: 100 - disagreement, divergence: sum / count };
}

/**
 * Expected calibration error and likelihood (Guo et al. 2017, "On calibration of modern neural networks").
 *
 * The confidence of an image is its highest probability. Bins of equal width divide (0, 1]; bin b holds confidences in
 * ((b − 1) / bins, b / bins]: one of exactly 1 is in the last bin, together with those just below it. The error is
 * Σ_b (n_b / n) |accuracy(b) − mean confidence(b)|.
 *
 * @param logits `[count, classes]`, row by row.
 * @param labels Class of each image.
 * @throws {RangeError} There are no logits, they are no whole rows or not one for each label, or no bin.
 */
export function calibration(
  logits: Float32Array,
  labels: ArrayLike<number>,
  { classes, bins = CALIBRATION_BINS }: { readonly classes: number; readonly bins?: number },
): Calibration {
  const count = rowsOf(logits, classes);
  if (labels.length !== count) {
    throw new RangeError(
      `Cannot judge confidence: found ${labels.length} labels for ${count} images, want one each`,
    );
  }
  if (!(Number.isInteger(bins) && bins > 0)) {
    throw new RangeError(`Cannot judge confidence: found ${bins} bins, want a whole number from 1`);
  }
  const predicted = argMaxRows(logits, classes);
  // Confidence less correctness, summed: n_b times the difference of the two means.
  const gaps = new Float64Array(bins);
  for (let row = 0; row < count; row++) {
    const best = predicted[row]!;
    const confidence = Math.exp(logSoftmax(logits, row, classes)[best]!);
    const bin = Math.min(bins, Math.max(1, Math.ceil(confidence * bins))) - 1;
    gaps[bin]! += confidence - (best === labels[row] ? 1 : 0);
  }
  const losses = crossEntropyRows(logits, labels, classes);
  return {
    expectedError: 100 * gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / count,
    negativeLogLikelihood: losses.reduce((sum, loss) => sum + loss, 0) / count,
    bins,
  };
}

function rowsOf(logits: Float32Array, classes: number): number {
  const rows = logits.length / classes;
  if (!(rows >= 1 && Number.isInteger(rows))) {
    throw new RangeError(
      `Cannot read logits: found ${logits.length} for ${classes} classes, want whole rows, and at least one`,
    );
  }
  return rows;
}

function logSoftmax(logits: Float32Array, row: number, classes: number): Float64Array {
  const z = Float64Array.from(logits.subarray(row * classes, (row + 1) * classes));
  const top = z.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = z.reduce((total, value) => total + Math.exp(value - top), 0);
  return z.map((value) => value - top - Math.log(sum));
}
