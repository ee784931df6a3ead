/** Operations that move pixels: affine maps of the plane, what comes from outside being grey. */
import type { ImageShape } from "../../../base/contracts.ts";

/** What fills a place that nothing comes from. */
const GREY = 128;

/** x_in = a x + b y + c, y_in = d x + e y + f, in pixels, pixel centres at halves. */
export type AffineMap = readonly [number, number, number, number, number, number];

/** (1, s; 0, 1) about the top left corner: rows move by s times their height. */
export const shearXMap = (s: number): AffineMap => [1, s, 0, 0, 1, 0];
/** (1, 0; s, 1): columns move by s times their distance from the left. */
export const shearYMap = (s: number): AffineMap => [1, 0, 0, s, 1, 0];
/** The image moves by (−dx, −dy) pixels. */
export const translateMap = (dx: number, dy: number): AffineMap => [1, 0, dx, 0, 1, dy];
/** Left becomes right. */
export const mirrorMap = ({ width }: ImageShape): AffineMap => [-1, 0, width, 0, 1, 0];

/** Turns the image counter-clockwise about its centre. */
export function rotateMap(degrees: number, { width, height }: ImageShape): AffineMap {
  const [cos, sin] = [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)];
  const [x, y] = [width / 2, height / 2];
  return [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y];
}

/**
 * Each pixel of the result is what lies at its place under the map, the nearest pixel or a bicubic mean (a = −1/2);
 * grey where that place is outside of the image.
 *
 * @param pixels `[height, width, channels]`, bytes.
 */
export function transform(
  pixels: Uint8Array,
  shape: ImageShape,
  { map, sampling }: { map: AffineMap; sampling: "nearest" | "bicubic" },
): Uint8Array {
  const { height, width, channels } = shape;
  const [a, b, c, d, e, f] = map;
  const result = new Uint8Array(pixels.length).fill(GREY);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = a * (column + 0.5) + b * (row + 0.5) + c;
      const y = d * (column + 0.5) + e * (row + 0.5) + f;
      if (x < 0 || x >= width || y < 0 || y >= height) continue;
      const to = channels * (row * width + column);
      for (let channel = 0; channel < channels; channel++) {
        result[to + channel] = sampling === "nearest"
          ? pixels[channels * (Math.floor(y) * width + Math.floor(x)) + channel]!
          : bicubic(pixels, shape, { x: x - 0.5, y: y - 0.5, channel });
      }
    }
  }
  return result;
}

/** The mean of 4 x 4 pixels, those beyond the border being the border's. */
function bicubic(
  pixels: Uint8Array,
  { height, width, channels }: ImageShape,
  { x, y, channel }: { x: number; y: number; channel: number },
): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const across = cubicWeights(x - left);
  const down = cubicWeights(y - top);
  let sum = 0;
  for (let j = 0; j < 4; j++) {
    const row = clamp(top + j - 1, height - 1) * width;
    let line = 0;
    for (let i = 0; i < 4; i++) {
      line += across[i]! * pixels[channels * (row + clamp(left + i - 1, width - 1)) + channel]!;
    }
    sum += down[j]! * line;
  }
  return clamp(Math.round(sum), 255);
}

/** Keys's kernel at distances 1 + t, t, 1 − t and 2 − t. */
function cubicWeights(t: number): readonly [number, number, number, number] {
  const near = (u: number) => (1.5 * u - 2.5) * u * u + 1;
  const far = (u: number) => ((-0.5 * u + 2.5) * u - 4) * u + 2;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

function clamp(value: number, most: number): number {
  return value < 0 ? 0 : value > most ? most : value;
}
