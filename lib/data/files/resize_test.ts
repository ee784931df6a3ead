import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { resizeImage } from "./resize.ts";

/** Mean of source areas by brute force: every source pixel cut into size x size equal parts. */
function reduceSlowly(width: number, height: number, pixels: Uint8Array, size: number): number[] {
  const sums = new Array<number>(size * size * 3).fill(0);
  for (let y = 0; y < height * size; y++) {
    for (let x = 0; x < width * size; x++) {
      const target = Math.floor(y / height) * size + Math.floor(x / width);
      const source = Math.floor(y / size) * width + Math.floor(x / size);
      for (let c = 0; c < 3; c++) sums[target * 3 + c]! += pixels[source * 3 + c]!;
    }
  }
  return sums.map((sum) => Math.floor(sum / (width * height) + 0.5));
}

Deno.test("resizeImage() equals the mean of finely cut pixels, also across pixel borders", () => {
  for (const [width, height, size] of [[25, 25, 8], [7, 5, 3], [6, 4, 2], [4, 4, 4]] as const) {
    const rng = rngOf(1, "reduce", width);
    const pixels = Uint8Array.from({ length: width * height * 3 }, () => rng.integer(256));
    assert.deepEqual(
      [...resizeImage({ width, height, pixels }, { width: size, height: size, fit: "stretch" })],
      reduceSlowly(width, height, pixels, size),
      `${width} x ${height} to ${size}`,
    );
  }
});

Deno.test("resizeImage() weighs 3 pixels to 2 by 2/3 and 1/3, and rounds halves up", () => {
  // One row of red levels 0, 90, 30 on three equal lines.
  const line = [0, 0, 0, 90, 0, 0, 30, 0, 0];
  const image = { width: 3, height: 3, pixels: Uint8Array.from([...line, ...line, ...line]) };
  const reduced = resizeImage(image, { width: 2, height: 2, fit: "stretch" });
  assert.deepEqual([reduced[0], reduced[3]], [30, 50]);
  const half = {
    width: 2,
    height: 2,
    pixels: Uint8Array.from([0, 1, 2, 1, 1, 2, 0, 1, 2, 1, 1, 2]),
  };
  assert.deepEqual([...resizeImage(half, { width: 1, height: 1, fit: "stretch" })], [1, 1, 2]);
});

Deno.test("resizeImage() leaves a uniform image uniform, smaller or larger", () => {
  const image = { width: 90, height: 30, pixels: new Uint8Array(90 * 30 * 3).fill(255) };
  for (const fit of ["crop", "stretch"] as const) {
    const resized = resizeImage(image, { width: 64, height: 64, fit });
    assert.equal(resized.length, 64 * 64 * 3);
    assert.ok(resized.every((value) => value === 255));
  }
});

/** Grey levels as three equal channels. */
const grey = (width: number, levels: number[]) => ({
  width,
  height: levels.length / width,
  pixels: Uint8Array.from(levels.flatMap((level) => [level, level, level])),
});
const levelsOf = (pixels: Uint8Array) => Array.from(pixels).filter((_, i) => i % 3 === 0);

Deno.test("resizeImage() interpolates between pixel centres when it enlarges, and repeats the border", () => {
  // Centres of four pixels over two: -1/4, 1/4, 3/4, 5/4.
  const resized = resizeImage(grey(2, [0, 100]), { width: 4, height: 1, fit: "stretch" });
  assert.deepEqual(levelsOf(resized), [0, 25, 75, 100]);
  const single = resizeImage(grey(1, [7]), { width: 3, height: 2 });
  assert.deepEqual(levelsOf(single), [7, 7, 7, 7, 7, 7]);
});

Deno.test("resizeImage() takes the centre of an image of other proportions, or all of it", () => {
  const wide = grey(4, [10, 20, 30, 40, 50, 60, 70, 80]);
  assert.deepEqual(levelsOf(resizeImage(wide, { width: 2, height: 2 })), [20, 30, 60, 70]);
  const stretched = resizeImage(wide, { width: 2, height: 2, fit: "stretch" });
  assert.deepEqual(levelsOf(stretched), [15, 35, 55, 75]);
  const tall = grey(1, [10, 20, 30, 40]);
  assert.deepEqual(levelsOf(resizeImage(tall, { width: 1, height: 1 })), [20]);
});

Deno.test("resizeImage() keeps the pixels of an image of the right size, as a copy", () => {
  const image = grey(2, [1, 2, 3, 4]);
  const same = resizeImage(image, { width: 2, height: 2 });
  assert.deepEqual(same, image.pixels);
  assert.notEqual(same.buffer, image.pixels.buffer);
  assert.throws(() => resizeImage(image, { width: 0, height: 2 }), /width = 0: want an integer/);
});

/**
 * OpenCV 5.0.0, `resize(image, (n, n), interpolation=INTER_AREA)` on float32 levels (31 x + 17 y + 7 x y) mod 256, to three
 * decimals. Pillow's BOX is no such mean where the factor is no whole number (findings/box_is_no_area_mean.sh).
 */
const OPENCV_AREA = [
  {
    width: 25,
    height: 25,
    size: 8,
    // deno-fmt-ignore
    means: [
      60.005, 140.171, 135.141, 115.365, 145.15, 129.47, 119.115, 123.915, 132.536, 110.45, 130.142, 121.163, 123.243,
      151.128, 117.982, 118.834, 140.76, 121.278, 145.214, 145.394, 129.598, 139.608, 129.957, 130.136, 130.552, 133.336,
      119.736, 124.158, 108.51, 153.893, 135.378, 108.67, 165.81, 124.504, 148.325, 138.968, 132.478, 141.963, 118.68,
      103.589, 102.354, 124.274, 135.954, 140.67, 144.158, 90.712, 124.101, 124.722, 138.43, 110.526, 112.933, 106.328,
      119.384, 116.056, 119.282, 125.784, 103.646, 129.138, 121.861, 117.861, 123.691, 103.307, 132.075, 114.968,
    ],
  },
  {
    width: 20,
    height: 13,
    size: 6,
    // deno-fmt-ignore
    means: [
      52.831, 159.5, 124.385, 136.123, 152.208, 121.031, 107.538, 98.546, 125.0, 113.169, 131.746, 114.877, 144.523,
      126.208, 125.615, 125.662, 146.731, 144.169, 132.277, 116.454, 153.8, 146.031, 142.023, 138.015, 139.723, 118.515,
      132.754, 99.446, 133.377, 137.769, 135.354, 120.577, 141.246, 135.569, 112.915, 155.246,
    ],
  },
];

Deno.test("resizeImage() agrees with OpenCV's INTER_AREA to the rounding of a level", () => {
  for (const { width, height, size, means } of OPENCV_AREA) {
    const levels = Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return (31 * x + 17 * y + 7 * x * y) % 256;
    });
    const options = { width: size, height: size, fit: "stretch" } as const;
    const resized = levelsOf(resizeImage(grey(width, levels), options));
    resized.forEach((level, i) => assert.ok(Math.abs(level - means[i]!) <= 0.501, `pixel ${i}`));
  }
});
