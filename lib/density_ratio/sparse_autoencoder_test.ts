import assert from "node:assert/strict";
import { INFERENCE } from "../base/module.ts";
import { type Rng, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import {
  autoencoderFeatures,
  buildSparseAutoencoder,
  buildSparseEncoder,
  sparseLoss,
} from "./sparse_autoencoder.ts";
import { snapshot } from "../testing/density_ratio.ts";

/** A stream that costs nothing, where values do not matter. */
const STILL: Rng = {
  nextUint32: () => 0,
  uniform: () => 0.5,
  integer: () => 0,
  normal: () => 0,
  child: () => STILL,
};
const TINY = { imageSize: 16, width: 1 / 32 };

function noise(side: number, batch = 3): tf.Tensor4D {
  const rng = rngOf(1, "images");
  const values = Float32Array.from({ length: batch * side * side * 3 }, () => rng.normal() / 3);
  return tf.tensor4d(values, [batch, side, side, 3]);
}

Deno.test("buildSparseEncoder() has the parameters and the code of the reference", () => {
  const encoder = buildSparseEncoder({ imageSize: 64, width: 1, rng: STILL });
  assert.equal(encoder.parameters.size, 7_073_664);
  assert.equal(encoder.codeSize, 12_288);
  encoder.parameters.dispose();
});

Deno.test("buildSparseAutoencoder() has decoders of the reference's layers", () => {
  const { parameters } = buildSparseAutoencoder({ imageSize: 64, width: 1, rng: STILL });
  const counts: Record<string, number> = {};
  for (const [name, weight] of parameters.trainable) {
    const part = name.split("/")[0]!;
    counts[part] = (counts[part] ?? 0) + weight.size;
  }
  parameters.dispose();
  // Counted from the table of method specification 3.2: kernels, biases, scales and offsets.
  const pair = (from: number, out: number) =>
    16 * from * out + 9 * out * out + 2 * out + 2 * 2 * out;
  const image = pair(768, 512) + pair(512, 256) + pair(256, 128) +
    (16 * 128 * 64 + 64 + 2 * 64) + (9 * 64 * 3 + 3);
  const dense = (from: number, out: number) => from * out + out + 2 * out;
  const label = dense(12_288, 2048) + dense(2048, 1024) + dense(1024, 512) + dense(512, 128) + 129;
  assert.deepEqual(counts, { encoder: 7_073_664, image, label });
});

for (const [imageSize, codeSize] of [[16, 24], [32, 96], [64, 384]] as const) {
  Deno.test(`buildSparseAutoencoder() gives images of side ${imageSize} and labels back`, () => {
    const net = buildSparseAutoencoder({ imageSize, width: 1 / 32, rng: rngOf(2) });
    assert.equal(net.encoder.codeSize, codeSize);
    const x = noise(imageSize);
    const before = tf.memory().numTensors;
    for (const training of [true, false]) {
      tf.tidy(() => {
        const { code, copy, label } = net.forward(x, { training });
        assert.deepEqual(
          [code.shape, copy.shape, label.shape],
          [[3, codeSize], x.shape, [3, 1]],
        );
        const values = copy.dataSync();
        assert.ok(values.every((value) => Math.abs(value) <= 1));
        assert.ok(new Set(values).size > 100, "pixels must differ");
        assert.ok([...code.dataSync(), ...label.dataSync()].every((value) => value >= 0));
        assert.ok(code.dataSync().some((value) => value > 0));
      });
    }
    assert.equal(tf.memory().numTensors, before);
    x.dispose();
    net.parameters.dispose();
  });
}

Deno.test("buildSparseAutoencoder() refuses sides that cannot be halved four times", () => {
  assert.throws(() => buildSparseAutoencoder({ ...TINY, imageSize: 40, rng: rngOf(1) }), {
    name: "RangeError",
    message: "Cannot build an autoencoder for images of side 40: want a multiple of 16",
  });
});

Deno.test("sparseLoss() is its formula on a case solved by hand", () => {
  tf.tidy(() => {
    const output = {
      code: tf.tensor2d([[0, 4, 2, 2], [0, 0, 8, 0]]),
      copy: tf.tensor4d([0.5, -0.5], [2, 1, 1, 1]),
      label: tf.tensor2d([[0.25], [1]]),
    };
    const targets = {
      x: tf.tensor4d([1, -0.25], [2, 1, 1, 1]),
      labels: tf.tensor1d([0.75, 0.5]),
    };
    const loss = sparseLoss(output, targets, 0.125);
    // (0.25 + 0.0625) / 2; 16 / 8; (0.25 + 0.25) / 2.
    assert.equal(loss.image.dataSync()[0], 0.15625);
    assert.equal(loss.sparsity.dataSync()[0], 2);
    assert.equal(loss.label.dataSync()[0], 0.25);
    assert.equal(loss.total.dataSync()[0], 0.15625 + 0.125 * 2 + 0.25);
  });
});

Deno.test("sparseLoss() sends a finite gradient to every weight", () => {
  const net = buildSparseAutoencoder({ ...TINY, rng: rngOf(3) });
  // The label's last ReLU is lifted, so that it hides no slope.
  tf.tidy(() => net.parameters.trainable.get("label/output/bias")!.assign(tf.tensor1d([1])));
  const x = noise(16, 6);
  const labels = tf.tensor1d([0, 0.2, 0.4, 0.6, 0.8, 1]);
  const weights = [...net.parameters.trainable];
  const { value, grads } = tf.variableGrads(
    () => sparseLoss(net.forward(x, { training: true }), { x, labels }, 1e-3).total,
    weights.map(([, weight]) => weight),
  );
  for (const [name, weight] of weights) {
    const slopes = grads[weight.name]!.dataSync();
    assert.ok(slopes.every(Number.isFinite), `slope at ${name} is not finite`);
    // Biases before a batch normalisation move nothing, so theirs is rounding noise.
    assert.ok(slopes.some((slope) => slope !== 0) || name.endsWith("/bias"), `no slope at ${name}`);
  }
  tf.dispose([value, grads, x, labels]);
  net.parameters.dispose();
});

Deno.test("sparseLoss() has the slope of finite differences through the transposed convolution", () => {
  const net = buildSparseAutoencoder({ ...TINY, imageSize: 32, rng: rngOf(4) });
  const x = noise(32, 8);
  const labels = tf.tensor1d([0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1]);
  const weight = net.parameters.trainable.get("image/stage1/double/weight")!;
  const loss = () =>
    sparseLoss(net.forward(x, { training: true }), { x, labels }, 1e-3).total as tf.Scalar;
  const { value, grads } = tf.variableGrads(loss, [weight]);
  const slope = grads[weight.name]!;
  const direction = slope.div(tf.norm(slope));
  const along = (step: number) =>
    tf.tidy(() => {
      const start = weight.clone();
      weight.assign(start.add(direction.mul(step)));
      const moved = loss().dataSync()[0]!;
      weight.assign(start);
      return moved;
    });
  const wanted = tf.tidy(() => tf.norm(slope).dataSync()[0]!);
  const found = (along(1e-3) - along(-1e-3)) / 2e-3;
  assert.ok(Math.abs(found / wanted - 1) < 0.05, `slope ${found}, want ${wanted}`);
  tf.dispose([value, grads, direction, x, labels]);
  net.parameters.dispose();
});

Deno.test("autoencoderFeatures() is the code in inference mode and changes nothing", async () => {
  const net = buildSparseAutoencoder({ ...TINY, rng: rngOf(5) });
  const x = noise(16);
  const before = await snapshot(net.parameters);
  const features = autoencoderFeatures(net.encoder);
  assert.equal(features.size, 24);
  const found = tf.tidy(() => [...features.extract(x).dataSync()]);
  assert.deepEqual(found, tf.tidy(() => [...net.forward(x, INFERENCE).code.dataSync()]));
  assert.deepEqual(await snapshot(net.parameters), before);
  // The stored encoder by itself gives the same features.
  const alone = buildSparseEncoder({ ...TINY, rng: rngOf(6) });
  alone.parameters.write(await net.encoder.parameters.read());
  const again = tf.tidy(() => [...autoencoderFeatures(alone).extract(x).dataSync()]);
  assert.deepEqual(again, found);
  x.dispose();
  alone.parameters.dispose();
  net.parameters.dispose();
});
