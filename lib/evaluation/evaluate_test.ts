import assert from "node:assert/strict";
import {
  imagesInMemory,
  type LabelledImages,
  type Regression,
  selectImages,
} from "../base/contracts.ts";
import { ParameterSet } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { toyExtractor, toyNetwork } from "../testing/density_ratio.ts";
import type { Network } from "../networks/network.ts";
import { evaluateGenerator } from "./evaluate.ts";

const AGES: Regression = {
  kind: "regression",
  minimum: 1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [20, 40],
};

/** Reads a number that the image carries in one channel of all its pixels. */
function reader(channel: number, outputs: (value: tf.Tensor1D) => tf.Tensor2D): Network {
  return {
    name: "reader",
    parameters: new ParameterSet(),
    forward(x) {
      const bytes = tf.mean(x, [1, 2]).add(1).mul(127.5).slice([0, channel], [-1, 1]);
      const output = outputs(bytes.flatten());
      return { output, features: output, taps: [] };
    },
  };
}

/** Images that carry their age in the first channel, their type in the second, and noise. */
function faces(ages: number[], types: number[], labels = ages): LabelledImages {
  const rng = rngOf(1, "faces", ages.length);
  const bytes = new Uint8Array(ages.length * 48);
  for (let i = 0; i < bytes.length; i += 3) {
    const image = Math.floor(i / 48);
    bytes.set([ages[image]!, types[image]!, rng.integer(256)], i);
  }
  const shape = { height: 4, width: 4, channels: 3 };
  return {
    images: imagesInMemory(bytes, shape),
    labels: Float32Array.from(labels),
    task: AGES,
    origin: "fake",
  };
}

const judges = {
  features: toyExtractor(toyNetwork()),
  regressor: reader(0, (value) => value.div(60).reshape([-1, 1])),
  types: {
    classifier: reader(1, (value) => tf.oneHot(value.round().cast("int32"), 3) as tf.Tensor2D),
    count: 3,
  },
};
const REAL = faces([20, 20, 20, 40, 40, 40], [0, 1, 2, 0, 1, 2]);
/** At 20: off by 1 and 3, two types; at 40: right, one type. */
const FAKE = faces([21, 17, 40, 40], [0, 1, 2, 2], [20, 20, 40, 40]);

Deno.test("evaluateGenerator() reads labels and types off the fakes", async () => {
  const before = tf.memory().numTensors;
  const found = await evaluateGenerator({ real: REAL, fake: FAKE }, judges, { batch: 3 });
  assert.equal(tf.memory().numTensors, before);
  assert.ok(Math.abs(found.labelScore.mean - 1) < 1e-3);
  assert.ok(Math.abs(found.labelScore.allFakes.mean - 1) < 1e-3);
  assert.ok(found.realLabelScore.mean < 1e-3);
  assert.ok(Math.abs(found.diversity!.mean - Math.LN2 / 2) < 1e-9);
  assert.equal(found.intraFid.perLabel.length, 2);
  assert.ok(found.intraFid.mean > 0);
});

Deno.test("evaluateGenerator() measures the images that it is given, whatever sampler kept them", async () => {
  const kept = {
    ...FAKE,
    images: selectImages(FAKE.images, [0, 0, 2, 3]),
  };
  const { labelScore } = await evaluateGenerator({ real: REAL, fake: kept }, judges);
  assert.ok(Math.abs(labelScore.mean - 0.5) < 1e-3);
});

Deno.test("evaluateGenerator() says nothing of diversity without types", async () => {
  const { features, regressor } = judges;
  const found = await evaluateGenerator({ real: REAL, fake: FAKE }, { features, regressor });
  assert.ok(!("diversity" in found));
});
