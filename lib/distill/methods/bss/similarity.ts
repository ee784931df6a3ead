/** How alike two decision boundaries are: MagSim and AngSim. */

/** Similarities of two networks' boundaries. */
export interface BoundarySimilarity {
  /** Mean of min(‖d_t‖, ‖d_s‖) / max(‖d_t‖, ‖d_s‖), 0 to 1; NaN without samples. */
  readonly magnitude: number;
  /** Mean cosine of d_t and d_s, −1 to 1; NaN without samples. */
  readonly angle: number;
  /** Samples that count. */
  readonly count: number;
}

/**
 * MagSim = mean min(‖d_t‖, ‖d_s‖) / max(‖d_t‖, ‖d_s‖); AngSim = mean ⟨d_t, d_s⟩ / (‖d_t‖ ‖d_s‖). A row of d is how far
 * a search moved an image until the network took it for the target.
 *
 * Source: the measures are of Heo et al., AAAI 2019; their exact form is our reading (method specification 6.5).
 *
 * @param teacher d_t, one row an image.
 * @param student d_s, the same images and targets. Rows of zeros, of images that lay on a boundary, are left out.
 * @throws {RangeError} Other images or sizes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const found = boundarySimilarity([[3, 4], [1, 0]], [[6, 8], [0, 2]]);
 * assert.deepEqual(found, { magnitude: 0.5, angle: 0.5, count: 2 });
 * ```
 */
export function boundarySimilarity(
  teacher: readonly ArrayLike<number>[],
  student: readonly ArrayLike<number>[],
): BoundarySimilarity {
  if (teacher.length !== student.length) {
    throw new RangeError(
      `Cannot compare boundaries: found ${teacher.length} and ${student.length} samples, want as many`,
    );
  }
  let [magnitude, angle, count] = [0, 0, 0];
  teacher.forEach((t, i) => {
    const s = student[i]!;
    if (t.length !== s.length) {
      throw new RangeError(
        `Cannot compare boundaries: found ${t.length} and ${s.length} values of sample ${i}, want as many`,
      );
    }
    const [long, short] = [Math.sqrt(dot(t, t)), Math.sqrt(dot(s, s))];
    if (long === 0 || short === 0) return;
    magnitude += Math.min(long, short) / Math.max(long, short);
    angle += dot(t, s) / (long * short);
    count++;
  });
  return { magnitude: magnitude / count, angle: angle / count, count };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
