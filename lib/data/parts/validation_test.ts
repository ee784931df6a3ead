import assert from "node:assert/strict";
import { type Dataset, imagesInMemory, type RealImages } from "../../base/contracts.ts";
import { toyAngles } from "../toy/angles.ts";
import { validationSet } from "./validation.ts";

/** Images of one pixel whose value is also their label. */
function pixels(values: number[]): RealImages {
  return {
    images: imagesInMemory(Uint8Array.from(values), { height: 1, width: 1, channels: 1 }),
    labels: Float32Array.from(values),
    task: { kind: "regression", minimum: 0, maximum: 90, scale: 90, unit: "degrees", labels: [] },
    origin: "toy",
  };
}

const SET: Dataset = {
  name: "pixels",
  setting: "six",
  train: pixels([10, 11, 12, 13, 14, 10]),
  test: pixels([20, 21]),
  subtrain: Uint32Array.from([4, 0, 2, 0]),
  subvalid: Uint32Array.from([3, 1]),
  inspection: "none",
  others: "none",
  checksum: "abc",
  source: "here",
  mayBePublished: true,
  originals: 5,
  subtrainOriginals: 3,
  types: { count: 3, train: Uint16Array.from([0, 1, 2, 0, 1, 0]), test: Uint16Array.from([2, 2]) },
};

Deno.test("validationSet() trains on one part of the training images and measures on the other", () => {
  const { train, test, types, originals, checksum, subtrain, subvalid } = validationSet(SET);
  assert.deepEqual([...train.labels], [14, 10, 12, 10]);
  assert.deepEqual([...test.labels], [13, 11]);
  const pixel = new Uint8Array(1);
  test.images.read(1, pixel, 0);
  assert.deepEqual([...pixel], [11]);
  assert.ok(types !== "none");
  assert.deepEqual([[...types.train], [...types.test]], [[1, 0, 2, 0], [0, 1]]);
  assert.equal(originals, 3);
  assert.notEqual(checksum, SET.checksum);
  assert.deepEqual([subtrain.length, subvalid.length], [0, 0]);
});

Deno.test("validationSet() never lets a test image through", () => {
  const { train, test } = validationSet(SET);
  const seen = new Set([...train.labels, ...test.labels]);
  assert.ok(SET.test.labels.every((label) => !seen.has(label)));
});

Deno.test("validationSet() counts every image of a set that repeats none", () => {
  const { train, originals } = validationSet(toyAngles({ angles: 4, perAngle: 5 }));
  assert.ok(train.labels.length > 0);
  assert.equal(originals, train.labels.length);
});

Deno.test("validationSet() refuses a set that holds nothing out", () => {
  assert.throws(
    () => validationSet({ ...SET, subvalid: new Uint32Array() }),
    { name: "RangeError", message: /of pixels: found 4 images to train on and 0 to measure on/ },
  );
});
