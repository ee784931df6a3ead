import assert from "node:assert/strict";
import type { LabelledImages, Task } from "../../base/contracts.ts";
import { judgedLabels, type OutsideJudge } from "./outside_judge.ts";

const CLASSES: Task = {
  kind: "classification",
  classes: 4,
  classNames: ["a", "b", "c", "d"],
};
const YEARS: Task = {
  kind: "regression",
  minimum: 0,
  maximum: 9,
  scale: 9,
  unit: "years",
  labels: [0],
};

/** Images of one pixel; image i has the value i modulo 4 in red. */
function images(labels: readonly number[], task: Task): LabelledImages {
  return {
    images: {
      count: labels.length,
      shape: { height: 1, width: 1, channels: 3 },
      read: (i, target, offset) => target.set([i % 4, 7, 7], offset),
    },
    labels: Float32Array.from(labels),
    task,
    origin: "fake",
  };
}

/** Says what the red of each image is. */
const red = (counts: number[] = []): OutsideJudge => ({
  title: "red",
  remark: "",
  predict(pixels, { count }) {
    counts.push(count);
    return Promise.resolve(Float32Array.from({ length: count }, (_, i) => pixels[3 * i]!));
  },
  dispose() {},
});

Deno.test("judgedLabels() is the share of confirmed classes, over all batches", async () => {
  // 300 images, each fourth with another label than the judge sees.
  const labels = Array.from({ length: 300 }, (_, i) => i % 4 === 3 ? 0 : i % 4);
  const counts: number[] = [];
  const seen: number[] = [];
  const share = await judgedLabels(red(counts), images(labels, CLASSES), {
    title: "test",
    progress: ({ step }) => seen.push(step),
  });
  assert.equal(share, 0.75);
  assert.deepEqual(counts, [128, 128, 44]);
  assert.equal(seen.at(-1), 300);
});

Deno.test("judgedLabels() is the mean distance from scalar labels", async () => {
  const error = await judgedLabels(red(), images([1, 1, 4, 1.5], YEARS), { title: "test" });
  assert.equal(error, (1 + 0 + 2 + 1.5) / 4);
});

Deno.test("judgedLabels() names an answer that is no number or no class, and stops when told", async () => {
  const lost = { ...red(), predict: () => Promise.resolve(Float32Array.of(1, NaN)) };
  await assert.rejects(
    judgedLabels(lost, images([1, 2], CLASSES), { title: "test" }),
    /^RangeError: Cannot judge images by red: found the answer NaN for image 1, want a finite one$/,
  );
  const more = { ...red(), predict: () => Promise.resolve(Float32Array.of(1, 4)) };
  await assert.rejects(
    judgedLabels(more, images([1, 2], CLASSES), { title: "test" }),
    /^RangeError: Cannot judge images by red: found the answer 4 for image 1, want a class of 0 to 3;/,
  );
  const between = { ...red(), predict: () => Promise.resolve(Float32Array.of(1, 1.5)) };
  await assert.rejects(
    judgedLabels(between, images([1, 2], CLASSES), { title: "test" }),
    /found the answer 1\.5 for image 1, want a class of 0 to 3;/,
  );
  assert.equal(await judgedLabels(more, images([1, 2], YEARS), { title: "test" }), 1);
  await assert.rejects(
    judgedLabels(red(), images([1, 2], CLASSES), { title: "test", signal: AbortSignal.abort() }),
    /AbortError/,
  );
});
