/** What tests of GANs that are conditioned on classes share. */
import assert from "node:assert/strict";
import type { Mode } from "../base/module.ts";
import { normalArray, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { GanPair } from "../gan/gan.ts";

/** Classes of the networks under test. */
export const CLASSES = 3;

/** Statistics of the batch, and a power iteration. */
export const TRAINING: Mode = { training: true };

/** Frees both networks. */
export function dispose({ generator, discriminator }: GanPair): void {
  generator.parameters.dispose();
  discriminator.parameters.dispose();
}

/** One-hot rows. */
export const conditionOf = (labels: number[]): tf.Tensor2D =>
  tf.oneHot(tf.tensor1d(labels, "int32"), CLASSES).cast<tf.Tensor2D>("float32");

/** Normal draws, the same for the same name. */
export function noise<R extends tf.Rank>(name: string, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const size = (shape as number[]).reduce((a, b) => a * b);
  return tf.tensor1d(normalArray(size, rngOf(2, name))).reshape<tf.Tensor<R>>(shape);
}

/** Latents for a generator. */
export const latentsOf = (
  { generator }: GanPair,
  batch: number,
  name = "z",
): tf.Tensor2D => noise<tf.Rank.R2>(name, [batch, generator.latentSize]);

/** Some training forwards, so that statistics and power iterations are not at their start. */
export function warmUp(pair: GanPair): void {
  tf.tidy(() => {
    for (let i = 0; i < 3; i++) {
      const condition = conditionOf([0, 1, 2, 1]);
      const fake = pair.generator.forward(latentsOf(pair, 4, `warm ${i}`), condition, TRAINING);
      pair.discriminator.forward(fake, condition, TRAINING);
    }
  });
}

/** Greatest difference over the greatest value of b. */
export function distance(a: tf.Tensor, b: tf.Tensor): number {
  assert.deepEqual(a.shape, b.shape);
  return tf.tidy(() => tf.max(tf.abs(a.sub(b))).div(tf.max(tf.abs(b))).dataSync()[0]!);
}
