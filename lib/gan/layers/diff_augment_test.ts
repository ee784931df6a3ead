import assert from "node:assert/strict";
import { normalArray, type Rng, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { assertMatches } from "../../testing/kernels.ts";
import { composedDiffAugment, diffAugment, moveAndCut } from "./diff_augment.ts";

type Shape = [number, number, number, number];

/** Images in [−1, 1], never exactly 0. */
function imagesOf([batch, height, width, channels]: Shape, seed = 1): Float32Array {
  const rng = rngOf(seed, "images");
  return Float32Array.from(
    { length: batch * height * width * channels },
    () => (rng.uniform() * 0.9 + 0.1) * (rng.uniform() < 0.5 ? -1 : 1),
  );
}

/** Brightness, saturation and contrast one after the other, pixel by pixel, in double precision. */
function slowColour(x: ArrayLike<number>, [batch, height, width, channels]: Shape, rng: Rng) {
  const draws = (from: number, to: number) =>
    Array.from({ length: batch }, () => from + (to - from) * rng.uniform());
  const [brightness, saturation, contrast] = [draws(-0.5, 0.5), draws(0, 2), draws(0.5, 1.5)];
  const size = height * width * channels;
  const y = Array.from(x);
  for (let image = 0; image < batch; image++) {
    const start = image * size;
    for (let i = start; i < start + size; i++) y[i]! += brightness[image]!;
    for (let pixel = start; pixel < start + size; pixel += channels) {
      const grey = y.slice(pixel, pixel + channels).reduce((a, b) => a + b) / channels;
      for (let i = pixel; i < pixel + channels; i++) {
        y[i] = (y[i]! - grey) * saturation[image]! + grey;
      }
    }
    const mean = y.slice(start, start + size).reduce((a, b) => a + b) / size;
    for (let i = start; i < start + size; i++) y[i] = (y[i]! - mean) * contrast[image]! + mean;
  }
  return y;
}

/** Translation of a zero-padded image, then a square of zeros with clamped coordinates. */
function slowMove(x: ArrayLike<number>, [batch, height, width, channels]: Shape, rng: Rng) {
  const y = new Array<number>(batch * height * width * channels).fill(0);
  const shift = (side: number) => {
    const reach = Math.floor(0.125 * side + 0.5);
    return rng.integer(2 * reach + 1) - reach;
  };
  const hole = (side: number) => {
    const length = Math.floor(0.5 * side + 0.5);
    const centre = rng.integer(side + (length % 2 === 0 ? 1 : 0));
    const places = Array.from(
      { length },
      (_, k) => Math.min(side - 1, Math.max(0, centre - Math.floor(length / 2) + k)),
    );
    return new Set(places);
  };
  for (let image = 0; image < batch; image++) {
    const [down, right] = [shift(height), shift(width)];
    const [rows, columns] = [hole(height), hole(width)];
    const pixelAt = (row: number, column: number, channel: number) =>
      row < 0 || column < 0 || row >= height || column >= width
        ? 0
        : x[((image * height + row) * width + column) * channels + channel]!;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        if (rows.has(row) && columns.has(column)) continue;
        for (let c = 0; c < channels; c++) {
          y[((image * height + row) * width + column) * channels + c] = pixelAt(
            row + down,
            column + right,
            c,
          );
        }
      }
    }
  }
  return y;
}

const run = (f: typeof diffAugment, x: Float32Array, shape: Shape, rng: Rng) =>
  tf.tidy(() => f(tf.tensor4d(x, shape), rng).dataSync().slice());

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5) {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    assert.ok(error <= tolerance, `entry ${i}: found ${actual[i]}, want ${expected[i]}`);
  }
}

for (const side of [8, 10, 32] as const) {
  Deno.test(`diffAugment() follows the formulas in order at ${side} pixels`, () => {
    const shape: Shape = [6, side, side, 3];
    const x = imagesOf(shape);
    const colour = slowColour(x, shape, rngOf(9, "augment").child("colour"));
    const expected = slowMove(colour, shape, rngOf(9, "augment").child("move"));
    assertNear(run(diffAugment, x, shape, rngOf(9, "augment")), expected);
  });

  Deno.test(`moveAndCut() shows pixels bit by bit or zeros at ${side} pixels`, () => {
    const shape: Shape = [40, side, side, 1];
    const x = imagesOf(shape, 2);
    const y = run(moveAndCut, x, shape, rngOf(3, "move"));
    assert.deepEqual(Array.from(y, (value) => value + 0), slowMove(x, shape, rngOf(3, "move")));
    // The hole and what moved in are zero; no pixel of the input is.
    const zeros = y.filter((value) => value === 0).length;
    assert.ok(zeros > 0.05 * y.length && zeros < 0.75 * y.length, `found ${zeros} zeros`);
  });
}

Deno.test("moveAndCut() reaches every shift and centre that the policy allows", () => {
  // Images too numerous to miss one of 9 shifts or 33 centres at side 32.
  const shape: Shape = [600, 32, 32, 1];
  // Row number + 1 in every pixel of a row: what a pixel shows tells the shift.
  const x = Float32Array.from(
    { length: 600 * 1024 },
    (_, i) => Math.floor(i / 32) % 32 + 1,
  );
  const y = run(moveAndCut, x, shape, rngOf(5, "range"));
  const shifts = new Map<number, number>();
  const holes = new Map<number, number>();
  for (let image = 0; image < 600; image++) {
    const start = image * 1024;
    let hidden = 0;
    let shift: number | undefined;
    for (let row = 0; row < 32; row++) {
      const line = y.slice(start + 32 * row, start + 32 * row + 32);
      const shown = line.find((value) => value !== 0);
      if (shown !== undefined) shift ??= shown - 1 - row;
    }
    for (let row = 4; row < 28; row++) {
      const zeros = y.slice(start + 32 * row + 4, start + 32 * row + 28)
        .filter((value) => value === 0).length;
      if (zeros > 0) hidden++;
    }
    shifts.set(shift!, (shifts.get(shift!) ?? 0) + 1);
    holes.set(hidden, (holes.get(hidden) ?? 0) + 1);
  }
  assert.deepEqual([...shifts.keys()].sort((a, b) => a - b), [-4, -3, -2, -1, 0, 1, 2, 3, 4]);
  // 600 / 9 = 67 expected, standard deviation 7.7.
  for (const count of shifts.values()) assert.ok(count > 30 && count < 105, `found ${count}`);
  // The hole is 16 rows at most.
  assert.equal(Math.max(...holes.keys()), 16);
});

for (const [name, f] of Object.entries({ diffAugment, moveAndCut })) {
  Deno.test(`${name}() has its transpose as gradient`, () => {
    const shape: Shape = [5, 16, 16, 3];
    const size = 5 * 16 * 16 * 3;
    const [x, zero, direction, slope] = [
      imagesOf(shape),
      new Float32Array(size),
      normalArray(size, rngOf(1, "direction")),
      normalArray(size, rngOf(1, "slope")),
    ];
    const rng = () => rngOf(4, "gradient");
    // The change is affine: f(d) − f(0) is its linear part A d, so ⟨r, A d⟩ = ⟨Aᵀ r, d⟩.
    const bare = run(f, zero, shape, rng());
    const moved = run(f, direction, shape, rng());
    const transposed = tf.tidy(() =>
      tf.grad((input) => tf.sum(f(input as tf.Tensor4D, rng()).mul(tf.tensor4d(slope, shape))))(
        tf.tensor4d(x, shape),
      ).dataSync().slice()
    );
    let forward = 0;
    let backward = 0;
    let scale = 0;
    for (let i = 0; i < size; i++) {
      forward += slope[i]! * (moved[i]! - bare[i]!);
      backward += transposed[i]! * direction[i]!;
      scale += Math.abs(slope[i]! * direction[i]!);
    }
    assert.ok(Math.abs(forward - backward) < 1e-6 * scale, `found ${forward} and ${backward}`);
    assert.ok(Math.abs(forward) > 1e-3 * scale);
  });

  Deno.test(`${name}() repeats itself for a stream, differs for others and leaks nothing`, () => {
    const shape: Shape = [4, 16, 16, 3];
    const x = imagesOf(shape);
    const first = run(f, x, shape, rngOf(4, "a"));
    const { numTensors } = tf.memory();
    assert.deepEqual(run(f, x, shape, rngOf(4, "a")), first);
    assert.notDeepEqual(run(f, x, shape, rngOf(4, "b")), first);
    tf.tidy(() => {
      tf.grad((input) => tf.sum(f(input as tf.Tensor4D, rngOf(4))))(tf.zeros(shape));
    });
    assert.equal(tf.memory().numTensors, numTensors);
  });
}

Deno.test("diffAugment() draws for each image on its own and does not clip", () => {
  const shape: Shape = [16, 16, 16, 3];
  const one = imagesOf([1, 16, 16, 3]);
  const x = Float32Array.from({ length: 16 * one.length }, (_, i) => one[i % one.length]!);
  const y = run(diffAugment, x, shape, rngOf(2));
  const seen = new Set<string>();
  for (let image = 0; image < 16; image++) {
    seen.add(y.slice(image * one.length, (image + 1) * one.length).join());
  }
  assert.equal(seen.size, 16);
  assert.ok(y.some((value) => value > 1.2) && y.some((value) => value < -1.2));
});

Deno.test("diffAugment() is its composed form, gradients too", () => {
  tf.tidy(() => {
    const shape: Shape = [5, 12, 12, 3];
    assertMatches(
      (x) => diffAugment(x as tf.Tensor4D, rngOf(5)),
      (x) => composedDiffAugment(x as tf.Tensor4D, rngOf(5)),
      [tf.tensor4d(imagesOf(shape), shape)],
    );
  });
});
