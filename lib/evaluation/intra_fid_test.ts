import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Regression } from "../base/contracts.ts";
import { permutation, rngOf } from "../base/rng.ts";
import { selectLabelled } from "../base/contracts.ts";
import { tf } from "../base/tf.ts";
import { toyExtractor, toyNetwork } from "../testing/density_ratio.ts";
import { frechetDistance } from "./frechet.ts";
import { intraFid, momentsOf } from "./intra_fid.ts";

const ANGLES: Regression = {
  kind: "regression",
  minimum: 0,
  maximum: 90,
  scale: 90,
  unit: "degrees",
  labels: [0.1, 0.2, 0.3].map(Math.fround),
};
const extractor = toyExtractor(toyNetwork());

/** Noise whose level grows with the label, `perLabel` images of each label in turn. */
function noise(perLabel: number, seed: number, lift = 0): LabelledImages {
  const rng = rngOf(seed, "intra fid");
  const count = 3 * perLabel;
  const labels = Float32Array.from({ length: count }, (_, i) => ANGLES.labels[i % 3]!);
  const bytes = new Uint8Array(count * 48);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = rng.integer(120) + 300 * labels[Math.floor(i / 48)]! + lift;
  }
  const shape = { height: 4, width: 4, channels: 3 };
  return { images: imagesInMemory(bytes, shape), labels, task: ANGLES, origin: "toy" };
}

Deno.test("intraFid() is the mean of the distances of the labels", async () => {
  const real = noise(5, 1);
  const fake = noise(20, 2, 30);
  const before = tf.memory().numTensors;
  const found = await intraFid({ real, fake, extractor }, { batch: 3 });
  assert.equal(tf.memory().numTensors, before);
  assert.equal(found.perLabel.length, 3);
  for (const [k, row] of found.perLabel.entries()) {
    assert.equal(row.label, ANGLES.labels[k]);
    assert.deepEqual([row.realCount, row.fakeCount], [5, 20]);
    const near = (set: LabelledImages) => ({
      set,
      positions: Uint32Array.from({ length: set.labels.length / 3 }, (_, i) => 3 * i + k),
    });
    const alone = frechetDistance(
      await momentsOf(extractor, near(real)),
      await momentsOf(extractor, near(fake)),
    );
    assert.ok(Math.abs(row.distance - alone.distance) < 1e-6 * alone.distance);
  }
  const mean = found.perLabel.reduce((sum, { distance }) => sum + distance, 0) / 3;
  assert.ok(Math.abs(found.mean - mean) < 1e-12);
});

Deno.test("intraFid() is zero for identical sets and grows with a shift of the pixels", async () => {
  const real = noise(12, 3);
  const at = async (fake: LabelledImages) => (await intraFid({ real, fake, extractor })).mean;
  assert.ok(await at(real) < 1e-5);
  const near = await at(noise(12, 4));
  const far = await at(noise(12, 4, 60));
  assert.ok(near < far, `found ${near} and ${far}`);
});

Deno.test("intraFid() does not depend on the order of the images", async () => {
  const real = noise(6, 5);
  const fake = noise(9, 6);
  const straight = await intraFid({ real, fake, extractor });
  const shuffled = selectLabelled(fake, permutation(27, rngOf(7)));
  const found = await intraFid({ real, fake: shuffled, extractor });
  assert.ok(Math.abs(found.mean - straight.mean) < 1e-6 * straight.mean);
});

Deno.test("intraFid() counts incomplete batches as zeros under the reference's rule", async () => {
  const real = noise(8, 8);
  const fake = noise(10, 9);
  const positions = Uint32Array.from({ length: 10 }, (_, i) => 3 * i);
  const options = { batch: 4, remainder: "zeros" } as const;
  const zeros = await momentsOf(extractor, { set: fake, positions }, options);
  const complete = await momentsOf(extractor, { set: fake, positions: positions.slice(0, 8) });
  assert.equal(zeros.count, 10);
  zeros.mean().forEach((value, i) => {
    assert.ok(Math.abs(value - 0.8 * complete.mean()[i]!) < 1e-6);
  });
  const found = await intraFid({ real, fake, extractor }, options);
  const correct = await intraFid({ real, fake, extractor });
  assert.ok(found.mean > correct.mean, `found ${found.mean} and ${correct.mean}`);
});

Deno.test("intraFid() names the label that has too few images, before it encodes any", async () => {
  const real = noise(1, 10);
  let calls = 0;
  const counting = { ...extractor, extract: (x: tf.Tensor4D) => (calls++, extractor.extract(x)) };
  await assert.rejects(intraFid({ real, fake: noise(4, 11), extractor: counting }), {
    name: "RangeError",
    message: `Cannot compare images of label ${ANGLES.labels[0]}: found 1 real and 4 fake, want ` +
      "at least 2 of each; compare fewer labels (evaluation.labels), or images within a distance of " +
      "each (evaluation.radius)",
  });
  assert.equal(calls, 0);
});

Deno.test("intraFid() stops between batches and reports every label", async () => {
  const stop = new AbortController();
  const steps: number[] = [];
  const run = intraFid({ real: noise(3, 12), fake: noise(3, 13), extractor }, {
    signal: stop.signal,
    progress: ({ step }) => {
      steps.push(step);
      if (step === 2) stop.abort(new Error("enough"));
    },
  });
  await assert.rejects(run, /enough/);
  assert.deepEqual(steps, [1, 2]);
});

Deno.test("intraFid() ends its progress with state done", async () => {
  const states: string[] = [];
  await intraFid({ real: noise(3, 12), fake: noise(3, 13), extractor }, {
    progress: ({ state }) => void states.push(state),
  });
  assert.equal(states.at(-1), "done");
  assert.ok(states.length > 1 && states.slice(0, -1).every((state) => state === "training"));
});
