import assert from "node:assert/strict";
import type { LabelledImages } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { fixedRatioData } from "./fixed_ratio_data.ts";
import { toyExtractor, toyImages, toyNetwork } from "../testing/density_ratio.ts";

/** Noise with these classes. */
function setOf(labels: number[], seed: number): LabelledImages {
  return { ...toyImages(labels.length, seed), labels: Float32Array.from(labels) };
}

/** Feature vectors as text, so that rows can be told apart. */
function rowsOf(features: tf.Tensor2D): string[] {
  return features.arraySync().map((row) => row.map((value) => value.toFixed(3)).join());
}

Deno.test("fixedRatioData() pairs each real image with fakes of its label, all of them in time", async () => {
  const network = toyNetwork();
  const extractor = toyExtractor(network);
  const real = setOf([0, 1, 2, 1], 1);
  const fake = setOf([2, 0, 1, 1, 2], 2);
  const tensors = tf.memory().numTensors;
  const progress: [number, number][] = [];
  const onProgress = (done: number, total: number) => void progress.push([done, total]);
  const sets = { real, fake, extractor, onProgress };
  const data = await fixedRatioData(sets, { batch: 4 }, rngOf(1));
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(progress, [[4, 9], [9, 9]]);
  assert.equal(data.stepsPerEpoch, 1);
  // Batches of all fakes: their order tells which feature is whose.
  const everything = await fixedRatioData({ ...sets, real: fake }, { batch: 5 }, rngOf(1));
  const labelOf = new Map<string, number>();
  const pairs = new Set<string>();
  tf.tidy(() => {
    const { real: rows, condition } = everything.batch(0);
    const labels = condition.argMax(1).dataSync();
    rowsOf(rows).forEach((row, i) => labelOf.set(row, labels[i]!));
    for (let step = 0; step < 20; step++) {
      const batch = data.batch(step);
      const wanted = batch.condition.argMax(1).dataSync();
      for (const [i, row] of rowsOf(batch.fake).entries()) {
        assert.equal(labelOf.get(row), wanted[i]);
        pairs.add(row);
      }
    }
  });
  assert.equal(pairs.size, 5);
  await assert.rejects(
    fixedRatioData({ ...sets, fake: setOf([0, 1], 3) }, { batch: 4 }, rngOf(1)),
    {
      name: "RangeError",
      message: "Cannot compare real with fake images: found no fake of label 2, want at least one",
    },
  );
  network.parameters.dispose();
});
