import assert from "node:assert/strict";
import { imagesInMemory, type Regression, type Task } from "../base/contracts.ts";
import { evenly, groupByLabel, imagesNear, overLabels } from "./label_groups.ts";

const ANGLES: Regression = {
  kind: "regression",
  minimum: 0,
  maximum: 90,
  scale: 90,
  unit: "degrees",
  labels: [0.1, 0.2, 0.3].map(Math.fround),
};

function positions(labels: Float32Array, options: Parameters<typeof groupByLabel>[2] = {}) {
  return groupByLabel(labels, ANGLES, options).map((group) => [...group.positions]);
}

Deno.test("groupByLabel() finds every label that fakes are drawn for, in the set's order", () => {
  const labels = Float32Array.of(0.3, 0.1, 0.2, 0.1, 0.3);
  assert.deepEqual(positions(labels), [[1, 3], [2], [0, 4]]);
  assert.deepEqual(positions(labels, { centres: [0.3, 0.25] }), [[0, 4], []]);
});

Deno.test("groupByLabel() takes borders in, whatever single precision made of them", () => {
  const labels = Float32Array.from({ length: 899 }, (_, i) => (i + 1) / 10);
  const centres = Array.from({ length: 897 }, (_, i) => (i + 2) / 10);
  for (const [k, group] of positions(labels, { centres, radius: 0.1 }).entries()) {
    assert.deepEqual(group, [k, k + 1, k + 2]);
  }
});

Deno.test("groupByLabel() groups classes by themselves", () => {
  const task: Task = { kind: "classification", classes: 3, classNames: ["a", "b", "c"] };
  const groups = groupByLabel([2, 0, 2], task);
  assert.deepEqual(groups.map(({ label, positions }) => [label, ...positions]), [
    [0, 1],
    [1],
    [2, 0, 2],
  ]);
});

Deno.test("groupByLabel() refuses a negative radius and a centre that is no number", () => {
  assert.throws(() => groupByLabel([1], ANGLES, { radius: -1 }), /within -1/);
  assert.throws(() => groupByLabel([1], ANGLES, { centres: [NaN] }), /around NaN/);
});

// Squares of 1, 2, 3, 6 around 3: 4 + 1 + 0 + 9 = 14, over 4.
Deno.test("overLabels() divides by the number of labels", () => {
  assert.deepEqual(overLabels([1, 6, 2, 3]), {
    mean: 3,
    deviation: Math.sqrt(3.5),
    minimum: 1,
    maximum: 6,
  });
  assert.throws(() => overLabels([]), /found none/);
});

Deno.test("evenly() takes first and last label and even steps between", () => {
  const angles = Array.from({ length: 899 }, (_, i) => (i + 1) / 10);
  assert.deepEqual(evenly(angles, 3), [0.1, 45, 89.9]);
  assert.deepEqual(evenly(angles, 1), [0.1]);
  assert.deepEqual(evenly([1, 2], 5), [1, 2]);
  assert.equal(new Set(evenly(angles, 100)).size, 100);
});

Deno.test("imagesNear() keeps the images of some labels, each once and at most so many", () => {
  const labels = Float32Array.of(0.1, 0.2, 0.1, 0.3, 0.1, 0.2);
  const images = imagesInMemory(Uint8Array.from(labels.keys()), {
    height: 1,
    width: 1,
    channels: 1,
  });
  const set = { images, labels, task: ANGLES, origin: "toy" } as const;
  const kept = (options: Parameters<typeof imagesNear>[1]) => {
    const near = imagesNear(set, options);
    const pixel = new Uint8Array(1);
    return Array.from(near.labels, (_, i) => {
      near.images.read(i, pixel, 0);
      return pixel[0];
    });
  };
  assert.deepEqual(kept({ centres: [0.1, 0.3] }), [0, 2, 3, 4]);
  assert.deepEqual(kept({ centres: [0.1, 0.3], most: 2 }), [0, 2, 3]);
  assert.deepEqual(kept({ centres: [0.1, 0.2], radius: 0.1 }), [0, 1, 2, 3, 4, 5]);
  // Each label within reach gives as many as the others, also where pools are in the order of their labels.
  assert.deepEqual(kept({ centres: [0.2], radius: 0.1, most: 1 }), [0, 1, 3]);
});
