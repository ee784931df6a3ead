import assert from "node:assert/strict";
import { toyImages, toyNetwork } from "../testing/density_ratio.ts";
import type { Regression } from "../base/contracts.ts";
import { tf } from "../base/tf.ts";
import { diversity, entropy, predictTypes } from "./diversity.ts";

const ANGLES: Regression = {
  kind: "regression",
  minimum: 0,
  maximum: 90,
  scale: 90,
  unit: "degrees",
  labels: [10, 20],
};

function checkClose(found: number, wanted: number): void {
  assert.ok(Math.abs(found - wanted) < 1e-12, `found ${found}, want ${wanted}`);
}

Deno.test("entropy() of shares 1/2, 1/4, 1/4 is 1.5 ln 2", () => {
  checkClose(entropy([2, 1, 0, 1]), 1.5 * Math.LN2);
  assert.equal(entropy([0, 7]), 0);
  checkClose(entropy(new Array(49).fill(4)), Math.log(49));
  assert.throws(() => entropy([0, 0]), /found no counts/);
});

Deno.test("diversity() averages the entropy of each label", () => {
  const found = diversity(
    { types: [0, 1, 2, 2, 0, 1], labels: [10, 10, 20, 20, 10, 10], task: ANGLES },
    { typeCount: 3 },
  );
  assert.deepEqual(found.perLabel.map(({ label }) => label), [10, 20]);
  checkClose(found.perLabel[0]!.entropy, Math.LN2);
  assert.equal(found.perLabel[1]!.entropy, 0);
  checkClose(found.mean, Math.LN2 / 2);
  checkClose(found.deviation, Math.LN2 / 2);
  checkClose(found.limit, Math.log(3));
});

Deno.test("diversity() refuses an empty label and an unknown type", () => {
  const fakes = { types: [0, 3], labels: [10, 20], task: ANGLES };
  assert.throws(() => diversity(fakes, { typeCount: 3 }), {
    message: "Cannot count image 1: found type 3, want an integer from 0 to 2",
  });
  assert.throws(
    () => diversity({ ...fakes, labels: [10, 10] }, { typeCount: 4 }),
    /at label 20: found no fake image/,
  );
});

Deno.test("predictTypes() gives the same types whatever the batch, and frees its tensors", async () => {
  const { images } = toyImages(7);
  const classifier = toyNetwork(3, 5);
  const before = tf.memory().numTensors;
  const types = await predictTypes(classifier, images, { batch: 7 });
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual(await predictTypes(classifier, images, { batch: 3 }), types);
  assert.equal(types.length, 7);
  assert.ok(new Set(types).size > 1, "the toy network must tell images apart");
  assert.ok(types.every((type) => type < 5));
});

Deno.test("predictTypes() refuses outputs that are not finite", async () => {
  const classifier = toyNetwork(3, 2);
  for (const weight of classifier.parameters.trainable.values()) {
    tf.tidy(() => weight.assign(tf.fill(weight.shape, NaN)));
  }
  await assert.rejects(predictTypes(classifier, toyImages(2).images), /not finite/);
});
