import assert from "node:assert/strict";
import type { Classification, Regression } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { biggan } from "./biggan.ts";
import {
  conditionFor,
  oneHotCondition,
  repeatLabels,
  sampleChunks,
  sampleImages,
} from "./sample.ts";

const TASK: Classification = {
  kind: "classification",
  classes: 3,
  classNames: ["ant", "bee", "cat"],
};
const AGES: Regression = {
  kind: "regression",
  minimum: 1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [1, 2, 3],
};

function tinyPair() {
  return biggan.build({ conditionSize: 3, imageSize: 32, width: 1 / 64, rng: rngOf(5) });
}

Deno.test("sampleImages() gives one fake image per label, the same for the same stream", async () => {
  const { generator, discriminator } = tinyPair();
  const labels = repeatLabels([0, 1, 2], 3);
  const sample = (seed: number) =>
    sampleImages(generator, labels, { task: TASK, chunk: 4, rng: rngOf(seed, "sample") });
  const [first, again, other] = [await sample(1), await sample(1), await sample(2)];
  assert.equal(first.origin, "fake");
  assert.deepEqual([...first.labels], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  assert.deepEqual(first.images.shape, { height: 32, width: 32, channels: 3 });
  assert.equal(first.images.count, 9);
  const pixels = (set: typeof first) => {
    const bytes = new Uint8Array(9 * 3072);
    for (let i = 0; i < 9; i++) set.images.read(i, bytes, i * 3072);
    return bytes;
  };
  assert.deepEqual(pixels(first), pixels(again));
  assert.notDeepEqual(pixels(first), pixels(other));
  // Chunks draw latents of their own: images 0 and 4 would be equal if the second repeated the
  // first.
  const bytes = pixels(first);
  assert.notDeepEqual(bytes.slice(0, 3072), bytes.slice(4 * 3072, 5 * 3072));
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("sampleImages() changes no bit of the generator and leaks no tensor", async () => {
  const { generator, discriminator } = tinyPair();
  const before = await generator.parameters.read();
  const copy = structuredClone(before);
  const tensors = tf.memory().numTensors;
  const events: number[] = [];
  await sampleImages(generator, [0, 1, 2, 2, 1], {
    task: TASK,
    chunk: 2,
    rng: rngOf(1),
    progress: (event) => events.push(event.step),
  });
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(await generator.parameters.read(), copy);
  assert.deepEqual(events, [2, 4, 5]);
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("sampleChunks() hands out the images of sampleImages() chunk by chunk", async () => {
  const { generator, discriminator } = tinyPair();
  const labels = [2, 0, 1, 1, 0];
  const options = { task: TASK, chunk: 2, rng: rngOf(1) };
  const whole = await sampleImages(generator, labels, options);
  const starts: number[] = [];
  const expected = new Uint8Array(3072);
  for await (const part of sampleChunks(generator, labels, options)) {
    starts.push(part.start);
    whole.images.read(part.start, expected, 0);
    assert.deepEqual(part.bytes.slice(0, 3072), expected);
    assert.equal(part.labels[0], labels[part.start]);
  }
  assert.deepEqual(starts, [0, 2, 4]);
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("sampleImages() rounds by default and truncates when asked to", async () => {
  const { generator, discriminator } = tinyPair();
  // −0.005 is grey level 126.8625.
  const constant = {
    ...generator,
    forward: (latent: tf.Tensor2D) => tf.fill([latent.shape[0], 1, 1, 3], -0.005) as tf.Tensor4D,
  };
  const bytes = new Uint8Array(3);
  const sample = async (toUint8: "round" | "floor") => {
    const set = await sampleImages(constant, [0], { task: TASK, rng: rngOf(1), toUint8 });
    set.images.read(0, bytes, 0);
    return bytes[0];
  };
  assert.equal(await sample("round"), 127);
  assert.equal(await sample("floor"), 126);
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("sampleImages() stops at an aborted signal", async () => {
  const { generator, discriminator } = tinyPair();
  const signal = AbortSignal.abort(new Error("stopped by hand"));
  await assert.rejects(
    sampleImages(generator, [0, 1], { task: TASK, rng: rngOf(1), signal }),
    { message: "stopped by hand" },
  );
  await assert.rejects(sampleImages(generator, [], { task: TASK, rng: rngOf(1) }), {
    name: "RangeError",
    message: "Cannot sample images: found no labels, want at least one",
  });
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("oneHotCondition() makes one row per label and refuses other numbers", () => {
  const condition = oneHotCondition(3)([2, 0]);
  assert.deepEqual([...condition.dataSync()], [0, 0, 1, 1, 0, 0]);
  condition.dispose();
  for (const label of [3, -1, 0.5]) {
    assert.throws(() => oneHotCondition(3)([label]), {
      name: "RangeError",
      message: `Cannot condition on class ${label}: want an integer in [0, 2]`,
    });
  }
});

Deno.test("conditionFor() wants an embedding for scalar labels", () => {
  assert.throws(() => conditionFor(AGES), {
    name: "TypeError",
    message: "Cannot condition on scalar labels: found no embedding, want conditionOf",
  });
  const embedding = (labels: ArrayLike<number>) => tf.zeros<tf.Rank.R2>([labels.length, 4]);
  assert.equal(conditionFor(AGES, embedding), embedding);
});
