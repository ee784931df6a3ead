import assert from "node:assert/strict";
import { normalArray, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { type FeatureRows, type NeighbourScores, neighbourScores } from "./neighbours.ts";

const rows = (size: number, values: ArrayLike<number>): FeatureRows => ({
  size,
  values: Float32Array.from(values),
});
const gaussian = (count: number, size: number, name: string, scale = 1): FeatureRows =>
  rows(size, normalArray(count * size, rngOf(1, name)).map((value) => value * scale));

/** The definitions pair by pair, in double precision. */
function slowScores(real: FeatureRows, fake: FeatureRows, k: number): NeighbourScores {
  const list = ({ values, size }: FeatureRows) =>
    Array.from(
      { length: values.length / size },
      (_, i) => Array.from(values.subarray(i * size, (i + 1) * size)),
    );
  const [r, g] = [list(real), list(fake)];
  const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - b[i]!));
  const reach = (set: number[][]) =>
    set.map((a, i) =>
      set.filter((_, j) => j !== i).map((b) => distance(a, b)).sort((x, y) => x - y)[k - 1]!
    );
  const [rr, gr] = [reach(r), reach(g)];
  const share = (flags: boolean[]) => flags.filter(Boolean).length / flags.length;
  const inReal = g.map((b) => r.filter((a, i) => distance(a, b) < rr[i]!).length);
  return {
    precision: share(inReal.map((count) => count > 0)),
    recall: share(r.map((a) => g.some((b, j) => distance(a, b) < gr[j]!))),
    density: inReal.reduce((sum, count) => sum + count, 0) / (k * g.length),
    coverage: share(r.map((a, i) => g.some((b) => distance(a, b) < rr[i]!))),
  };
}

Deno.test("neighbourScores() of points on a line, by hand", async () => {
  // k = 1: real balls reach 1 (0), 1 (1), 9 (10); fake balls reach 0.2, 0.2 and 19.8.
  const real = rows(1, [0, 1, 10]);
  const fake = rows(1, [0.4, 0.6, 20.4]);
  const scores = await neighbourScores({ real, fake }, { neighbours: 1 });
  // 0.4 and 0.6 lie in the balls of 0 and 1 (0.6 is 9.4 from 10), 20.4 in none: 10.4 > 9.
  assert.ok(Math.abs(scores.precision - 2 / 3) < 1e-12);
  assert.ok(Math.abs(scores.density - 4 / 3) < 1e-12);
  assert.ok(Math.abs(scores.coverage - 2 / 3) < 1e-12);
  // Of the reals 1 (19.4) and 10 (10.4) lie in the ball of 20.4, 0 (20.4) does not.
  assert.ok(Math.abs(scores.recall - 2 / 3) < 1e-12);
});

Deno.test("neighbourScores() leaves out what lies exactly on a ball", async () => {
  // k = 1: the balls of both reals reach 1, and 2 lies on that of 1; those of the fakes reach 3.
  const real = rows(1, [0, 1]);
  assert.deepEqual(
    await neighbourScores({ real, fake: rows(1, [2, 5]) }, { neighbours: 1 }),
    { precision: 0, recall: 1, density: 0, coverage: 0 },
  );
  // 1 lies on the ball of 4.
  const on = await neighbourScores({ real, fake: rows(1, [4, 7]) }, { neighbours: 1 });
  assert.deepEqual(on, { precision: 0, recall: 0, density: 0, coverage: 0 });
  // A little nearer it counts.
  const near = await neighbourScores({ real, fake: rows(1, [1.75, 5]) }, { neighbours: 1 });
  assert.deepEqual(near, { precision: 0.5, recall: 1, density: 0.5, coverage: 0.5 });
});

Deno.test("neighbourScores() of swapped sides swaps precision and recall", async () => {
  const [a, b] = [gaussian(60, 3, "a"), gaussian(50, 3, "b", 0.5)];
  const found = await neighbourScores({ real: a, fake: b });
  const swapped = await neighbourScores({ real: b, fake: a });
  assert.deepEqual([swapped.precision, swapped.recall], [found.recall, found.precision]);
  assert.notEqual(swapped.density, found.density);
  assert.notEqual(swapped.coverage, found.coverage);
});

for (const neighbours of [1, 3, 5]) {
  Deno.test(`neighbourScores() is the definition pair by pair, k = ${neighbours}`, async () => {
    const real = gaussian(300, 7, "real");
    const fake = gaussian(280, 7, "fake", 0.8);
    const { numTensors } = tf.memory();
    const found = await neighbourScores({ real, fake }, { neighbours });
    assert.equal(tf.memory().numTensors, numTensors);
    const want = slowScores(real, fake, neighbours);
    for (const [name, value] of Object.entries(want)) {
      const score = found[name as keyof NeighbourScores];
      assert.ok(Math.abs(score - value) < 1e-9, `${name}: found ${score}, want ${value}`);
    }
  });
}

Deno.test("neighbourScores() of real against real: coverage is 1 - 2^-k, density 1", async () => {
  const scores = await neighbourScores({
    real: gaussian(2000, 4, "a"),
    fake: gaussian(2000, 4, "b"),
  });
  assert.ok(Math.abs(scores.coverage - (1 - 2 ** -5)) < 0.02, `coverage ${scores.coverage}`);
  assert.ok(Math.abs(scores.density - 1) < 0.05, `density ${scores.density}`);
  assert.ok(scores.precision > 0.9 && scores.recall > 0.9);
});

Deno.test("neighbourScores() of a caricature: precise, but neither recall nor coverage", async () => {
  const scores = await neighbourScores({
    real: gaussian(1000, 4, "a"),
    fake: gaussian(1000, 4, "b", 0.05),
  });
  assert.equal(scores.precision, 1);
  assert.ok(scores.recall < 0.02, `recall ${scores.recall}`);
  assert.ok(scores.coverage < 0.1, `coverage ${scores.coverage}`);
});

Deno.test("neighbourScores() does not depend on a common offset of the features", async () => {
  const [real, fake] = [gaussian(200, 5, "real"), gaussian(200, 5, "fake")];
  const moved = ({ size, values }: FeatureRows) => rows(size, values.map((value) => value + 1000));
  const near = await neighbourScores({ real, fake });
  const far = await neighbourScores({ real: moved(real), fake: moved(fake) });
  for (const name of ["precision", "recall", "density", "coverage"] as const) {
    assert.ok(Math.abs(near[name] - far[name]) < 0.02, name);
  }
});

Deno.test("neighbourScores() refuses what has no neighbours, other sizes and NaN", async () => {
  const real = gaussian(10, 2, "a");
  await assert.rejects(neighbourScores({ real, fake: gaussian(5, 2, "b") }), /5 fake images/);
  await assert.rejects(neighbourScores({ real, fake: gaussian(10, 3, "b") }), TypeError);
  const fake = rows(2, Array(20).fill(1).with(7, NaN));
  await assert.rejects(neighbourScores({ real, fake }), /NaN in fake image 3/);
});
