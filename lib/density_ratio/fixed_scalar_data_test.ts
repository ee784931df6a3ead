import assert from "node:assert/strict";
import type { LabelledImages, Regression } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { fixedScalarRatioData } from "./fixed_scalar_data.ts";
import { toyExtractor, toyImages, toyNetwork } from "./toy_parts.ts";

const AGES: Regression = {
  kind: "regression",
  minimum: 10,
  maximum: 30,
  scale: 60,
  unit: "years",
  labels: [10, 20, 30],
};

function setOf(labels: number[], seed: number): LabelledImages {
  return {
    ...toyImages(labels.length, seed),
    task: AGES,
    labels: Float32Array.from(labels),
  };
}

Deno.test("fixedScalarRatioData() pairs reals with fakes of near labels, or with the nearest", async () => {
  const network = toyNetwork();
  const extractor = toyExtractor(network);
  const real = setOf([10, 15, 20, 30], 1);
  // Adjusted labels: beyond the range, near 20, and none near 15 or 10 within half a year.
  const fake = setOf([41, 20.3, 19.8, 12.5], 2);
  const conditionOf = (labels: ArrayLike<number>) =>
    tf.tensor2d(Array.from(labels, (age) => [age]));
  const tensors = tf.memory().numTensors;
  const progress: [number, number][] = [];
  const onProgress = (done: number, total: number) => void progress.push([done, total]);
  const data = await fixedScalarRatioData(
    { real, fake, extractor, conditionOf, onProgress },
    { batch: 4, radius: 0.5 / 60 },
    rngOf(1),
  );
  const count = real.labels.length;
  assert.deepEqual(progress, [[count, count + 4], [count + 4, count + 4]]);
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(data.stepsPerEpoch, 1);
  const features = async (set: LabelledImages) => {
    const rows: string[] = [];
    for (let i = 0; i < set.labels.length; i++) {
      const bytes = new Uint8Array(48);
      set.images.read(i, bytes, 0);
      const pixels = Float32Array.from(bytes, (byte) => (byte / 255 - 0.5) / 0.5);
      const row = tf.tidy(() => extractor.extract(tf.tensor4d(pixels, [1, 4, 4, 3])));
      rows.push(Array.from(await row.data(), (value) => value.toFixed(3)).join());
      row.dispose();
    }
    return rows;
  };
  const [reals, fakes] = [await features(real), await features(fake)];
  const pairs = new Set<string>();
  tf.tidy(() => {
    for (let step = 0; step < 20; step++) {
      const batch = data.batch(step);
      const ages = [...batch.condition.dataSync()];
      const rowsOf = (x: tf.Tensor2D) =>
        x.arraySync().map((row) => row.map((value) => value.toFixed(3)).join());
      const fakeRows = rowsOf(batch.fake);
      for (const [j, row] of rowsOf(batch.real).entries()) {
        assert.equal(real.labels[reals.indexOf(row)], ages[j]);
        pairs.add(`${ages[j]}: ${fake.labels[fakes.indexOf(fakeRows[j]!)]!.toFixed(1)}`);
      }
    }
  });
  assert.deepEqual([...pairs].sort(), ["10: 12.5", "15: 12.5", "20: 19.8", "20: 20.3", "30: 41.0"]);
  await assert.rejects(
    fixedScalarRatioData(
      { real, fake, extractor, conditionOf },
      { batch: 4, radius: -1 },
      rngOf(1),
    ),
    { name: "RangeError", message: "Cannot use radius = -1: want at least 0" },
  );
  network.parameters.dispose();
});
