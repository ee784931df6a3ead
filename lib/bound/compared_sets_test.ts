import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { AGES } from "../testing/tasks.ts";
import { chooseAtMost, halves, withPartners, withSharedLabels } from "./compared_sets.ts";

/** Image i is one pixel of value i. */
function setOf(labels: readonly number[], task: Task = AGES): LabelledImages {
  const shape = { height: 1, width: 1, channels: 1 };
  const images = imagesInMemory(Uint8Array.from(labels, (_, i) => i), shape);
  return { images, labels: Float32Array.from(labels), task, origin: "toy" };
}

function pixelsOf({ images }: LabelledImages): number[] {
  const pixel = new Uint8Array(1);
  return Array.from({ length: images.count }, (_, i) => {
    images.read(i, pixel, 0);
    return pixel[0]!;
  });
}

Deno.test("withPartners() keeps the images whose label the other set has", () => {
  const set = setOf([1, 2, 3, 2]);
  const kept = withPartners(set, setOf([2, 4]));
  assert.deepEqual([...kept.labels], [2, 2]);
  assert.deepEqual(pixelsOf(kept), [1, 3]);
  assert.equal(withPartners(set, setOf([3, 2, 1])), set);
});

Deno.test("withSharedLabels() gives scalar labels of both sets the middle of their bin", () => {
  // 59 years in 60 bins; predictions may lie beyond the range.
  const [real, fake] = withSharedLabels(setOf([1, 30, 60, 12]), setOf([1.5, 29.9, 61, 45.3]));
  assert.deepEqual(pixelsOf(real), [0, 1, 2]);
  assert.deepEqual(pixelsOf(fake), [0, 1, 2]);
  assert.deepEqual([...fake.labels], [...real.labels]);
  const width = 59 / 60;
  [0, 29, 59].forEach((bin, i) =>
    assert.ok(Math.abs(real.labels[i]! - (1 + (bin + 0.5) * width)) < 1e-5)
  );
});

Deno.test("withSharedLabels() leaves classes as they are", () => {
  const task: Task = { kind: "classification", classes: 2, classNames: ["a", "b"] };
  const sets = [setOf([0, 1], task), setOf([1], task)] as const;
  assert.deepEqual(withSharedLabels(...sets), [...sets]);
});

Deno.test("halves() and chooseAtMost() take every image once, at random", () => {
  const set = setOf([1, 2, 3, 4, 5, 6, 7]);
  const [first, second] = halves(set, rngOf(1));
  assert.deepEqual([first.labels.length, second.labels.length], [3, 4]);
  assert.deepEqual([...pixelsOf(first), ...pixelsOf(second)].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.notDeepEqual(pixelsOf(halves(set, rngOf(2))[1]), pixelsOf(second));
  assert.equal(chooseAtMost(set, 4, rngOf(3)).labels.length, 4);
  assert.deepEqual(pixelsOf(chooseAtMost(set, 9, rngOf(3))).sort(), [0, 1, 2, 3, 4, 5, 6]);
});
