/** Feature vectors of many images, computed once. */
import type { LabelledImages } from "../base/contracts.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import {
  batchesInOrder,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
} from "../data/batches/batches.ts";
import type { FeatureExtractor } from "./features.ts";

/** Feature vectors of images as they are and, if wanted, mirrored. */
export class FeatureTable {
  /** Rows, and mirrored rows where wanted. */
  readonly #views: Float32Array[];
  #filled = 0;

  constructor(readonly extractor: FeatureExtractor, readonly count: number, isMirrored: boolean) {
    const size = count * extractor.size;
    this.#views = isMirrored
      ? [new Float32Array(size), new Float32Array(size)]
      : [new Float32Array(size)];
  }

  /** Rows so far. */
  get filled(): number {
    return this.#filled;
  }

  /** Adds every image of a set, in order. */
  async appendSet(
    set: LabelledImages,
    options: { chunk?: number; signal?: AbortSignal; onProgress?: (filled: number) => void } = {},
  ): Promise<void> {
    const { chunk = 250, signal, onProgress } = options;
    for (const indices of batchesInOrder(set.labels.length, chunk)) {
      signal?.throwIfAborted();
      const pixels = makeBatch(set, indices, { normalisation: MINUS_ONE_TO_ONE });
      await this.append(
        () => batchTensors(pixels).x,
        (row) => `image ${indices[row]} of label ${pixels.labels[row]}`,
      );
      onProgress?.(this.#filled);
    }
  }

  /**
   * Adds the images that `images` makes, `[batch, height, width, 3]` in [−1, 1].
   *
   * @param nameOf What to call row i of them in errors.
   * @throws {RangeError} A feature is not finite.
   */
  async append(
    images: () => tf.Tensor4D,
    nameOf: (row: number) => string = (row) => `image ${row}`,
  ): Promise<void> {
    const features = tf.tidy(() => {
      const plain = images();
      const orientations = this.#views.length > 1 ? [plain, tf.reverse(plain, 2)] : [plain];
      return orientations.map((x) => this.extractor.extract(x));
    });
    try {
      for (const [i, view] of this.#views.entries()) {
        const values = await features[i]!.data();
        const odd = values.findIndex((value) => !Number.isFinite(value));
        if (odd >= 0) {
          throw new RangeError(
            `Cannot compute features for the density ratio: found ${values[odd]} for the ` +
              `${nameOf(Math.floor(odd / this.extractor.size))}, want finite numbers; check the ` +
              "generator and the extractor",
          );
        }
        view.set(values, this.#filled * this.extractor.size);
      }
      this.#filled += features[0]!.shape[0];
    } finally {
      tf.dispose(features);
    }
    await new Promise((resolve) => setTimeout(resolve));
  }

  /** Rows of the table, each in a random orientation where there are two. */
  gather(rows: ArrayLike<number>, rng: Rng): tf.Tensor2D {
    const { size } = this.extractor;
    const values = new Float32Array(rows.length * size);
    for (let i = 0; i < rows.length; i++) {
      const view = this.#views.length > 1 && rng.uniform() < 0.5
        ? this.#views[1]!
        : this.#views[0]!;
      const start = rows[i]! * size;
      values.set(view.subarray(start, start + size), i * size);
    }
    return tf.tensor2d(values, [rows.length, size]);
  }
}
