/** Images for given labels from a trained generator, one chunk in memory at a time. */
import { checkInteger } from "../base/check.ts";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { countProgress, type ProgressSink } from "../base/progress.ts";
import { INFERENCE } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { imagesFromTensor } from "../data/batches/batches.ts";
import { normalTensor } from "../native/vectors/random.ts";
import type { Generator } from "./gan.ts";

/**
 * What a network is conditioned on for labels in dataset units: `[batch, conditionSize]`. One-hot rows for
 * classes; the embedding γ(y) for degrees or years.
 */
export type ConditionOf = (labels: ArrayLike<number>) => tf.Tensor2D;

/**
 * Class indices as one-hot rows, `[batch, classes]` float32.
 *
 * @throws {RangeError} A label is not a class; TensorFlow would silently make a row of zeros.
 */
export function oneHotCondition(classes: number): ConditionOf {
  checkInteger(classes, "classes");
  return (labels) => {
    const rows = new Float32Array(labels.length * classes);
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new RangeError(
          `Cannot condition on class ${label}: want an integer in [0, ${classes - 1}]`,
        );
      }
      rows[i * classes + label] = 1;
    }
    return tf.tensor2d(rows, [labels.length, classes]);
  };
}

/**
 * The condition of a task's labels: the given one, or one-hot rows for classes.
 *
 * @throws {TypeError} Scalar labels without an embedding.
 */
export function conditionFor(task: Task, conditionOf?: ConditionOf): ConditionOf {
  if (conditionOf !== undefined) return conditionOf;
  if (task.kind === "classification") return oneHotCondition(task.classes);
  throw new TypeError("Cannot condition on scalar labels: found no embedding, want conditionOf");
}

/**
 * Latents z ~ N(0, I), `[count, latentSize]`, without truncation (method specification 2.9). The caller owns them.
 *
 * @param stream Decides them; its own position is moved by two draws.
 */
export function drawLatents(generator: Generator, count: number, stream: Rng): tf.Tensor2D {
  return normalTensor(
    [count, generator.latentSize],
    [stream.nextUint32(), stream.nextUint32()],
    (size) => Float32Array.from({ length: size }, () => stream.normal()),
  ) as tf.Tensor2D;
}

/**
 * Images for conditions, in [−1, 1], with z ~ N(0, I) and G in inference mode.
 *
 * @param condition `[batch, conditionSize]`.
 * @param stream See `drawLatents`.
 * @returns `[batch, height, width, 3]`. The caller owns it; run inside a tidy.
 */
export function drawImages(
  generator: Generator,
  condition: tf.Tensor2D,
  stream: Rng,
): tf.Tensor4D {
  return generator.forward(
    drawLatents(generator, condition.shape[0], stream),
    condition,
    INFERENCE,
  );
}

/** `perLabel` copies of each label, label by label. */
export function repeatLabels(labels: ArrayLike<number>, perLabel: number): Float32Array {
  checkInteger(perLabel, "perLabel", 0);
  const repeated = new Float32Array(labels.length * perLabel);
  for (let i = 0; i < labels.length; i++) {
    repeated.fill(labels[i]!, i * perLabel, (i + 1) * perLabel);
  }
  return repeated;
}

/** How to sample. */
export interface SampleOptions {
  /** What the labels mean; classes become one-hot conditions. */
  readonly task: Task;
  /** Condition of the labels; required for scalar labels, default for classes: one-hot. */
  readonly conditionOf?: ConditionOf;
  /**
   * Images of one pass through G; default: 500. Latents are addressed by chunk, so another chunk
   * size gives other images.
   */
  readonly chunk?: number;
  /** Q30; default: "round" (and clamp); "floor" truncates as the reference does. */
  readonly toUint8?: "round" | "floor";
  /** Draws of the latents; chunk k reads the stream at ("latent", k). */
  readonly rng: Rng;
  readonly progress?: ProgressSink;
  /** Stops between two chunks with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Some consecutive images of a sample. */
export interface SampledChunk {
  /** Position of the first one. */
  readonly start: number;
  /** [count, height, width, channels]. */
  readonly bytes: Uint8Array;
  /** One an image, in dataset units. */
  readonly labels: Float32Array;
  readonly shape: { readonly height: number; readonly width: number; readonly channels: number };
}

/**
 * Fake images chunk by chunk, in the order of the labels: for pools that go to disk. Never more
 * than one chunk is in memory.
 *
 * @param labels In dataset units.
 */
export async function* sampleChunks(
  generator: Generator,
  labels: ArrayLike<number>,
  options: SampleOptions,
): AsyncGenerator<SampledChunk, void, void> {
  const { chunk = 500, toUint8 = "round", rng, signal } = options;
  checkInteger(chunk, "chunk");
  const conditionOf = conditionFor(options.task, options.conditionOf);
  const report = countProgress("sampling", options.progress);
  for (let start = 0, k = 0; start < labels.length; start += chunk, k++) {
    signal?.throwIfAborted();
    const end = Math.min(start + chunk, labels.length);
    const part = Float32Array.from({ length: end - start }, (_, i) => labels[start + i]!);
    const images = tf.tidy(() => drawImages(generator, conditionOf(part), rng.child("latent", k)));
    const [, height, width, channels] = images.shape;
    let bytes: Uint8Array;
    try {
      bytes = await imagesFromTensor(images, toUint8);
    } finally {
      images.dispose();
    }
    yield { start, bytes, labels: part, shape: { height, width, channels } };
    report(end, labels.length);
    await nextTask();
  }
}

/**
 * Fake images for the given labels, one for each, in their order: "no subsampling" of the paper
 * when the labels come from `repeatLabels`. Holds one byte per pixel and one chunk of floats.
 *
 * @param labels In dataset units.
 * @returns Images with their conditioning labels, origin "fake".
 * @throws {RangeError} There are no labels, or one is not a class.
 * @throws {TypeError} Scalar labels without `conditionOf`.
 */
export async function sampleImages(
  generator: Generator,
  labels: ArrayLike<number>,
  options: SampleOptions,
): Promise<LabelledImages> {
  let pixels: Uint8Array | undefined;
  let size = 0;
  let shape;
  for await (const part of sampleChunks(generator, labels, options)) {
    size = part.bytes.length / part.labels.length;
    pixels ??= new Uint8Array(size * labels.length);
    pixels.set(part.bytes, size * part.start);
    shape = part.shape;
  }
  if (pixels === undefined || shape === undefined) {
    throw new RangeError("Cannot sample images: found no labels, want at least one");
  }
  return {
    images: imagesInMemory(pixels, shape),
    labels: Float32Array.from(labels),
    task: options.task,
    origin: "fake",
  };
}

/** Lets signals, timers and the kernel's messages in; reads of the native backend do not. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
