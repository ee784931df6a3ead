/**
 * Precision, recall, density and coverage: whether fakes lie among real images, and whether they reach all
 * of them. A Fréchet distance mixes the two; a caricature of each class has high precision and no recall.
 */
import { checkInteger } from "../base/check.ts";
import { tf } from "../base/tf.ts";

/** Feature vectors of images, row by row. */
export interface FeatureRows {
  /** `[count, size]`. */
  readonly values: Float32Array;
  /** Entries of a vector. */
  readonly size: number;
}

/** Options of `neighbourScores`. */
export interface NeighbourOptions {
  /** k: an image's ball reaches to its k-th nearest neighbour among its own kind; default: 5, as in PRDC. */
  readonly neighbours?: number;
}

/** Shares in [0, 1]; density can exceed 1. */
export interface NeighbourScores {
  /** Share of fakes that lie in the ball of some real image. */
  readonly precision: number;
  /** Share of real images that lie in the ball of some fake. */
  readonly recall: number;
  /** Balls of real images around a fake, averaged over fakes and divided by k: 1 for fakes as good as real. */
  readonly density: number;
  /** Share of real images whose ball holds a fake: about 1 − 2⁻ᵏ for fakes as good as real. */
  readonly coverage: number;
}

/** Rows whose distances are held at once: memory is this times the number of images on the other side. */
const CHUNK = 256;

/**
 * With B_k(x) the open ball around x that reaches to its k-th nearest neighbour of the same kind:
 *
 * - precision = mean over fakes g of 1[g in some B_k(r)]
 * - recall = mean over reals r of 1[r in some B_k(g)]
 * - density = mean over fakes g of #{r : g in B_k(r)} / k
 * - coverage = mean over reals r of 1[some g in B_k(r)]
 *
 * Open means that a distance must be less than the radius, `<`: what lies exactly on it is outside. An image is no
 * neighbour of itself. k is 5 unless told otherwise. The two sides are named, since they cannot be swapped: that would
 * swap precision and recall, and make density and coverage those of other balls. All this is as in the authors'
 * package prdc 0.2, `compute_prdc(real_features, fake_features, nearest_k)`.
 *
 * Sources: Kynkäänniemi et al., NeurIPS 2019 (precision, recall); Naeem et al., ICML 2020 (density, coverage).
 * Copies of an image have balls of radius 0: remove them first (`withoutCopies`). All four depend on the
 * numbers of images: compare generators at the same numbers, and beside real images that were held out.
 *
 * @throws {TypeError} The sides have features of different sizes.
 * @throws {RangeError} A side has no more than k images, or a feature is not finite.
 */
export async function neighbourScores(
  { real, fake }: { readonly real: FeatureRows; readonly fake: FeatureRows },
  { neighbours = 5 }: NeighbourOptions = {},
): Promise<NeighbourScores> {
  checkInteger(neighbours, "neighbours");
  if (real.size !== fake.size) {
    throw new TypeError(
      `Cannot compare features: found ${real.size} and ${fake.size} entries, want equal sizes`,
    );
  }
  const [reals, fakes] = [countOf(real, "real"), countOf(fake, "fake")];
  for (const [kind, count] of [["real", reals], ["fake", fakes]] as const) {
    if (count > neighbours) continue;
    throw new RangeError(
      `Cannot find ${neighbours} neighbours of each image: found ${count} ${kind} images, want ` +
        `more than ${neighbours}`,
    );
  }
  // Around their common mean, so that squared distances lose few digits.
  const centre = meanRow(real);
  const realRows = rowsOf(real, centre);
  const fakeRows = rowsOf(fake, centre);
  try {
    const realReach = await reachOf(realRows, neighbours);
    const fakeReach = await reachOf(fakeRows, neighbours);
    const hits = new Int32Array(fakes);
    let covered = 0;
    let recalled = 0;
    for (let start = 0; start < reals; start += CHUNK) {
      const size = Math.min(CHUNK, reals - start);
      const tensors = tf.tidy(() => {
        const distances = squaredDistances(slice(realRows, start, size), fakeRows);
        const own = tf.tensor2d(realReach.subarray(start, start + size), [size, 1]);
        const others = tf.tensor2d(fakeReach, [1, fakes]);
        const inReal = tf.less(distances, own);
        return [
          tf.sum(inReal.cast("int32"), 0),
          tf.sum(tf.any(inReal, 1).cast("int32")),
          tf.sum(tf.any(tf.less(distances, others), 1).cast("int32")),
        ];
      });
      const [around, withFake, nearFake] = await Promise.all(
        tensors.map((tensor) => tensor.data()),
      );
      tf.dispose(tensors);
      around!.forEach((value, j) => hits[j]! += value);
      covered += withFake![0]!;
      recalled += nearFake![0]!;
    }
    return {
      precision: hits.reduce((sum, value) => sum + Number(value > 0), 0) / fakes,
      recall: recalled / reals,
      density: hits.reduce((sum, value) => sum + value, 0) / (neighbours * fakes),
      coverage: covered / reals,
    };
  } finally {
    tf.dispose([realRows, fakeRows]);
  }
}

/** Squared distance of each row to its k-th nearest other row. */
async function reachOf(rows: tf.Tensor2D, neighbours: number): Promise<Float32Array> {
  const [count] = rows.shape;
  const reach = new Float32Array(count);
  for (let start = 0; start < count; start += CHUNK) {
    const size = Math.min(CHUNK, count - start);
    const tensor = tf.tidy(() => {
      const distances = squaredDistances(slice(rows, start, size), rows);
      // The nearest is the row itself.
      const { values } = tf.topk(distances.neg(), neighbours + 1);
      return values.slice([0, neighbours], [size, 1]).neg();
    });
    reach.set(await tensor.data(), start);
    tensor.dispose();
  }
  return reach;
}

/** ‖a − b‖² of every pair, `[a, b]`. */
function squaredDistances(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const squares = (rows: tf.Tensor2D) => tf.sum(tf.square(rows), 1);
  const products = tf.matMul(a, b, false, true).mul(2);
  return squares(a).expandDims<tf.Tensor2D>(1).add(squares(b).expandDims(0)).sub(products);
}

function slice(rows: tf.Tensor2D, start: number, size: number): tf.Tensor2D {
  return rows.slice([start, 0], [size, rows.shape[1]]);
}

function rowsOf({ values, size }: FeatureRows, centre: Float32Array): tf.Tensor2D {
  return tf.tidy(() => tf.tensor2d(values, [values.length / size, size]).sub(centre));
}

function meanRow({ values, size }: FeatureRows): Float32Array {
  const sums = new Float64Array(size);
  for (let i = 0; i < values.length; i++) sums[i % size]! += values[i]!;
  return Float32Array.from(sums, (sum) => sum * size / values.length);
}

function countOf({ values, size }: FeatureRows, kind: string): number {
  checkInteger(size, "size");
  if (values.length % size !== 0) {
    throw new TypeError(
      `Cannot compare features: found ${values.length} numbers of ${kind} images, want a ` +
        `multiple of ${size}`,
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `Cannot compare features: found ${values[bad]} in ${kind} image ${Math.floor(bad / size)}, ` +
        "want finite numbers",
    );
  }
  return values.length / size;
}
