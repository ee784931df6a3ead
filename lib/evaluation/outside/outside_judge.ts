/** Judges that nobody trained here: what they are, and what they say of a set of images. */
import { type LabelledImages, outputsOf } from "../../base/contracts.ts";
import { meanAbsoluteError } from "../../base/metrics.ts";
import { countProgress, type ProgressSink } from "../../base/progress.ts";

/** A trained network that comes from elsewhere and answers in the classes or the labels of a data set. */
export interface OutsideJudge {
  /** For tables, such as "cifar-10-model 7.4.0". */
  readonly title: string;
  /** What to know of it when its figures are read: what it learned from, whether it may have seen the images. */
  readonly remark: string;
  /**
   * Answers for some images.
   *
   * @param pixels Bytes 0 to 255, `[count, height, width, 3]`.
   * @returns A class index or a label in dataset units for each image.
   * @throws {RangeError} Images of a size that it does not take.
   */
  predict(pixels: Uint8Array, shape: PixelShape): Promise<Float32Array>;
  /** Frees what it holds. */
  dispose(): void;
}

/** Images of one call. */
export interface PixelShape {
  /** How many. */
  readonly count: number;
  /** Pixels from top to bottom. */
  readonly height: number;
  /** Pixels from left to right. */
  readonly width: number;
}

/** Images of one call: 64 x 64 pixels take 1.5 MB of bytes and 6 MB as numbers. */
const BATCH = 128;

/** How a set is judged. */
export interface JudgingOptions {
  /** Of the progress line. */
  readonly title: string;
  readonly progress?: ProgressSink;
  readonly signal?: AbortSignal;
}

/**
 * What a judge says of the labels of a set: share that it confirms, in [0, 1], for classes; mean |answer − label| in the
 * labels' unit for scalar labels.
 *
 * @throws {RangeError} An answer is not finite, or no class of the set.
 */
export async function judgedLabels(
  judge: OutsideJudge,
  { images, labels, task }: LabelledImages,
  { title, progress, signal }: JudgingOptions,
): Promise<number> {
  const { height, width, channels } = images.shape;
  const size = height * width * channels;
  const answers = new Float32Array(labels.length);
  const report = countProgress(title, progress);
  for (let start = 0; start < labels.length; start += BATCH) {
    signal?.throwIfAborted();
    const count = Math.min(BATCH, labels.length - start);
    const pixels = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) images.read(start + i, pixels, i * size);
    answers.set(await judge.predict(pixels, { count, height, width }), start);
    report?.(start + count, labels.length);
  }
  const wrong = answers.findIndex((answer) => !Number.isFinite(answer));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot judge images by ${judge.title}: found the answer ${
        answers[wrong]
      } for image ${wrong}, want a finite one`,
    );
  }
  const strange = task.kind === "classification"
    ? answers.findIndex((answer) =>
      !(Number.isInteger(answer) && answer >= 0 && answer < task.classes)
    )
    : -1;
  if (strange >= 0) {
    throw new RangeError(
      `Cannot judge images by ${judge.title}: found the answer ${
        answers[strange]
      } for image ${strange}, want a class of 0 to ${
        outputsOf(task) - 1
      }; use a judge of the same classes in the same order`,
    );
  }
  if (task.kind === "regression") return meanAbsoluteError(answers, labels);
  return labels.filter((label, i) => answers[i] === label).length / labels.length;
}
