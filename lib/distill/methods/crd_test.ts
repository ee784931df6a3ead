import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { assertValue, TOY_TRAINING, toyRun, waves } from "../../testing/distill.ts";
import { unitRows } from "../losses.ts";
import { distillTrainee } from "../trainee.ts";
import { contrastDrawer, crd } from "./crd.ts";
import { hkd } from "./hkd.ts";
import { noiseContrast, pickContrast, remembered } from "./noise_contrast.ts";

const memory = (kind: "student" | "teacher") => unitRows(waves(kind, [4, 2]) as tf.Tensor2D);
const STUDENT = tf.tensor2d([[1, 0], [0.6, 0.8]]);
const TEACHER = tf.tensor2d([[0.8, 0.6], [0, 1]]);
// Indices (0, 2, 3) and (1, 3, 2), the positive first.
const SIDE = {
  positives: tf.tensor2d([[1, 0, 0, 0], [0, 1, 0, 0]]),
  negatives: tf.tensor2d([[0, 0, 1, 1], [0, 0, 1, 1]]),
  count: 2,
  temperature: 0.5,
};

Deno.test("noiseContrast() equals its stored values on both sides", () => {
  const own = noiseContrast({ ...SIDE, queries: STUDENT, memory: memory("teacher") });
  const other = noiseContrast({ ...SIDE, queries: TEACHER, memory: memory("student") });
  assertValue(own.constant, 10.258259518);
  assertValue(other.constant, 13.262830691);
  assertValue(own.loss, 2.659784371);
  assertValue(other.loss, 2.958369073);
  assertValue(own.loss.add(other.loss), 5.618153443);
});

Deno.test("noiseContrast() is ln(1 + m) + m ln((1 + m) / m) where all images are equally likely", () => {
  const { loss } = noiseContrast({ ...SIDE, queries: STUDENT, memory: tf.zeros([4, 2]) });
  assertValue(loss, 1.909542885, 1e-6);
});

Deno.test("noiseContrast() keeps Z of the first batch, and its first mean of P is 1 / N", () => {
  const side = { ...SIDE, memory: memory("teacher") };
  const { constant } = noiseContrast({ ...side, queries: STUDENT });
  const again = noiseContrast({ ...side, queries: TEACHER, constant });
  assert.equal(again.constant, constant);
  const scores = tf.exp(tf.matMul(STUDENT, side.memory, false, true).div(0.5)).div(constant);
  const counted = tf.sum(scores.mul(side.positives.add(side.negatives))).div(6);
  assertValue(counted, 1 / 4);
});

Deno.test("remembered() equals its stored rows, leaves the others alone and makes rows unit length", () => {
  const rows = SIDE.positives;
  const before = memory("student");
  const after = remembered(before, { rows, embeddings: STUDENT, momentum: 0.5 });
  const [found, kept] = [after.dataSync(), before.dataSync()];
  [0.91629779, 0.40049764, 0.97376325, -0.22756349].forEach((wanted, i) =>
    assertValue(found[i]!, wanted)
  );
  assert.deepEqual([...found.slice(4)], [...kept.slice(4)]);
});

Deno.test("contrastDrawer() draws from other classes, without replacement where there are enough", () => {
  const labels = Float32Array.of(0, 1, 0, 2, 1, 2, 0, 1);
  for (const count of [3, 5, 40]) {
    const draw = contrastDrawer(labels, { method: "crd", count, positives: "exact" });
    const { positives, negatives } = draw(Uint32Array.of(2, 4), rngOf(count));
    assert.deepEqual(
      Array.from(positives.dataSync(), (one, i) => one === 1 ? i : -1).filter((i) => i >= 0),
      [2, 8 + 4],
    );
    const counts = negatives.arraySync();
    for (const [row, own] of [0, 1].entries()) {
      assert.equal(counts[row]!.reduce((a, b) => a + b), count);
      assert.ok(counts[row]!.every((times, i) => labels[i] !== own || times === 0));
      if (count <= 5) assert.ok(counts[row]!.every((times) => times <= 1));
    }
  }
  const relaxed = contrastDrawer(labels, { method: "crd", count: 1, positives: "relax" });
  const found = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const values = relaxed(Uint32Array.of(2), rngOf(seed)).positives.dataSync();
    found.add(values.indexOf(1));
  }
  assert.deepEqual([...found].sort(), [0, 2, 6]);
  for (const distiller of [crd(), hkd()]) {
    const run = toyRun({ distiller });
    const train = { ...run.train, labels: new Float32Array(22) };
    assert.throws(() => distillTrainee({ ...run, train }), {
      message: `Cannot distil with "${distiller.name}": found images of 1 class, want at least two`,
    });
  }
});

Deno.test("crd() keeps what it remembers at unit length, after a step and in its checkpoint", async () => {
  const run = toyRun({ distiller: crd({ negatives: 8 }) });
  const trainee = distillTrainee(run);
  const state = trainee.state["method.memory"]!;
  const before = await state.read();
  assert.deepEqual(before.student!.shape, [22, 128]);
  const bound = Math.sqrt(3 / 128);
  assert.ok(before.student!.values.every((value) => Math.abs(value) <= bound));
  assert.deepEqual([...before.constants!.values], [0, 0]);
  tf.tidy(() => void trainee.step(0));
  const first = await state.read();
  assert.ok(first.constants!.values.every((value) => value > 0));
  tf.tidy(() => void trainee.step(1));
  const second = await state.read();
  assert.deepEqual(second.constants, first.constants);
  for (const who of ["student", "teacher"]) {
    const lengths = Array.from({ length: 22 }, (_, row) => {
      const entries = second[who]!.values.subarray(128 * row, 128 * row + 128);
      const isNew = entries.some((value, i) => value !== before[who]!.values[128 * row + i]);
      return isNew ? Math.hypot(...entries) : undefined;
    }).filter((length) => length !== undefined);
    // Two batches of eight.
    assert.equal(lengths.length, 16);
    assert.ok(lengths.every((length) => Math.abs(length - 1) < 1e-6));
  }
  trainee.dispose();
});

for (const make of [crd, hkd]) {
  Deno.test(`${make.name}() remembers an image at unit length that a batch has twice`, async () => {
    // Half of each batch of eight from the two images behind the first twenty.
    const training = { ...TOY_TRAINING, epochImages: 20, fakeShare: 0.5 };
    const trainee = distillTrainee(toyRun({ distiller: make({ negatives: 8 }), training }));
    const state = trainee.state["method.memory"]!;
    for (let step = 0; step < 3; step++) tf.tidy(() => void trainee.step(step));
    const arrays = await state.read();
    for (const who of ["student", "teacher"]) {
      for (const row of [20, 21]) {
        const entries = arrays[who]!.values.subarray(128 * row, 128 * row + 128);
        const length = Math.hypot(...entries);
        assert.ok(Math.abs(length - 1) < 1e-6, `row ${row} of ${who} has length ${length}`);
      }
    }
    trainee.dispose();
  });
}

Deno.test("crd() and hkd() take no temperature at which the loss of unlike images is no number", () => {
  const one = tf.tensor2d([[1, 0]]);
  const drawn = { positives: tf.tensor2d([[1, 0]]), negatives: tf.tensor2d([[0, 1_000_000]]) };
  const side = { queries: one, count: 1_000_000, temperature: 0.03, ...drawn };
  // The positive is as far away as can be, and all negatives are the query itself.
  const memory = tf.tensor2d([[-1, 0], [1, 0]]);
  const contrast = noiseContrast({ ...side, memory });
  const choice = pickContrast({ ...side, memory, positives: one.neg() });
  for (const loss of [contrast.loss, choice]) assert.ok(Number.isFinite(loss.dataSync()[0]));
  for (const make of [crd, hkd]) assert.throws(() => make({ temperature: 0.02 }), /temperature/);
});
