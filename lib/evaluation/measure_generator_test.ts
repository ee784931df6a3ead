import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { FeatureExtractor } from "../density_ratio/features.ts";
import { labelRanges, measureGenerator, withoutCopies } from "./measure_generator.ts";

const SHAPE = { height: 4, width: 4, channels: 3 };
const CLASSES: Task = { kind: "classification", classes: 2, classNames: ["cat", "dog"] };
const ANGLES: Task = {
  kind: "regression",
  minimum: 0,
  maximum: 90,
  scale: 90,
  unit: "degrees",
  labels: [0, 30, 60, 90],
};
/** The first channel's mean, the second's and the third's: features that a test can foresee. */
const MEANS: FeatureExtractor = {
  size: 3,
  extract: (images) => tf.mean(images, [1, 2]),
};

/** Grey noise around a level for each label. */
function setOf(
  labels: number[],
  { task, name, spread = 40 }: { task: Task; name: string; spread?: number },
): LabelledImages {
  const rng = rngOf(1, name);
  const bytes = new Uint8Array(labels.length * 48);
  labels.forEach((label, i) => {
    const colour = [0, 1, 2].map(() => 128 + (label % 2) * 20 + spread * (rng.uniform() - 0.5));
    for (let k = 0; k < 48; k++) {
      bytes[i * 48 + k] = Math.round(colour[k % 3]! + 4 * rng.uniform());
    }
  });
  return {
    images: imagesInMemory(bytes, SHAPE),
    labels: Float32Array.from(labels),
    task,
    origin: "toy",
  };
}

const many = (labels: number[], each: number) =>
  labels.flatMap((label) => Array<number>(each).fill(label));

Deno.test("measureGenerator() tells fakes as good as real from caricatures, class by class", async () => {
  const real = setOf(many([0, 1], 150), { task: CLASSES, name: "real" });
  const other = setOf(many([0, 1], 150), { task: CLASSES, name: "other" });
  const mixed = setOf(many([0, 1], 150), { task: CLASSES, name: "narrow", spread: 2 });
  const { numTensors } = tf.memory();
  const best = await measureGenerator({ real, fake: other }, MEANS);
  const caricature = await measureGenerator({ real, fake: mixed }, MEANS);
  assert.equal(tf.memory().numTensors, numTensors);
  assert.deepEqual(best.ranges.map(({ title, images }) => [title, images]), [
    ["cat", 150],
    ["dog", 150],
  ]);
  assert.ok(best.mean.coverage > 0.9 && best.mean.recall > 0.8);
  assert.ok(caricature.mean.precision >= best.mean.precision);
  assert.ok(caricature.mean.coverage < 0.5 && caricature.mean.recall < 0.1);
  assert.ok(caricature.frechet.distance > 5 * best.frechet.distance);
});

Deno.test("measureGenerator() sees fakes under a wrong class, which the Fréchet distance does not", async () => {
  const narrow = { task: CLASSES, spread: 10 };
  const real = setOf(many([0, 1], 100), { ...narrow, name: "real" });
  const fake = setOf(many([0, 1], 100), { ...narrow, name: "fake" });
  const swapped = { ...fake, labels: fake.labels.map((label) => 1 - label) };
  const right = await measureGenerator({ real, fake }, MEANS);
  const wrong = await measureGenerator({ real, fake: swapped }, MEANS);
  assert.ok(Math.abs(right.frechet.distance - wrong.frechet.distance) < 1e-9);
  assert.ok(right.mean.coverage > 0.9);
  assert.equal(wrong.mean.coverage, 0);
});

Deno.test("measureGenerator() names a class with too few fakes", async () => {
  const real = setOf(many([0, 1], 20), { task: CLASSES, name: "real" });
  const fake = setOf(many([0], 20).concat(1), { task: CLASSES, name: "fake" });
  await assert.rejects(
    measureGenerator({ real, fake }, MEANS),
    /fakes of dog: found 20 real and 1 fake images, want more than 5/,
  );
});

Deno.test("labelRanges() have equal numbers of images and keep a label together", () => {
  const labels = [...many([0], 50), ...many([30], 10), ...many([60], 20), ...many([90], 20)];
  const set = setOf(labels, { task: ANGLES, name: "angles" });
  const titles = labelRanges(set, 4).map(({ title }) => title);
  assert.deepEqual(titles, ["0 degrees", "30 degrees", "60 degrees", "90 degrees"]);
  const halves = labelRanges(set, 2).map(({ from, to }) => [from, to]);
  assert.deepEqual(halves, [[0, 0], [30, 90]]);
  // Every image is in one range.
  for (const count of [1, 2, 3, 4, 10]) {
    const ranges = labelRanges(set, count);
    for (const label of labels) {
      assert.equal(ranges.filter(({ from, to }) => label >= from && label <= to).length, 1);
    }
  }
});

Deno.test("labelRanges() leaves no range with fewer images than wanted, unless it is the only one", () => {
  // Of 40 images the first label has 11: a quarter, and one image more.
  const labels = [...many([0], 11), ...Array.from({ length: 29 }, (_, i) => 30 + 2 * i)];
  const amounts = setOf(labels, { task: ANGLES, name: "amounts" });
  const sizes = (count: number, least?: number) =>
    labelRanges(amounts, count, least).map(({ from, to }) =>
      labels.filter((label) => label >= from && label <= to).length
    );
  assert.deepEqual(sizes(8), [11, 1, 3, 5, 5, 5, 5, 5]);
  assert.deepEqual(sizes(8, 5), [11, 9, 5, 5, 5, 5]);
  assert.deepEqual(sizes(8, 7), [11, 9, 10, 10]);
  assert.deepEqual(sizes(8, 30), [40]);
  assert.deepEqual(sizes(8, 50), [40]);
});

Deno.test("measureGenerator() takes amounts of which one is frequent", async () => {
  const labels = [...many([0], 19), ...Array.from({ length: 81 }, (_, i) => 5 + i)];
  const real = setOf(labels, { task: ANGLES, name: "real" });
  const fake = setOf(labels, { task: ANGLES, name: "fake" });
  const { ranges } = await measureGenerator({ real, fake }, MEANS);
  assert.deepEqual(ranges.map(({ images }) => images), [19, 11, 10, 10, 10, 10, 10, 10, 10]);
});

Deno.test("withoutCopies() keeps the first of equal images", () => {
  const set = setOf([0, 1, 0, 1], { task: CLASSES, name: "copies" });
  const bytes = new Uint8Array(5 * 48);
  [0, 1, 0, 2, 1].forEach((from, to) => set.images.read(from, bytes, to * 48));
  const copied: LabelledImages = {
    ...set,
    images: imagesInMemory(bytes, SHAPE),
    labels: Float32Array.from([0, 1, 1, 0, 1]),
  };
  const once = withoutCopies(copied);
  assert.deepEqual([...once.labels], [0, 1, 0]);
  assert.equal(withoutCopies(once), once);
});
