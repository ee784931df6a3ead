import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { reduceByArea } from "./reduce.ts";

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

Deno.test("reduceByArea() equals the mean of finely cut pixels, also across pixel borders", () => {
  for (const [width, height, size] of [[25, 25, 8], [7, 5, 3], [6, 4, 2], [4, 4, 4]] as const) {
    const rng = rngOf(1, "reduce", width);
    const pixels = Uint8Array.from({ length: width * height * 3 }, () => rng.integer(256));
    assert.deepEqual(
      [...reduceByArea({ width, height, pixels }, size)],
      reduceSlowly(width, height, pixels, size),
      `${width} x ${height} to ${size}`,
    );
  }
});

Deno.test("reduceByArea() weighs 3 pixels to 2 by 2/3 and 1/3, and rounds halves up", () => {
  // One row of red levels 0, 90, 30 on three equal lines.
  const line = [0, 0, 0, 90, 0, 0, 30, 0, 0];
  const image = { width: 3, height: 3, pixels: Uint8Array.from([...line, ...line, ...line]) };
  const reduced = reduceByArea(image, 2);
  assert.deepEqual([reduced[0], reduced[3]], [30, 50]);
  const half = {
    width: 2,
    height: 2,
    pixels: Uint8Array.from([0, 1, 2, 1, 1, 2, 0, 1, 2, 1, 1, 2]),
  };
  assert.deepEqual([...reduceByArea(half, 1)], [1, 1, 2]);
});

Deno.test("reduceByArea() leaves a uniform image uniform and refuses to enlarge", () => {
  const pixels = new Uint8Array(200 * 200 * 3).fill(255);
  const reduced = reduceByArea({ width: 200, height: 200, pixels }, 64);
  assert.equal(reduced.length, 64 * 64 * 3);
  assert.ok(reduced.every((value) => value === 255));
  const small = { width: 10, height: 70, pixels: new Uint8Array(2100) };
  assert.throws(() => reduceByArea(small, 64), /found 10 x 70, want no smaller one/);
});
