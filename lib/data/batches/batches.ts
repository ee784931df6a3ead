/**
 * Batches straight from bytes: gather, crop, flip and normalise one batch at a time, so that no float
 * copy of a data set ever exists.
 */
import type { Images, ImageShape, LabelledImages, Task } from "../../base/contracts.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import {
  bytesOfBatch,
  levelsOf,
  type Normalisation,
  type PlacedImages,
  placedTensor,
} from "./pixels.ts";

export {
  batchesInOrder,
  batchIndicesAt,
  type BatchOrder,
  epochOrder,
  mixedIndicesAt,
  stepsPerEpoch,
} from "./order.ts";
export type { Normalisation } from "./pixels.ts";

/** Bytes to [−1, 1], the range of every GAN and of the regression networks. */
export const MINUS_ONE_TO_ONE: Normalisation = { mean: [0.5], std: [0.5] };

/**
 * Mean and population standard deviation of x / 255 over all pixels of all images, per channel: the
 * normalisation of a classifier's run, computed over its whole training set, fakes included (method
 * specification 1.2). Counts grey levels in one pass, so the result does not depend on the order. A channel of one level,
 * such as the blue one of red and green micrographs, has deviation 1 here, so that its pixels become 0.
 *
 * @throws {RangeError} The set is empty.
 */
export function channelStatistics(images: Images): Normalisation {
  if (images.count === 0) throw new RangeError("Cannot compute statistics: the set is empty");
  const { channels } = images.shape;
  const bytes = new Uint8Array(sizeOf(images.shape));
  // Doubles count exactly to 2^53; 32-bit counters would overflow at a million images of 64x64.
  const counts = new Float64Array(256 * channels);
  for (let index = 0; index < images.count; index++) {
    images.read(index, bytes, 0);
    for (let i = 0; i < bytes.length; i += channels) {
      for (let c = 0; c < channels; c++) {
        const level = (c << 8) + bytes[i + c]!;
        counts[level] = counts[level]! + 1;
      }
    }
  }
  const pixels = images.count * bytes.length / channels;
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let level = 0; level < 256; level++) sum += level * counts[256 * c + level]!;
    const centre = sum / pixels;
    let [squares, levels] = [0, 0];
    for (let level = 0; level < 256; level++) {
      const count = counts[256 * c + level]!;
      squares += (level - centre) ** 2 * count;
      if (count > 0) levels++;
    }
    mean.push(centre / 255);
    std.push(levels === 1 ? 1 : Math.sqrt(squares / pixels) / 255);
  }
  return { mean, std };
}

/** How to make a batch of an image set. */
export interface BatchOptions {
  readonly normalisation: Normalisation;
  /**
   * Pads each image with this many black pixels (byte 0, before normalisation) on every side and cuts a
   * window of the original size at a random place; 4 in the paper. No crop without.
   */
  readonly crop?: number;
  /** Mirrors each image left to right with probability 1/2. */
  readonly flip?: boolean;
  /** Draws of crop and flip; wanted where either is on. Address it by the step. */
  readonly rng?: Rng;
}

/** Images and their labels, ready to become tensors. */
export interface Batch {
  /** Bytes of the images, and where their windows lie. */
  readonly placed: PlacedImages;
  /** One label per image, in dataset units. */
  readonly labels: Float32Array;
  readonly size: number;
  readonly shape: ImageShape;
  readonly task: Task;
}

/**
 * Gathers, augments and normalises the images at `indices`. Each image draws its own crop and flip, crop
 * before flip as in the reference. A constant given for one channel counts for all.
 *
 * @throws {TypeError} Crop or flip without `rng`, or constants for another number of channels.
 */
export function makeBatch(
  set: Pick<LabelledImages, "images" | "labels" | "task">,
  indices: ArrayLike<number>,
  options: BatchOptions,
): Batch {
  const { crop = 0, flip = false, rng } = options;
  const { shape } = set.images;
  if ((crop > 0 || flip) && rng === undefined) {
    throw new TypeError("Cannot crop or flip a batch: found no random stream, want one");
  }
  const levels = levelsOf(options.normalisation, shape.channels);
  const size = indices.length;
  const perImage = sizeOf(shape);
  const bytes = bytesOfBatch(size * perImage);
  const places = new Int32Array(3 * size);
  const labels = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const index = indices[i]!;
    const label = set.labels[index];
    if (label === undefined) {
      throw new RangeError(
        `Cannot put image ${index} in a batch: the set holds ${set.labels.length}`,
      );
    }
    labels[i] = label;
    set.images.read(index, bytes, i * perImage);
    if (crop > 0) {
      places[3 * i] = rng!.integer(2 * crop + 1) - crop;
      places[3 * i + 1] = rng!.integer(2 * crop + 1) - crop;
    }
    if (flip && rng!.uniform() < 0.5) places[3 * i + 2] = 1;
  }
  const placed = { size, shape, bytes, places, levels };
  return {
    placed,
    labels,
    size,
    shape,
    task: set.task,
  };
}

/**
 * The batch as tensors: `x` [size, height, width, channels] float32; `labels` [size], int32 class indices
 * or float32 in dataset units.
 */
export function batchTensors(batch: Batch): { x: tf.Tensor4D; labels: tf.Tensor1D } {
  return {
    x: placedTensor(batch.placed),
    labels: batch.task.kind === "classification"
      ? tf.tensor1d(Int32Array.from(batch.labels), "int32")
      : tf.tensor1d(batch.labels, "float32"),
  };
}

/**
 * Images in [−1, 1] to bytes: (x / 2 + 1/2) · 255, rounded and clamped to 0 … 255.
 *
 * @param rounding "floor" truncates like the reference's samplers, half a grey level darker on average
 *   (quirk Q30).
 * @throws {RangeError} A value is not a number.
 */
export async function imagesFromTensor(
  images: tf.Tensor4D,
  rounding: "round" | "floor" = "round",
): Promise<Uint8Array> {
  const values = await images.data();
  const bytes = new Uint8Array(values.length);
  const half = rounding === "round" ? 0.5 : 0;
  const { fround } = Math;
  for (let i = 0; i < values.length; i++) {
    // Single precision as in the reference: truncation shows the last bit.
    const level = fround(fround(fround(values[i]! * 0.5) + 0.5) * 255);
    if (Number.isNaN(level)) {
      throw new RangeError(`Cannot turn images to bytes: value ${i} is not a number`);
    }
    bytes[i] = level <= 0 ? 0 : level >= 255 ? 255 : Math.floor(level + half);
  }
  return bytes;
}

function sizeOf({ height, width, channels }: ImageShape): number {
  return height * width * channels;
}
