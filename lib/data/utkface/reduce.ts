/** Images made smaller by averaging areas: the anti-aliased reduction of the faces, exact in integers. */
import { checkInteger } from "../../base/check.ts";
import type { DecodedImage } from "../files/image_file.ts";

/**
 * Makes an image smaller. Each target pixel is the mean of the source area that it covers; source pixels
 * that lie across its border count by the part inside (200 to 64: areas of 3.125 x 3.125). Grey levels are
 * averaged as they are stored, without gamma correction, and rounded to the nearest, halves up.
 *
 * In units of 1/size of a source pixel, target pixel i covers [i w, (i + 1) w) and source pixel j covers
 * [j size, (j + 1) size), so that all weights are integers: the result is the same on every machine.
 *
 * @param size Height and width of the result, at most those of the image.
 * @returns Pixels [size, size, 3].
 * @throws {RangeError} The image is smaller than the result.
 */
export function reduceByArea({ width, height, pixels }: DecodedImage, size: number): Uint8Array {
  checkInteger(size, "size");
  if (width < size || height < size) {
    throw new RangeError(
      `Cannot reduce an image to ${size} x ${size}: found ${width} x ${height}, want no smaller one`,
    );
  }
  const across = overlaps(width, size);
  const down = overlaps(height, size);
  const target = new Uint8Array(size * size * 3);
  const row = new Float64Array(width * 3);
  const area = width * height;
  for (let i = 0, out = 0; i < size; i++) {
    row.fill(0);
    const { first, weights } = down[i]!;
    for (let tap = 0; tap < weights.length; tap++) {
      const weight = weights[tap]!;
      const from = (first + tap) * width * 3;
      for (let x = 0; x < row.length; x++) row[x]! += weight * pixels[from + x]!;
    }
    for (let k = 0; k < size; k++) {
      const { first, weights } = across[k]!;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let tap = 0, from = first * 3 + channel; tap < weights.length; tap++, from += 3) {
          sum += weights[tap]! * row[from]!;
        }
        target[out++] = Math.floor(sum / area + 0.5);
      }
    }
  }
  return target;
}

/** Source pixels that a target pixel covers, with the covered parts in units of 1 / target pixels. */
interface Overlap {
  readonly first: number;
  readonly weights: Float64Array;
}

function overlaps(source: number, target: number): Overlap[] {
  return Array.from({ length: target }, (_, i) => {
    const [start, end] = [i * source, (i + 1) * source];
    const first = Math.floor(start / target);
    const weights: number[] = [];
    for (let j = first; j * target < end; j++) {
      weights.push(Math.min(end, (j + 1) * target) - Math.max(start, j * target));
    }
    return { first, weights: Float64Array.from(weights) };
  });
}
