import assert from "node:assert/strict";
import type { Dataset, LabelledImages, ObjectTypes } from "../base/contracts.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { inflate } from "../testing/inflate.ts";
import { type TestImages, testImages } from "./test_images.ts";

const SIDE = 4;

/** Images of angles, of `kinds` kinds of object each, whose first pixel is their position. */
function angles(count: number, kinds: number): Pick<Dataset, "test" | "types" | "mayBePublished"> {
  const total = count * kinds;
  const labels = Float32Array.from({ length: total }, (_, i) => Math.floor(i / kinds));
  const test: LabelledImages & { origin: "rendered" } = {
    images: {
      count: total,
      shape: { height: SIDE, width: SIDE, channels: 3 },
      read(index, target, offset) {
        target.fill(7, offset, offset + SIDE * SIDE * 3);
        target[offset] = index;
      },
    },
    labels,
    task: {
      kind: "regression",
      minimum: 0,
      maximum: count,
      scale: count,
      unit: "degrees",
      labels: [...labels],
    },
    origin: "rendered",
  };
  const types: ObjectTypes = {
    count: kinds,
    train: new Uint16Array(),
    test: Uint16Array.from({ length: total }, (_, i) => i % kinds),
  };
  return { test, types, mayBePublished: true };
}

async function shownOf(set: Parameters<typeof testImages>[0]): Promise<TestImages> {
  const shown = await testImages(set);
  assert.ok(shown !== "none");
  return shown;
}

Deno.test("testImages() shows four of every class, as the set has them", async () => {
  const dataset = toyShapes({ perClass: 4, testPerClass: 6 });
  const { labels, height, width, pixels } = await shownOf(dataset);
  assert.deepEqual(labels, Array(4).fill([0, 1, 2, 3]));
  const { images, labels: all } = dataset.test;
  const size = height * width * 3;
  const bytes = await inflate(pixels);
  assert.equal(bytes.length, 16 * size);
  const one = new Uint8Array(size);
  const found = labels.flat().map((label, i) =>
    Array.from(all).findIndex((other, position) => {
      images.read(position, one, 0);
      return other === label && one.every((value, k) => value === bytes[i * size + k]);
    })
  );
  assert.equal(new Set(found).size, 16);
  assert.ok(!found.includes(-1));
});

Deno.test("testImages() turns one kind of object a row, over all labels", async () => {
  const set = angles(50, 5);
  const { labels, pixels } = await shownOf(set);
  const bytes = await inflate(pixels);
  const kinds = labels.map((row, r) => {
    assert.deepEqual(row, Array.from({ length: 50 }, (_, i) => i));
    return new Set(row.map((_, i) => bytes[(50 * r + i) * SIDE * SIDE * 3]! % 5));
  });
  assert.ok(kinds.every(({ size }) => size === 1));
  assert.equal(new Set(kinds.flatMap((kind) => [...kind])).size, 4);
});

Deno.test("testImages() takes 60 of more labels, the first and the last among them", async () => {
  const { labels } = await shownOf({ ...angles(120, 2), types: "none" });
  for (const row of labels) assert.equal(row.length, 60);
  assert.deepEqual([labels[0]![0], labels[0]!.at(-1)], [0, 119]);
});

Deno.test("testImages() shows nothing of a set whose pictures may not be published", async () => {
  assert.equal(await testImages({ ...angles(5, 1), mayBePublished: false }), "none");
});
