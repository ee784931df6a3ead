import assert from "node:assert/strict";
import { toyShapes } from "../toy/shapes.ts";
import { fewerImages } from "./fewer_images.ts";
import { validationSet } from "./validation.ts";

const dataset = toyShapes({ perClass: 20, testPerClass: 2, size: 8 });

const pixelsOf = ({ train }: typeof dataset) => {
  const image = new Uint8Array(8 * 8 * 3);
  return Array.from({ length: train.images.count }, (_, i) => {
    train.images.read(i, image, 0);
    return String(image);
  });
};

Deno.test("fewerImages() keeps the share of each label, and smaller choices are part of larger ones", () => {
  const [few, more] = [fewerImages(dataset, 12), fewerImages(dataset, 41)];
  const counts = Array.from(
    { length: 4 },
    (_, label) => few.train.labels.filter((own) => own === label).length,
  );
  assert.equal(counts.reduce((a, b) => a + b), 12);
  for (const count of counts) assert.ok(count >= 2 && count <= 4, `${counts}`);
  const larger = new Set(pixelsOf(more));
  assert.equal(larger.size, 41);
  assert.ok(pixelsOf(few).every((pixels) => larger.has(pixels)));
  assert.equal(few.test, dataset.test);
  assert.equal(few.originals, 12);
  assert.notEqual(few.checksum, more.checksum);
  assert.equal(few.subtrain.length + few.subvalid.length, 12);
  assert.equal(validationSet(few).train.labels.length, few.subtrain.length);
});

Deno.test("fewerImages() leaves all images, and refuses more than there are", () => {
  assert.deepEqual(fewerImages(dataset, 80).train.labels, dataset.train.labels);
  assert.throws(() => fewerImages(dataset, 81), {
    name: "RangeError",
    message: "Cannot train on 81 images of Toy shapes: found 80, want at most as many",
  });
});
