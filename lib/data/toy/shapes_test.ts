import assert from "node:assert/strict";
import type { LabelledImages } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import {
  batchIndicesAt,
  batchTensors,
  channelStatistics,
  makeBatch,
  type Normalisation,
} from "../batches/batches.ts";
import { toyShapes } from "./shapes.ts";

const imageAt = ({ images }: LabelledImages, index: number) => {
  const { height, width, channels } = images.shape;
  const bytes = new Uint8Array(height * width * channels);
  images.read(index, bytes, 0);
  return bytes;
};

Deno.test("toyShapes() has balanced labels, the sizes asked for and a full split", () => {
  const set = toyShapes({ classes: 10, perClass: 5, testPerClass: 2, size: 16 });
  assert.deepEqual(set.train.images.shape, { height: 16, width: 16, channels: 3 });
  assert.deepEqual([set.train.images.count, set.test.images.count], [50, 20]);
  for (let label = 0; label < 10; label++) {
    assert.equal(set.train.labels.filter((value) => value === label).length, 5);
    assert.equal(set.subtrain.filter((i) => set.train.labels[i] === label).length, 4);
  }
  assert.equal(set.subvalid.length, 10);
});

Deno.test("toyShapes() is decided by its seed; images neither repeat nor depend on the counts", () => {
  const small = toyShapes({ perClass: 2, testPerClass: 2, size: 16 });
  const large = toyShapes({ perClass: 4, testPerClass: 1, size: 16 });
  assert.equal(toyShapes({ perClass: 2, testPerClass: 2, size: 16 }).checksum, small.checksum);
  assert.notEqual(
    toyShapes({ perClass: 2, testPerClass: 2, size: 16, seed: 1 }).checksum,
    small.checksum,
  );
  for (let i = 0; i < 8; i++) assert.deepEqual(imageAt(small.train, i), imageAt(large.train, i));
  const all = [small.train, small.test].flatMap((set) =>
    Array.from({ length: 8 }, (_, i) => imageAt(set, i).join())
  );
  assert.equal(new Set(all).size, 16);
});

Deno.test("toyShapes() refuses more classes than there are shapes", () => {
  assert.throws(
    () => toyShapes({ classes: 11 }),
    /Cannot use classes = 11: want an integer of at most 10 \(there are no more shapes\)/,
  );
});

Deno.test("toyShapes() is learnt by a small network in 150 steps, far above chance", () => {
  const { train, test } = toyShapes({ perClass: 60, testPerClass: 25, size: 16 });
  const normalisation = channelStatistics(train.images);
  const error = trainSmallNetwork({ train, test, normalisation });
  // Chance is 75 %; 8 % are usual here, 3 % with 250 images per class and 400 steps.
  assert.ok(error < 30, `error rate ${error} %`);
});

/** @returns Error rate on the test set in percent. */
function trainSmallNetwork(
  { train, test, normalisation }: {
    train: LabelledImages;
    test: LabelledImages;
    normalisation: Normalisation;
  },
): number {
  const rng = rngOf(0, "toy test");
  const kernel = (shape: number[]) => {
    const fanIn = shape.slice(0, -1).reduce((product, side) => product * side, 1);
    const size = fanIn * shape.at(-1)!;
    const values = Array.from({ length: size }, () => rng.normal() * Math.sqrt(2 / fanIn));
    return tf.variable(tf.tensor(values, shape));
  };
  const first = kernel([3, 3, 3, 12]) as tf.Variable<tf.Rank.R4>;
  const second = kernel([3, 3, 12, 24]) as tf.Variable<tf.Rank.R4>;
  const last = kernel([4 * 4 * 24, 4]) as tf.Variable<tf.Rank.R2>;
  const logitsOf = (x: tf.Tensor4D) => {
    const a = tf.maxPool(tf.relu(tf.conv2d(x, first, 1, "same")), 2, 2, "valid");
    const b = tf.maxPool(tf.relu(tf.conv2d(a, second, 1, "same")), 2, 2, "valid");
    return tf.matMul(b.reshape<tf.Tensor2D>([x.shape[0], -1]), last);
  };
  const optimiser = tf.train.adam(0.005);
  for (let step = 0; step < 150; step++) {
    const indices = batchIndicesAt(step, { count: train.labels.length, batch: 32, rng });
    tf.tidy(() => {
      const { x, labels } = batchTensors(makeBatch(train, indices, { normalisation }));
      const target = tf.oneHot(labels, 4);
      optimiser.minimize(() => tf.losses.softmaxCrossEntropy(target, logitsOf(x)) as tf.Scalar);
    });
  }
  const count = test.labels.length;
  const right = tf.tidy(() => {
    const indices = Uint32Array.from({ length: count }, (_, i) => i);
    const { x, labels } = batchTensors(makeBatch(test, indices, { normalisation }));
    return tf.equal(tf.argMax(logitsOf(x), 1), labels).sum().dataSync()[0]!;
  });
  tf.dispose([first, second, last]);
  optimiser.dispose();
  return 100 * (1 - right / count);
}
