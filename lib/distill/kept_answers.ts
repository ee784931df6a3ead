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
 * Whether a training sees each image in so few forms, as it is or mirrored, that a frozen teacher can be asked once for
 * all of them, and often enough for that to be less work. Maps of stages are too large to be kept.
 *
 * @param at `count`: images of the set; `outputs`, `features`: of the teacher.
 */
export function canKeepAnswers(
  { teacher, taps = false }: Pick<DistillerNeeds, "teacher" | "taps">,
  { crop, flip, epochs, epochImages }: Pick<
    TrainingRecipe,
    "crop" | "flip" | "epochs" | "epochImages"
  >,
  { count, outputs, features }: { count: number; outputs: number; features: number },
): boolean {
  if (teacher !== "frozen" || taps || crop) return false;
  const forms = flip ? 2 * count : count;
  return epochs * (epochImages ?? count) > forms && forms * (outputs + features) <= MOST_NUMBERS;
}

/**
 * Passes every image of a set through a teacher in inference mode, and mirrored too where the recipe mirrors. In batches
 * of 50 images or more a row has the bits that it has among other images; smaller ones differ in the last.
 *
 * @param options `normalisation`: of the student's input; `teacherInput` makes the teacher's of it.
 */
export async function keepAnswers(
  teacher: Network,
  set: LabelledImages,
  { normalisation, teacherInput, flip }:
    & { readonly normalisation: Normalisation; readonly flip: boolean }
    & Pick<DistillContext, "teacherInput">,
): Promise<KeptAnswers> {
  const count = set.labels.length;
  const parts: { output: Float32Array; features: Float32Array }[] = [];
  let widths = { output: 0, features: 0 };
  for (const isMirrored of flip ? [false, true] : [false]) {
    for (let start = 0; start < count; start += BATCH) {
      const size = Math.min(BATCH, count - start);
      const indices = Uint32Array.from({ length: size }, (_, i) => start + i);
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
      parts.push({ output: values[0]!, features: values[1]! });
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
