/** Mean and covariance of features that arrive batch by batch; never more than d x d numbers. */
import { checkInteger } from "../base/check.ts";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** Rows whose products are summed together, so that a row of the sum stays in the fastest memory. */
const BLOCK = 16;

/**
 * Gaussian fit of feature vectors x_1 … x_n of d entries: μ = Σ x / n and the sample covariance
 * Σ = Σ (x − μ)(x − μ)ᵀ / (n − 1), in double precision.
 *
 * Up to d vectors are kept as they are; from then on only sums of products around their mean. So a
 * few images cost few numbers, many cost d x d, and neither loses digits where features have a mean
 * far from 0.
 */
export class FeatureMoments {
  /** Vectors seen. */
  #count = 0;
  /** The first vectors, row by row; undefined once there are more than d. */
  #rows: Float64Array | undefined;
  /** Mean of the kept rows, taken from later ones before they are multiplied. */
  #pivot: Float64Array;
  /** Σ (x − pivot). */
  #sum: Float64Array;
  /** Upper triangle of Σ (x − pivot)(x − pivot)ᵀ. */
  #products: Float64Array | undefined;

  /** @param size d, entries of a feature vector. */
  constructor(readonly size: number) {
    checkInteger(size, "size");
    this.#rows = new Float64Array(0);
    this.#pivot = new Float64Array(size);
    this.#sum = new Float64Array(size);
  }

  /** Vectors seen so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in a batch.
   *
   * @param rows `[batch, d]`, row by row.
   * @throws {TypeError} The length is not a multiple of d.
   * @throws {RangeError} A feature is not finite.
   */
  add(rows: ArrayLike<number>): void {
    const { size } = this;
    if (rows.length % size !== 0) {
      throw new TypeError(
        `Cannot fit a Gaussian: found ${rows.length} features, want a multiple of ${size}`,
      );
    }
    for (let i = 0; i < rows.length; i++) {
      if (Number.isFinite(rows[i])) continue;
      throw new RangeError(
        `Cannot fit a Gaussian: found ${rows[i]} as feature ${i % size} of image ` +
          `${this.#count + Math.floor(i / size)}, want a finite number`,
      );
    }
    const incoming = Float64Array.from(rows);
    this.#count += incoming.length / size;
    if (this.#rows === undefined) {
      this.#accumulate(incoming);
      return;
    }
    const kept = new Float64Array(this.#rows.length + incoming.length);
    kept.set(this.#rows);
    kept.set(incoming, this.#rows.length);
    this.#rows = kept;
    if (this.#count > size) this.#spill(kept);
  }

  /**
   * μ.
   *
   * @returns `[d]`.
   * @throws {RangeError} Nothing was added.
   */
  mean(): Float64Array {
    if (this.#count === 0) throw new RangeError("Cannot average features: found no images");
    if (this.#rows) return meanOf(this.#rows, this.size);
    return this.#pivot.map((value, i) => value + this.#sum[i]! / this.#count);
  }

  /**
   * Σ.
   *
   * @returns Symmetric `[d, d]`.
   * @throws {RangeError} Fewer than two vectors were added.
   */
  covariance(): Matrix {
    this.#checkCount();
    if (this.#rows) {
      const factor = this.factor();
      return factor.mmul(factor.transpose());
    }
    const { size } = this;
    const products = this.#products!;
    const sum = this.#sum;
    const matrix = Matrix.zeros(size, size);
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        const value = (products[i * size + j]! - sum[i]! * sum[j]! / this.#count) /
          (this.#count - 1);
        matrix.set(i, j, value);
        matrix.set(j, i, value);
      }
    }
    return matrix;
  }

  /**
   * A matrix A with Σ = A Aᵀ: the centred vectors over √(n − 1) while they are kept, else
   * V √Λ of Σ = V Λ Vᵀ without the directions that rounding made negative.
   *
   * @returns `[d, k]`, k at most d.
   * @throws {RangeError} Fewer than two vectors were added.
   */
  factor(): Matrix {
    this.#checkCount();
    const { size } = this;
    if (this.#rows) {
      const rows = this.#rows;
      const mean = this.mean();
      const scale = 1 / Math.sqrt(this.#count - 1);
      const factor = Matrix.zeros(size, this.#count);
      for (let row = 0; row < this.#count; row++) {
        for (let i = 0; i < size; i++) {
          factor.set(i, row, scale * (rows[row * size + i]! - mean[i]!));
        }
      }
      return factor;
    }
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
      this.covariance(),
      { assumeSymmetric: true },
    );
    const used = realEigenvalues.flatMap((value, k) => value > 0 ? [k] : []);
    const factor = Matrix.zeros(size, Math.max(1, used.length));
    used.forEach((k, column) => {
      const root = Math.sqrt(realEigenvalues[k]!);
      for (let i = 0; i < size; i++) factor.set(i, column, root * eigenvectorMatrix.get(i, k));
    });
    return factor;
  }

  /** Whether `factor()` costs nothing: no more than d vectors were seen. */
  get isThin(): boolean {
    return this.#rows !== undefined;
  }

  #spill(kept: Float64Array): void {
    this.#pivot = meanOf(kept, this.size);
    this.#products = new Float64Array(this.size ** 2);
    this.#rows = undefined;
    this.#accumulate(kept);
  }

  #accumulate(rows: Float64Array): void {
    const { size } = this;
    const products = this.#products!;
    const sum = this.#sum;
    for (let i = 0; i < rows.length; i++) {
      const place = i % size;
      const value = rows[i]! - this.#pivot[place]!;
      rows[i] = value;
      sum[place] = sum[place]! + value;
    }
    for (let start = 0; start < rows.length; start += BLOCK * size) {
      const end = Math.min(rows.length, start + BLOCK * size);
      for (let i = 0; i < size; i++) {
        for (let row = start; row < end; row += size) {
          const value = rows[row + i]!;
          for (let j = i; j < size; j++) {
            products[i * size + j] = products[i * size + j]! + value * rows[row + j]!;
          }
        }
      }
    }
  }

  #checkCount(): void {
    if (this.#count < 2) {
      throw new RangeError(
        `Cannot compute a covariance: found ${this.#count} images, want at least 2`,
      );
    }
  }
}

function meanOf(rows: Float64Array, size: number): Float64Array {
  const mean = new Float64Array(size);
  for (let i = 0; i < rows.length; i++) mean[i % size] = mean[i % size]! + rows[i]!;
  return mean.map((value) => value * size / rows.length);
}
