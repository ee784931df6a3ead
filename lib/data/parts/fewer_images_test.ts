import assert from "node:assert/strict";
import { toyAngles } from "../toy/angles.ts";
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

Deno.test("fewerImages() holds some out over the whole range where scalar labels have an image or two each", () => {
  const angles = toyAngles({ angles: 121, perAngle: 2, size: 16 });
  const { train, subtrain, subvalid } = fewerImages(angles, 90);
  assert.equal(subtrain.length + subvalid.length, train.labels.length);
  const share = subvalid.length / train.labels.length;
  assert.ok(share > 0.1 && share < 0.3, `${share}`);
  const held = Array.from(subvalid, (position) => train.labels[position]!);
  const [least, most] = [Math.min(...train.labels), Math.max(...train.labels)];
  assert.ok(Math.max(...held) - Math.min(...held) > (most - least) / 2, `${held}`);
  assert.equal(validationSet(fewerImages(angles, 12)).originals, 10);
  // Results of those that could be divided label by label stay.
  const more = fewerImages(toyAngles({ angles: 3, perAngle: 8, size: 16 }), 14);
  assert.equal(more.subtrain.length, 12);
});
