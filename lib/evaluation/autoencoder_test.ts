import assert from "node:assert/strict";
import { INFERENCE } from "../base/module.ts";
import { type Rng, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { autoencoderFeatures, buildAutoencoder } from "./autoencoder.ts";

/** A stream that costs nothing, where values do not matter. */
const STILL: Rng = {
  nextUint32: () => 0,
  uniform: () => 0.5,
  integer: () => 0,
  normal: () => 0,
  child: () => STILL,
};

function noise(side: number, batch = 2): tf.Tensor4D {
  const rng = rngOf(1, "images");
  const values = Float32Array.from({ length: batch * side * side * 3 }, () => rng.normal() / 3);
  return tf.tensor4d(values, [batch, side, side, 3]);
}

Deno.test("buildAutoencoder() has the parameters of the reference for 64 x 64 images", () => {
  const { parameters, codeSize } = buildAutoencoder({ imageSize: 64, width: 1, rng: STILL });
  const counts: Record<string, number> = {};
  for (const [name, weight] of parameters.trainable) {
    const part = name.split("/")[0]!;
    counts[part] = (counts[part] ?? 0) + weight.size;
  }
  parameters.dispose();
  assert.deepEqual(counts, { encoder: 10_089_600, decoder: 22_649_987 });
  assert.equal(codeSize, 512);
});

for (const imageSize of [32, 64] as const) {
  Deno.test(`buildAutoencoder() gives images of side ${imageSize} back in [−1, 1]`, () => {
    const net = buildAutoencoder({ imageSize, width: 1 / 32, rng: rngOf(2) });
    const x = noise(imageSize);
    const before = tf.memory().numTensors;
    for (const training of [true, false]) {
      tf.tidy(() => {
        const code = net.encode(x, { training });
        assert.deepEqual(code.shape, [2, 16]);
        const copy = net.decode(code, { training });
        assert.deepEqual(copy.shape, x.shape);
        const values = copy.dataSync();
        assert.ok(values.every((value) => Math.abs(value) <= 1));
        assert.ok(new Set(values).size > 100, "pixels must differ");
      });
    }
    assert.equal(tf.memory().numTensors, before);
    x.dispose();
    net.parameters.dispose();
  });
}

Deno.test("buildAutoencoder() sends a gradient to every weight", () => {
  const net = buildAutoencoder({ imageSize: 32, width: 1 / 32, rng: rngOf(3) });
  const x = noise(32);
  const weights = [...net.parameters.trainable];
  const { value, grads } = tf.variableGrads(
    () =>
      tf.mean(tf.square(
        net.decode(net.encode(x, { training: true }), { training: true }).sub(x),
      )),
    weights.map(([, weight]) => weight),
  );
  for (const [name, weight] of weights) {
    assert.ok(grads[weight.name]!.dataSync().some((slope) => slope !== 0), `no slope at ${name}`);
  }
  tf.dispose([value, grads, x]);
  net.parameters.dispose();
});

Deno.test("autoencoderFeatures() is the code in inference mode and changes nothing", async () => {
  const net = buildAutoencoder({ imageSize: 32, width: 1 / 32, rng: rngOf(4) });
  const x = noise(32);
  const weights = structuredClone(await net.parameters.read());
  const features = autoencoderFeatures(net);
  const first = [...tf.tidy(() => features.extract(x)).dataSync()];
  assert.equal(features.size, 16);
  assert.deepEqual([...tf.tidy(() => net.encode(x, INFERENCE)).dataSync()], first);
  assert.deepEqual(await net.parameters.read(), weights);
  x.dispose();
  net.parameters.dispose();
});
