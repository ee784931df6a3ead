import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { diversityLoss, realSpread, twice } from "./diversity.ts";
import { bitsOf, setUp } from "../testing/cgan.ts";

/** One pixel of value v, thrice, for each image. */
function pixels(values: number[], labels: number[]): LabelledImages {
  return {
    images: imagesInMemory(Uint8Array.from(values.flatMap((v) => [v, v, v])), {
      height: 1,
      width: 1,
      channels: 3,
    }),
    labels: Float32Array.from(labels),
    task: {
      kind: "regression",
      minimum: 0,
      maximum: 9,
      scale: 9,
      unit: "years",
      labels: [1, 2, 3],
    },
    origin: "real",
  };
}

Deno.test("realSpread() is the mean distance within pairs of one label", () => {
  // Label 1: 255 against 0, 2 in units of [−1, 1]; label 2: 51 against 0, 0.4; label 3 is alone.
  const set = pixels([255, 0, 51, 7, 0], [1, 1, 2, 3, 2]);
  assert.ok(Math.abs(realSpread(set, rngOf(1)) - 1.2) < 1e-12);
  // Copies are passed over.
  const copies = pixels([9, 9, 255, 0], [1, 1, 2, 2]);
  assert.ok(Math.abs(realSpread(copies, rngOf(1)) - 2) < 1e-12);
  assert.throws(() => realSpread(pixels([1, 2, 9, 9], [1, 2, 3, 3]), rngOf(1)), {
    name: "RangeError",
    message:
      "Cannot measure how much real images of one label differ: found no two among 4 images, " +
      "want a set with several images per label; set gan.diversity = 0",
  });
});

Deno.test("diversityLoss() asks for the target and no more", () => {
  tf.tidy(() => {
    const images = tf.tensor4d([0.1, 0.2, 0.3, 0.3, 0.5, 0, 0.1, 0.2, 0.6, 0, 0.5, 0], [
      4,
      1,
      1,
      3,
    ]);
    // |0, 0, −0.3| and |0.3, 0, 0|: spread 0.1.
    const loss = (target: number) => diversityLoss(images, target).dataSync()[0]!;
    assert.ok(Math.abs(loss(0.4) - 0.75) < 1e-6);
    assert.equal(loss(0.09), 0);
    const slope = tf.grad((x) => diversityLoss(x as tf.Tensor4D, 0.4))(images).dataSync();
    const step = 1e-3;
    for (const k of [2, 3, 8, 9]) {
      const moved = (by: number) => {
        const values = images.dataSync().slice();
        values[k]! += by;
        return diversityLoss(tf.tensor4d(values, [4, 1, 1, 3]), 0.4).dataSync()[0]!;
      };
      assert.ok(Math.abs((moved(step) - moved(-step)) / (2 * step) - slope[k]!) < 1e-3);
    }
    assert.deepEqual(
      [...twice(tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2])).dataSync()],
      [
        ...[1, 2, 3, 4],
        ...[1, 2, 3, 4],
      ],
    );
    assert.throws(() => twice(tf.zeros([3, 2])), {
      name: "RangeError",
      message: "Cannot pair the images of a batch of 3: want an even batch",
    });
  });
});

Deno.test("cganTrainee() adds the diversity of pairs to G's loss, and to nothing else", () => {
  const tensors = tf.memory().numTensors;
  const free = setUp({ training: { diversity: { weight: 0, spread: 5 } } });
  const asked = setUp({ training: { diversity: { weight: 3, spread: 5 } } });
  const [without, with_] = [free.step(0), asked.step(0)];
  // A toy generator is far from a spread of 5.
  assert.ok(with_.diversityLoss! > 0.5 && with_.diversityLoss! < 1);
  assert.equal(with_.diversityLoss, without.diversityLoss);
  const difference = with_.generatorLoss! - without.generatorLoss!;
  assert.ok(Math.abs(difference - 3 * with_.diversityLoss!) < 1e-5);
  assert.equal(with_.discriminatorLoss, without.discriminatorLoss);
  const weights = [asked, free].map(({ pair }) => bitsOf(pair.generator.parameters.entries()));
  assert.notDeepEqual(weights[0], weights[1]);
  for (const run of [free, asked]) {
    run.dispose();
  }
  assert.equal(tf.memory().numTensors, tensors);
});
