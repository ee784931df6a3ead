import assert from "node:assert/strict";
import { INFERENCE } from "../../base/module.ts";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { shake } from "../../testing/diffusion.ts";
import {
  denoise,
  diffusion,
  diffusionGenerator,
  type DiffusionModel,
  type DiffusionOptions,
} from "./diffusion.ts";
import { preconditioning } from "./edm.ts";

const OPTIONS: DiffusionOptions = {
  conditionSize: 3,
  imageSize: 32,
  width: 1 / 64,
  blocks: 1,
  attention: [8],
  dropout: 0.1,
  sampling: { steps: 3, guidance: { weight: 1.5, rescaling: 0.7 } },
  rng: rngOf(1, "diffusion"),
};

/** A model whose weights say something. */
function model(changes: Partial<DiffusionOptions["sampling"]> = {}): DiffusionModel {
  const built = diffusion.build({ ...OPTIONS, sampling: { ...OPTIONS.sampling, ...changes } });
  shake(built.network.parameters);
  return built;
}

function latents(count: number): tf.Tensor2D {
  return tf.tensor2d(normalArray(count * 3072, rngOf(3)), [count, 3072]);
}

const oneHot = (labels: number[]): tf.Tensor2D =>
  tf.oneHot(tf.tensor1d(labels, "int32"), OPTIONS.conditionSize).cast("float32");

Deno.test("diffusion.build() gives a generator whose latent is the image's noise", () => {
  const { numTensors } = tf.memory();
  const { generator } = model();
  assert.equal(generator.latentSize, 3072);
  const atRest = tf.memory().numTensors;
  const images = tf.tidy(() => generator.forward(latents(2), oneHot([0, 2]), INFERENCE));
  assert.deepEqual(images.shape, [2, 32, 32, 3]);
  assert.ok(images.dataSync().every((value) => value >= -1 && value <= 1));
  images.dispose();
  assert.equal(tf.memory().numTensors, atRest);
  generator.parameters.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

for (const skipSigma of [undefined, 0.1]) {
  const own = `each image's own level, skip ${skipSigma ?? "of EDM"}`;
  Deno.test(`denoise() is c_skip x + c_out F(c_in x; c_noise) of ${own}`, () => {
    const { network } = model();
    tf.tidy(() => {
      const x = latents(2).reshape<tf.Tensor4D>([2, 32, 32, 3]);
      const condition = oneHot([0, 1]);
      const sigmas = [0.1, 7];
      const together = denoise({ network, skip: skipSigma }, { x, sigmas, condition })
        .dataSync();
      for (const [i, sigma] of sigmas.entries()) {
        const { skip, out, input, noise } = preconditioning(sigma, skipSigma);
        const own = tf.slice(x, [i], [1]);
        const raw = network.forward(
          own.mul(input),
          tf.tensor2d([noise], [1, 1]),
          tf.slice(condition, [i], [1]),
          INFERENCE,
        );
        const wanted = own.mul(skip).add(raw.mul(out)).dataSync();
        for (let k = 0; k < 3072; k++) {
          assert.ok(Math.abs(together[3072 * i + k]! - wanted[k]!) < 1e-4);
        }
      }
    });
    network.parameters.dispose();
  });
}

Deno.test("an image has the same bits wherever it stands in a batch of several passes", () => {
  const { generator } = model({ steps: 2 });
  tf.tidy(() => {
    // 300 images are three passes of 100.
    const count = 300;
    const latent = latents(count);
    const condition = oneHot(Array.from({ length: count }, (_, i) => i % 3));
    const straight = generator.forward(latent, condition, INFERENCE);
    const turned = generator.forward(tf.reverse(latent, 0), tf.reverse(condition, 0), INFERENCE);
    assert.deepEqual(tf.reverse(turned, 0).dataSync(), straight.dataSync());
  });
  generator.parameters.dispose();
});

Deno.test("passes have one size: images of a batch that they do not divide have bits of their own only", () => {
  const { generator } = model({ steps: 2 });
  tf.tidy(() => {
    // 131 images are two passes of 66, the second with a row that is thrown away.
    const latent = latents(131);
    const condition = oneHot(new Array(131).fill(1));
    const images = generator.forward(latent, condition, INFERENCE);
    assert.equal(images.shape[0], 131);
    const order = tf.tensor1d(Array.from({ length: 131 }, (_, i) => (i + 70) % 131), "int32");
    const moved = generator.forward(tf.gather(latent, order), condition, INFERENCE);
    assert.deepEqual(moved.dataSync(), tf.gather(images, order).dataSync());
  });
  generator.parameters.dispose();
});

Deno.test("guidance of weight 1 is the plain conditional model, of weight 0 ignores the condition", () => {
  const { network, generator: plain } = model({ guidance: { weight: 1, rescaling: 0.7 } });
  const bare = { steps: 3, guidance: { weight: 1 + 1e-12, rescaling: 0 } };
  tf.tidy(() => {
    const valuesOf = (generator: typeof plain, label: number) =>
      generator.forward(latents(2), oneHot([label, label]), INFERENCE).dataSync();
    // A weight that is not 1 takes the long way, and arrives at the same images.
    const long = valuesOf(diffusionGenerator({ network }, 32, bare), 0);
    const short = valuesOf(plain, 0);
    for (const [i, value] of short.entries()) assert.ok(Math.abs(value - long[i]!) < 1e-4);
    assert.notDeepEqual(valuesOf(plain, 1), short);
    const free = diffusionGenerator({ network }, 32, {
      steps: 3,
      guidance: { weight: 0, rescaling: 0 },
    });
    const [one, other] = [valuesOf(free, 0), valuesOf(free, 1)];
    for (const [i, value] of one.entries()) assert.ok(Math.abs(value - other[i]!) < 1e-4);
  });
  network.parameters.dispose();
});

Deno.test("memory does not grow with the number of sampling steps", () => {
  const peakOf = (steps: number): number => {
    const { network } = model();
    const { numBytes } = tf.memory();
    let peak = 0;
    const watched = {
      ...network,
      forward: (...inputs: Parameters<typeof network.forward>) => {
        peak = Math.max(peak, tf.memory().numBytes);
        return network.forward(...inputs);
      },
    };
    const generator = diffusionGenerator({ network: watched }, 32, { ...OPTIONS.sampling, steps });
    tf.tidy(() => void generator.forward(latents(2), oneHot([0, 1]), INFERENCE));
    network.parameters.dispose();
    return peak - numBytes;
  };
  assert.equal(peakOf(8), peakOf(3));
});

Deno.test("diffusionGenerator() refuses what no sampler can do", () => {
  const { network } = model();
  for (
    const sampling of [
      { steps: 1, guidance: { weight: 1, rescaling: 0 } },
      { steps: 4, guidance: { weight: NaN, rescaling: 0 } },
      { steps: 4, guidance: { weight: 1, rescaling: 1.5 } },
      {
        steps: 4,
        least: 0.5,
        guidance: { weight: 1, rescaling: 0 },
        variations: { noise: 0.4, neighbours: 1 },
      },
    ]
  ) {
    assert.throws(() => diffusionGenerator({ network }, 32, sampling), RangeError);
  }
  network.parameters.dispose();
});
