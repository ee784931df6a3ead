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
