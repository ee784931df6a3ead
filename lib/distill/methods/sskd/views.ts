/** The four rotated views of SSKD, from the bytes of the training images. */
import { imagesInMemory, type LabelledImages } from "../../../base/contracts.ts";
import type { Rng } from "../../../base/rng.ts";
import type { tf } from "../../../base/tf.ts";
import { batchTensors, makeBatch, type Normalisation } from "../../../data/batches/batches.ts";

/** Views of an image: turned counter-clockwise by 0, 90, 180 and 270 degrees. */
export const VIEWS = 4;

/**
 * Turns a square image counter-clockwise by a multiple of 90 degrees.
 *
 * Formula of one turn: out[y, x] = in[x, side − 1 − y].
 *
 * @param pixels `[side, side, channels]`, row by row.
 * @param turns Quarter turns, 0 to 3.
 * @param mirrored Whether the image is mirrored left to right before it is turned.
 */
export function turnImage(
  pixels: Uint8Array,
  { side, turns, mirrored = false }: { side: number; turns: number; mirrored?: boolean },
): Uint8Array {
  const channels = pixels.length / (side * side);
  const turned = new Uint8Array(pixels.length);
  const last = side - 1;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [row, column] = SOURCES[turns]!(y, x, last);
      const from = channels * (row * side + (mirrored ? last - column : column));
      const to = channels * (y * side + x);
      for (let c = 0; c < channels; c++) turned[to + c] = pixels[from + c]!;
    }
  }
  return turned;
}

/** Where a pixel of a turned image comes from, by quarter turns: [row, column]. */
const SOURCES: readonly ((y: number, x: number, last: number) => [number, number])[] = [
  (y, x) => [y, x],
  (y, x, last) => [x, last - y],
  (y, x, last) => [last - y, last - x],
  (y, x, last) => [last - x, y],
];

/** How views are made. */
export interface ViewOptions {
  readonly normalisation: Normalisation;
  /** Pads each view by 4 and cuts a window of its own. */
  readonly crop: boolean;
  /** Mirrors the image with probability 1/2, once for its four views. */
  readonly flip: boolean;
  /** Mirrors each view once more, with draws of its own (quirk Q31). */
  readonly flipsViews: boolean;
  readonly rng: Rng;
}

/**
 * Four views of each image, views fastest: mirror, turn, then for each view a crop (and a mirror) of its own, then
 * normalise.
 *
 * Source: Xu et al., ECCV 2020; method specification 6.3 for the cGAN-KD paper.
 *
 * @returns `[4 · batch, side, side, channels]`; row 4 i is image i upright.
 * @throws {RangeError} Images are not square.
 */
export function rotatedViews(
  train: LabelledImages,
  indices: ArrayLike<number>,
  { normalisation, crop, flip, flipsViews, rng }: ViewOptions,
): tf.Tensor4D {
  const { shape } = train.images;
  const { height, width, channels } = shape;
  if (height !== width) {
    throw new RangeError(
      `Cannot turn images by quarters: found ${height} x ${width}, want square ones`,
    );
  }
  const size = height * width * channels;
  const bytes = new Uint8Array(VIEWS * indices.length * size);
  const image = new Uint8Array(size);
  const mirrors = rng.child("mirror");
  for (let i = 0; i < indices.length; i++) {
    train.images.read(indices[i]!, image, 0);
    const mirrored = flip && mirrors.uniform() < 0.5;
    for (let turns = 0; turns < VIEWS; turns++) {
      bytes.set(turnImage(image, { side: height, turns, mirrored }), (VIEWS * i + turns) * size);
    }
  }
  const count = VIEWS * indices.length;
  const views = {
    images: imagesInMemory(bytes, shape),
    labels: new Float32Array(count),
    task: train.task,
  };
  return batchTensors(makeBatch(views, Uint32Array.from({ length: count }, (_, i) => i), {
    normalisation,
    crop: crop ? 4 : undefined,
    flip: flip && flipsViews,
    rng: rng.child("windows"),
  })).x;
}
