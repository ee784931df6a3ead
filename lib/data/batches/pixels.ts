/**
 * Bytes of chosen images to normalised floats, cropped and mirrored: by a kernel on all cores where there is
 * one, else in JavaScript, with the same bits.
 */
import type { ImageShape } from "../../base/contracts.ts";
import { tf } from "../../base/tf.ts";
import { hasBatchKernel, placeImages } from "../../native/maps/batch.ts";

/**
 * Constants of (x / 255 − mean) / std, one per channel, in units of x / 255.
 *
 * @internal
 */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Bytes of the images of a batch, and what becomes of them. */
export interface PlacedImages {
  readonly size: number;
  readonly shape: ImageShape;
  /** [size, height, width, channels], from the start of a buffer of a multiple of four bytes. */
  readonly bytes: Uint8Array;
  /** Of each image: first row and first column of its window, and 1 where it is mirrored. */
  readonly places: Int32Array;
  /** Value of each byte, from `levelsOf`. */
  readonly levels: Float32Array;
}

/** The bytes of a batch, all zero: a new buffer each time, since the backend reads it late. */
export function bytesOfBatch(count: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(4 * Math.ceil(count / 4)), 0, count);
}

/** The batch as a tensor [size, height, width, channels]. */
export function placedTensor(images: PlacedImages): tf.Tensor4D {
  const { height, width, channels } = images.shape;
  if (!hasBatchKernel || images.size === 0) {
    return tf.tensor4d(placedPixels(images), [images.size, height, width, channels]);
  }
  const { bytes, places, levels } = images;
  return placeImages({
    bytes: new Int32Array(bytes.buffer),
    places,
    levels,
    sides: [height, width, channels],
  });
}

/** The batch as an array, made in JavaScript. */
export function placedPixels(images: PlacedImages): Float32Array {
  const { height, width, channels } = images.shape;
  const perImage = height * width * channels;
  // A new array each time: the backend uploads it lazily, so a reused one would be overwritten too soon.
  const pixels = new Float32Array(images.size * perImage);
  for (let i = 0; i < images.size; i++) {
    const at = i * perImage;
    place(images, i, pixels.subarray(at, at + perImage));
  }
  return pixels;
}

/** Writes the window of image i, black outside of it, mirrored if wanted. */
function place({ shape, bytes, places, levels }: PlacedImages, i: number, pixels: Float32Array) {
  const { height, width, channels } = shape;
  const [dy, dx] = [places[3 * i]!, places[3 * i + 1]!];
  const mirrored = places[3 * i + 2] !== 0;
  const start = i * height * width * channels;
  // Columns left to right of the window that lie inside the image; the others are padding.
  const shift = mirrored ? -dx : dx;
  const first = Math.min(width, Math.max(0, -shift));
  const last = Math.max(first, Math.min(width, width - shift));
  const stride = mirrored ? -channels : channels;
  let out = 0;
  for (let y = 0; y < height; y++) {
    const sourceY = y + dy;
    const isInside = sourceY >= 0 && sourceY < height;
    const from = isInside ? first : width;
    const until = isInside ? last : width;
    const sourceX = mirrored ? width - 1 - from - shift : from + shift;
    let source = start + (sourceY * width + sourceX) * channels;
    out = fillBlack(from, out);
    for (let x = from; x < until; x++, source += stride) {
      for (let c = 0; c < channels; c++) pixels[out++] = levels[(c << 8) + bytes[source + c]!]!;
    }
    out = fillBlack(width - until, out);
  }

  function fillBlack(count: number, at: number): number {
    for (let x = 0; x < count; x++) {
      for (let c = 0; c < channels; c++) pixels[at++] = levels[c << 8]!;
    }
    return at;
  }
}

const levelTables = new WeakMap<Normalisation, Map<number, Float32Array>>();

/**
 * Normalised value of each grey level, 256 per channel, in the order of the channels. A constant given for one
 * channel counts for all.
 *
 * @throws {TypeError} Constants for another number of channels.
 * @throws {RangeError} A deviation is not above 0.
 */
export function levelsOf(normalisation: Normalisation, channels: number): Float32Array {
  let tables = levelTables.get(normalisation);
  if (tables === undefined) levelTables.set(normalisation, tables = new Map());
  let table = tables.get(channels);
  if (table === undefined) {
    const mean = perChannel(normalisation.mean, channels, "mean");
    const std = perChannel(normalisation.std, channels, "std");
    if (!std.every((value) => value > 0)) {
      throw new RangeError(`Cannot normalise images: found std ${std.join(", ")}, want above 0`);
    }
    table = new Float32Array(256 * channels);
    for (let i = 0; i < table.length; i++) {
      table[i] = ((i & 255) / 255 - mean[i >> 8]!) / std[i >> 8]!;
    }
    tables.set(channels, table);
  }
  return table;
}

function perChannel(values: readonly number[], channels: number, name: string): number[] {
  if (values.length !== 1 && values.length !== channels) {
    throw new TypeError(
      `Cannot normalise images: found ${name} of ${values.length} channels, want ${channels}`,
    );
  }
  return Array.from({ length: channels }, (_, c) => values[values.length === 1 ? 0 : c]!);
}
