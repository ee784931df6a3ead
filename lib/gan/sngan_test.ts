import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import type { GanOptions } from "./gan.ts";
import { sngan } from "./sngan.ts";

function build(options: Partial<GanOptions> = {}) {
  return sngan.build({
    conditionSize: 128,
    imageSize: 64,
    width: 1,
    rng: rngOf(1, "sngan"),
    ...options,
  });
}

/** Largest magnitude and root mean square. */
function spreadOf(values: Float32Array) {
  let [largest, sum] = [0, 0];
  for (const value of values) {
    largest = Math.max(largest, Math.abs(value));
    sum += value * value;
  }
  return { largest, rms: Math.sqrt(sum / values.length) };
}

Deno.test("sngan at width 1 has the paper's parameters, less the norms that nothing reads", () => {
  const { generator, discriminator } = build();
  assert.equal(discriminator.parameters.size, 21_655_233);
  // The reference stores scale and offset of a plain norm inside each conditional one.
  let unread = 0;
  for (const [name, mean] of generator.parameters.buffers) {
    if (/^block\d\/norm\d\/running_mean$/.test(name)) unread += 2 * mean.size;
  }
  assert.equal(unread, 5760);
  assert.equal(generator.parameters.size + unread, 15_055_107);
  const shapes = (set: typeof generator.parameters) =>
    Object.fromEntries([...set.trainable].map(([name, { shape }]) => [name, shape]));
  const [g, d] = [shapes(generator.parameters), shapes(discriminator.parameters)];
  assert.deepEqual(g["linear/weight"], [256, 16_384]);
  assert.deepEqual(g["block1/conv1/weight"], [3, 3, 1024, 512]);
  assert.deepEqual(g["block4/norm2/gain/weight"], [128, 64]);
  assert.deepEqual(d["block1/shortcut/weight"], [1, 1, 3, 64]);
  assert.deepEqual(d["block5/shortcut/weight"], [1, 1, 512, 1024]);
  assert.deepEqual(d["projection/weight"], [128, 16_384]);
  // Spectral norm in D only.
  assert.ok(![...generator.parameters.buffers.keys()].some((name) => name.endsWith("/u")));
  const normalised = [...discriminator.parameters.buffers.keys()];
  assert.equal(normalised.length, 5 * 3 + 2);
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("sngan starts from the specified uniform weights", () => {
  const { generator, discriminator } = build({ width: 0.25 });
  // Bound of the uniform draw by fan in and out (method specification 2.6).
  const xavier = (fanIn: number, fanOut: number) => Math.sqrt(6 / (fanIn + fanOut));
  const wanted = [
    [generator, "block1/conv1/weight", Math.SQRT2 * xavier(9 * 256, 9 * 128)],
    [generator, "block4/conv2/weight", Math.SQRT2 * xavier(9 * 16, 9 * 16)],
    [generator, "block2/shortcut/weight", xavier(128, 64)],
    [generator, "linear/weight", xavier(256, 4096)],
    [generator, "image/weight", xavier(9 * 16, 27)],
    [generator, "linear/bias", 1 / 16],
    [generator, "block1/norm1/gain/weight", 1 / Math.sqrt(128)],
    [discriminator, "block5/conv2/weight", Math.SQRT2 * xavier(9 * 256, 9 * 256)],
    [discriminator, "block4/shortcut/weight", xavier(64, 128)],
    [discriminator, "score/weight", xavier(4096, 1)],
    [discriminator, "projection/weight", xavier(128, 4096)],
    [discriminator, "block5/conv2/bias", 1 / Math.sqrt(9 * 256)],
  ] as const;
  for (const [{ parameters }, name, bound] of wanted) {
    const values = parameters.trainable.get(name)!.dataSync() as Float32Array;
    const { largest, rms } = spreadOf(values);
    assert.ok(largest <= bound * (1 + 1e-6) && largest > 0.95 * bound, `${name}: ${largest}`);
    // U(±b) has the deviation b / √3; few entries leave it some room.
    const room = 4 / Math.sqrt(values.length);
    assert.ok(Math.abs(rms * Math.sqrt(3) / bound - 1) < room, `${name}: ${rms}`);
  }
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});

Deno.test("sngan refuses rectified shortcuts", () => {
  assert.throws(() => build({ width: 1 / 64, shortcutInput: "relu" }), {
    name: "RangeError",
    message:
      'Cannot build SNGAN with shortcutInput = "relu": its shortcuts read raw inputs, want "raw"',
  });
  const { generator, discriminator } = build({ width: 1 / 64, shortcutInput: "raw" });
  generator.parameters.dispose();
  discriminator.parameters.dispose();
});
