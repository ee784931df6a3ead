/** What the teacher says about images: one pass for the filter, the relabelling and the verdict. */
import { type LabelledImages, outputsOf, selectLabelled } from "../base/contracts.ts";
import { argMaxRows, crossEntropyRows } from "../base/metrics.ts";
import type { CountSink } from "../base/progress.ts";
import type { Normalisation } from "../data/batches/batches.ts";
import type { Network } from "../networks/network.ts";
import { predict } from "../networks/supervised.ts";

/** The teacher on every image of a set, in its order. */
export interface TeacherOpinion {
  /** arg max of the logits, or the denormalised prediction (not clipped), in dataset units. */
  readonly predicted: Float32Array;
  /** −ln softmax(f_t(x))_y in nats, or |prediction − label| in dataset units. */
  readonly scores: Float32Array;
  /** Greatest softmax probability; classes only. */
  readonly confidence?: Float32Array;
}

/** How to ask. */
export interface TeacherOptions {
  /** Constants that the teacher was trained with: those of the real training set. */
  readonly normalisation: Normalisation;
  /** Images of one forward pass; default: 200, as in the paper. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
  /** Receives how many images the teacher has seen. */
  readonly onProgress?: CountSink;
}

// Outputs of 200 classes for a pool of 600,000 would not fit; only these are in memory at once.
const BLOCK = 10_000;

/**
 * Runs the teacher in inference mode over a set with labels (method specification 4.1).
 *
 * @throws {RangeError} An output is not finite.
 */
export async function askTeacher(
  teacher: Network,
  set: LabelledImages,
  options: TeacherOptions,
): Promise<TeacherOpinion> {
  const { normalisation, batch = 200 } = options;
  const { task } = set;
  const count = set.labels.length;
  const outputs = outputsOf(task);
  const predicted = new Float32Array(count);
  const scores = new Float32Array(count);
  const confidence = task.kind === "classification" ? new Float32Array(count) : undefined;
  for (let start = 0; start < count; start += BLOCK) {
    options.signal?.throwIfAborted();
    const size = Math.min(BLOCK, count - start);
    const block = selectLabelled(set, Uint32Array.from({ length: size }, (_, i) => start + i));
    const rows = await predict(teacher, block, { normalisation, batch });
    if (rows.length !== size * outputs) {
      throw new TypeError(
        `Cannot ask teacher "${teacher.name}": found ${
          rows.length / size
        } outputs per image, want ` +
          `${outputs}`,
      );
    }
    if (!rows.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot ask teacher "${teacher.name}": found outputs that are not finite, want numbers`,
      );
    }
    if (task.kind === "classification") {
      const winners = argMaxRows(rows, task.classes);
      predicted.set(winners, start);
      scores.set(crossEntropyRows(rows, block.labels, task.classes), start);
      // The cross-entropy of the winner is −ln of the greatest probability.
      const losses = crossEntropyRows(rows, winners, task.classes);
      confidence!.set(losses.map((loss) => Math.exp(-loss)), start);
    } else {
      for (let i = 0; i < size; i++) {
        const value = task.scale * rows[i]!;
        predicted[start + i] = value;
        scores[start + i] = Math.abs(value - block.labels[i]!);
      }
    }
    options.onProgress?.(start + size, count);
  }
  return { predicted, scores, ...(confidence ? { confidence } : {}) };
}

/** The opinion on the images at `positions`. */
export function selectOpinion(
  opinion: TeacherOpinion,
  positions: ArrayLike<number>,
): TeacherOpinion {
  const pick = (values: Float32Array) =>
    Float32Array.from({ length: positions.length }, (_, i) => values[positions[i]!]!);
  return {
    predicted: pick(opinion.predicted),
    scores: pick(opinion.scores),
    ...(opinion.confidence ? { confidence: pick(opinion.confidence) } : {}),
  };
}

/**
 * Throws unless there is one opinion for each image.
 *
 * @throws {TypeError} Another number of opinions.
 */
export function checkOpinion(set: LabelledImages, opinion: TeacherOpinion, what: string): void {
  const count = set.labels.length;
  if (opinion.scores.length !== count || opinion.predicted.length !== count) {
    throw new TypeError(
      `Cannot ${what}: found opinions on ${opinion.scores.length} images, want ${count}`,
    );
  }
}
