/** Images of any size brought to the size that networks take, exact in integers: the same bytes on every machine. */
import { checkInteger } from "../../base/check.ts";
import type { DecodedImage } from "./image_file.ts";

/**
 * What becomes of an image with other proportions. "crop": the largest centred part with the wanted ones is used; where
 * an odd number of lines is over, the last side loses one more. "stretch": the whole image, out of proportion.
 */
export const FITS = ["crop", "stretch"] as const;

/** What becomes of an image with other proportions; see {@link FITS}. */
export type Fit = typeof FITS[number];

/** The size of the result. */
export interface ResizeOptions {
  readonly width: number;
  readonly height: number;
  /** Default: "crop". */
  readonly fit?: Fit;
}

/**
 * Brings an image to a size. Along a side that becomes shorter, each target pixel is the mean of the source that it
 * covers; source pixels across its border count by the part inside (200 to 64: areas of 3.125 x 3.125). Along a side
 * that becomes longer, it is interpolated linearly between the two nearest pixel centres, and repeats the border. Grey
 * levels are averaged as they are stored, without gamma correction, and rounded to the nearest, halves up.
 *
 * @returns Pixels [height, width, 3]; a copy where the size is right.
 * @throws {RangeError} A size that is no positive integer, or an image without pixels.
 */
export function resizeImage(image: DecodedImage, options: ResizeOptions): Uint8Array {
  const { width, height, fit = "crop" } = options;
  checkInteger(width, "width");
  checkInteger(height, "height");
  checkInteger(image.width, "the image's width");
  checkInteger(image.height, "the image's height");
  const part = fit === "crop" ? centredPart(image, width / height) : { ...image, left: 0, top: 0 };
  if (part.width === width && part.height === height) return cut(image, part);
  const across = coversOf(part.width, width);
  const down = coversOf(part.height, height);
  const target = new Uint8Array(width * height * 3);
  const row = new Float64Array(part.width * 3);
  const whole = across.whole * down.whole;
  for (let i = 0, out = 0; i < height; i++) {
    row.fill(0);
    const { first, weights } = down.covers[i]!;
    for (let tap = 0; tap < weights.length; tap++) {
      const weight = weights[tap]!;
      const from = ((part.top + first + tap) * image.width + part.left) * 3;
      for (let x = 0; x < row.length; x++) row[x]! += weight * image.pixels[from + x]!;
    }
    for (const { first, weights } of across.covers) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let tap = 0, from = first * 3 + channel; tap < weights.length; tap++, from += 3) {
          sum += weights[tap]! * row[from]!;
        }
        target[out++] = Math.floor(sum / whole + 0.5);
      }
    }
  }
  return target;
}

/** A rectangle of an image. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The largest centred rectangle whose width is `ratio` times its height, in whole pixels. */
function centredPart({ width, height }: DecodedImage, ratio: number): Part {
  const inside = {
    width: Math.max(1, Math.min(width, Math.round(height * ratio))),
    height: Math.max(1, Math.min(height, Math.round(width / ratio))),
  };
  const left = Math.floor((width - inside.width) / 2);
  const top = Math.floor((height - inside.height) / 2);
  return { left, top, ...inside };
}

function cut(image: DecodedImage, { left, top, width, height }: Part): Uint8Array {
  const target = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3;
    target.set(image.pixels.subarray(from, from + width * 3), y * width * 3);
  }
  return target;
}

/** Source pixels that make a target pixel, with integer weights. */
interface Cover {
  readonly first: number;
  readonly weights: readonly number[];
}

/** The covers of all target pixels of a line; the weights of each add up to `whole`. */
function coversOf(source: number, target: number): { whole: number; covers: Cover[] } {
  const places = Array.from({ length: target }, (_, i) => i);
  if (source >= target) {
    return { whole: source, covers: places.map((i) => areaCover(i, source, target)) };
  }
  return { whole: 2 * target, covers: places.map((i) => linearCover(i, source, target)) };
}

/**
 * In units of 1 / target of a source pixel, target pixel i covers [i source, (i + 1) source) and source pixel j covers
 * [j target, (j + 1) target).
 */
function areaCover(i: number, source: number, target: number): Cover {
  const [start, end] = [i * source, (i + 1) * source];
  const first = Math.floor(start / target);
  const weights: number[] = [];
  for (let j = first; j * target < end; j++) {
    weights.push(Math.min(end, (j + 1) * target) - Math.max(start, j * target));
  }
  return { first, weights };
}

/** The centre of target pixel i lies at (i + 1/2) source / target - 1/2, in units of 1 / (2 target) an integer. */
function linearCover(i: number, source: number, target: number): Cover {
  const whole = 2 * target;
  const place = (2 * i + 1) * source - target;
  const first = Math.floor(place / whole);
  if (first < 0) return { first: 0, weights: [whole] };
  if (first >= source - 1) return { first: source - 1, weights: [whole] };
  const beyond = place - first * whole;
  return { first, weights: [whole - beyond, beyond] };
}
