import assert from "node:assert/strict";
import {
  type Dataset,
  imagesInMemory,
  type LabelledImages,
  type RealImages,
} from "../../base/contracts.ts";
import { AGES } from "../../testing/tasks.ts";
import { allImages, trainingOnce } from "./all_images.ts";

/** One pixel per image, which is its number. */
function numbered(first: number, ages: number[]): RealImages {
  const bytes = Uint8Array.from({ length: 3 * ages.length }, (_, i) => first + Math.floor(i / 3));
  const images = imagesInMemory(bytes, { height: 1, width: 1, channels: 3 });
  return { images, labels: Float32Array.from(ages), task: AGES, origin: "real" };
}

const DATASET: Dataset = {
  name: "faces",
  setting: "all",
  // The last two repeat the first one.
  train: numbered(10, [1, 2, 3, 1, 1]),
  test: numbered(20, [2, 60]),
  originals: 5,
  subtrain: new Uint32Array(),
  subtrainOriginals: 0,
  subvalid: new Uint32Array(),
  types: "none",
  inspection: "none",
  others: "none",
  checksum: "0",
  source: "test",
  mayBePublished: true,
};

function pixelsOf({ images }: LabelledImages): number[] {
  const pixel = new Uint8Array(3);
  return Array.from({ length: images.count }, (_, i) => {
    images.read(i, pixel, 0);
    return pixel[0]!;
  });
}

Deno.test("allImages() has training and test images, each once", () => {
  const { set, types } = allImages({ ...DATASET, originals: 3 });
  assert.deepEqual([...set.labels], [1, 2, 3, 2, 60]);
  assert.deepEqual(pixelsOf(set), [10, 11, 12, 20, 21]);
  assert.equal(types, undefined);
  assert.equal(allImages(DATASET).set.labels.length, 7);
  assert.deepEqual(pixelsOf(trainingOnce({ ...DATASET, originals: 3 })), [10, 11, 12]);
  assert.equal(trainingOnce(DATASET), DATASET.train);
});

Deno.test("allImages() gives each image its kind", () => {
  const types = { count: 4, train: Uint16Array.of(0, 1, 2, 0, 0), test: Uint16Array.of(3, 1) };
  assert.deepEqual([...allImages({ ...DATASET, types, originals: 3 }).types!.of], [0, 1, 2, 3, 1]);
  assert.deepEqual([...allImages({ ...DATASET, types }).types!.of], [0, 1, 2, 0, 0, 3, 1]);
});
