/** What a frozen teacher says of the images of a training set, asked once in place of at every step. */
import type { LabelledImages } from "../base/contracts.ts";
import { tf } from "../base/tf.ts";
import { batchTensors, makeBatch, type Normalisation } from "../data/batches/batches.ts";
import type { Network, NetworkOutput } from "../networks/network.ts";
import type { TrainingRecipe } from "../networks/supervised.ts";
import type { DistillContext, DistillerNeeds } from "./distiller.ts";

/** Values of all images, row by row. */
interface Rows {
  readonly width: number;
  readonly values: Float32Array;
}

/** Logits and feature vectors of a teacher; with mirrored images those follow behind the others. */
export interface KeptAnswers {
  /** Images of the set. */
  readonly count: number;
  readonly output: Rows;
  readonly features: Rows;
}

/** More numbers than these, 128 MiB, are not kept: the teacher is asked at every step. */
const MOST_NUMBERS = 2 ** 25;
/** Images of a pass. */
const BATCH = 250;
/**
 * From here on the rows of a pass have the same bits, whatever images are beside them: seen of all networks, a quarter as
 * wide, on native TensorFlow. With 63 rows and fewer VGG on 32 x 32 images rounds otherwise, at any width. So results are
 * what they would be if the teacher were asked at each step.
 */
const LEAST_BATCH = 64;

/**
 * Whether a training sees each image in so few forms, as it is or mirrored, that a frozen teacher can be asked once for
 * all of them, often enough for that to be less work, and in batches in which the answers have the same bits; about a
 * shorter batch at the end of an epoch it is asked each time, see {@link hasSameBits}. Maps of stages are too large to be
 * kept.
 *
 * @param count Images of the set.
 */
export function canKeepAnswers(
  { teacher, taps = false }: Pick<DistillerNeeds, "teacher" | "taps">,
  { crop, flip, epochs, epochImages, batch, fakeShare }: TrainingRecipe,
  count: number,
): boolean {
  if (teacher !== "frozen" || taps !== false || crop || fakeShare !== undefined) return false;
  if (!hasSameBits(Math.min(batch, count))) return false;
  return epochs * (epochImages ?? count) > (flip ? 2 * count : count);
}

/** Whether kept answers to a batch of so many images have the bits of a pass on it. */
export function hasSameBits(batch: number): boolean {
  return batch >= LEAST_BATCH;
}

/** Whether so many answers are few enough to be kept; see `canKeepAnswers` for `count`. */
export function areFew(
  { count, flip, outputs, features }: {
    readonly count: number;
    readonly flip: boolean;
    readonly outputs: number;
    readonly features: number;
  },
): boolean {
  return (flip ? 2 * count : count) * (outputs + features) <= MOST_NUMBERS;
}

/**
 * Passes every image of a set through a teacher in inference mode, and mirrored too where the recipe mirrors.
 *
 * @param options `normalisation`: of the student's input; `teacherInput` makes the teacher's of it; `signal` stops it
 *   between passes.
 * @throws The signal's reason where that ended it.
 */
export async function keepAnswers(
  teacher: Network,
  set: LabelledImages,
  { normalisation, teacherInput, flip, signal }:
    & {
      readonly normalisation: Normalisation;
      readonly flip: boolean;
      readonly signal?: AbortSignal;
    }
    & Pick<DistillContext, "teacherInput">,
): Promise<KeptAnswers> {
  const count = set.labels.length;
  const parts: { output: Float32Array; features: Float32Array }[] = [];
  let widths = { output: 0, features: 0 };
  for (const isMirrored of flip ? [false, true] : [false]) {
    for (let start = 0; start < count; start += BATCH) {
      signal?.throwIfAborted();
      const end = Math.min(start + BATCH, count);
      // A short last pass takes rows along that are known.
      const from = Math.max(0, Math.min(start, count - LEAST_BATCH));
      const size = end - from;
      const indices = Uint32Array.from({ length: size }, (_, i) => from + i);
      const { output, features } = tf.tidy(() => {
        const batch = makeBatch(set, indices, { normalisation });
        if (isMirrored) { for (let i = 0; i < size; i++) batch.placed.places[3 * i + 2] = 1; }
        const { output, features } = teacher.forward(teacherInput(batchTensors(batch).x), {
          training: false,
        });
        return { output, features };
      });
      widths = { output: output.shape[1], features: features.shape[1] };
      const values = await Promise.all([output.data(), features.data()]) as Float32Array[];
      const [outputs, vectors] = [widths.output, widths.features].map((width, i) =>
        values[i]!.subarray((start - from) * width)
      );
      parts.push({ output: outputs!, features: vectors! });
      tf.dispose([output, features]);
    }
  }
  const joined = (of: keyof typeof widths): Rows => {
    const values = new Float32Array(parts.reduce((sum, part) => sum + part[of].length, 0));
    let place = 0;
    for (const part of parts) {
      values.set(part[of], place);
      place += part[of].length;
    }
    return { width: widths[of], values };
  };
  return { count, output: joined("output"), features: joined("features") };
}

/**
 * The teacher's pass on a batch.
 *
 * @param indices Positions in the set.
 * @param isMirrored Of each image of the batch.
 */
export function answersAt(
  { count, output, features }: KeptAnswers,
  indices: Uint32Array,
  isMirrored: (place: number) => boolean,
): NetworkOutput {
  const rowsOf = ({ width, values }: Rows): tf.Tensor2D => {
    const rows = new Float32Array(indices.length * width);
    for (const [place, index] of indices.entries()) {
      const row = isMirrored(place) ? count + index : index;
      rows.set(values.subarray(row * width, (row + 1) * width), place * width);
    }
    return tf.tensor2d(rows, [indices.length, width]);
  };
  return { output: rowsOf(output), features: rowsOf(features), taps: [] };
}
