import assert from "node:assert/strict";
import { INFERENCE } from "../base/module.ts";
import { normalArray, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { GanOptions } from "./gan.ts";
import { sagan } from "./sagan.ts";

function build(options: Partial<GanOptions> = {}) {
  return sagan.build({
    conditionSize: 128,
    imageSize: 64,
    width: 1,
    rng: rngOf(1, "sagan"),
    ...options,
  });
}

Deno.test("sagan at width 1 has the paper's 15,070,052 and 21,660,466 parameters", () => {
  const { generator, discriminator } = build();
  assert.equal(generator.parameters.size, 15_070_052);
  assert.equal(discriminator.parameters.size, 21_660_466);
  const shapeOf = (set: typeof generator.parameters, name: string) =>
    set.trainable.get(name)!.shape;
  assert.deepEqual(shapeOf(generator.parameters, "attention/query/weight"), [1, 1, 128, 16]);
  assert.deepEqual(shapeOf(generator.parameters, "attention/output/weight"), [1, 1, 64, 128]);
  assert.deepEqual(shapeOf(discriminator.parameters, "attention/key/weight"), [1, 1, 64, 8]);
  assert.deepEqual(shapeOf(discriminator.parameters, "attention/value/weight"), [1, 1, 64, 32]);
  // Every convolution and dense layer is normalised, the maps inside conditional norms are not.
  for (const { parameters } of [generator, discriminator]) {
    for (const name of parameters.trainable.keys()) {
      if (!name.endsWith("/weight")) continue;
      const vector = name.replace(/weight$/, "u");
      assert.equal(parameters.buffers.has(vector), !/\/norm\d\//.test(name), name);
    }
  }
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("sagan starts from Xavier weights, zero biases and attention switched off", () => {
  const { generator, discriminator } = build({ width: 0.25 });
  for (const { parameters } of [generator, discriminator]) {
    for (const [name, variable] of parameters.trainable) {
      if (name.startsWith("norm/")) continue;
      const values = variable.dataSync() as Float32Array;
      if (!name.endsWith("/weight")) {
        assert.ok(values.every((value) => value === 0), name);
        continue;
      }
      const { shape } = variable;
      const area = shape.length === 4 ? shape[0]! * shape[1]! : 1;
      const bound = Math.sqrt(6 / (area * (shape.at(-2)! + shape.at(-1)!)));
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // Of 32 draws, the fewest here, the largest is below 0.7 of the bound once in 90,000 times.
      assert.ok(largest <= bound * (1 + 1e-6) && largest > 0.7 * bound, `${name}: ${largest}`);
    }
  }
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("sagan rectifies what its shortcuts read unless told not to", () => {
  const scoreOf = (options: Partial<GanOptions>) => {
    const { generator, discriminator } = build({ width: 1 / 64, ...options });
    const scores = tf.tidy(() => {
      const images = tf.tensor4d(normalArray(2 * 64 * 64 * 3, rngOf(3)), [2, 64, 64, 3]);
      const condition = tf.ones<tf.Rank.R2>([2, 128]);
      return discriminator.forward(images, condition, INFERENCE).score.dataSync();
    });
    generator.parameters.dispose();
    discriminator.parameters.dispose();
    return scores;
  };
  assert.deepEqual(scoreOf({}), scoreOf({ shortcutInput: "relu" }));
  assert.notDeepEqual(scoreOf({}), scoreOf({ shortcutInput: "raw" }));
});
