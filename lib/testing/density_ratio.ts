/** Small deterministic parts for the tests of this folder and of `synthesis/`. */
import { type Classification, imagesInMemory, type LabelledImages } from "../base/contracts.ts";
import { INFERENCE, normal, ParameterSet, Scope } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { Generator } from "../gan/gan.ts";
import type { Network } from "../networks/network.ts";
import type { FeatureExtractor } from "../density_ratio/features.ts";

/** Three classes of 4 x 4 images. */
export const TOY_TASK: Classification = {
  kind: "classification",
  classes: 3,
  classNames: ["ant", "bee", "cat"],
};
/** Side of the images. */
export const TOY_SIZE = 4;
const PIXELS = TOY_SIZE * TOY_SIZE * 3;

/** Uniform noise whose mean grows with the class. */
export function toyImages(count: number, seed = 1): LabelledImages {
  const rng = rngOf(seed, "toy images");
  const labels = Float32Array.from({ length: count }, (_, i) => i % 3);
  const bytes = new Uint8Array(count * PIXELS);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = 60 * labels[Math.floor(i / PIXELS)]! + rng.integer(100);
  }
  const shape = { height: TOY_SIZE, width: TOY_SIZE, channels: 3 };
  return { images: imagesInMemory(bytes, shape), labels, task: TOY_TASK, origin: "toy" };
}

/** tanh(z W + c V): latent of 5, one-hot classes. */
export function toyGenerator(seed = 2): Generator {
  const parameters = new ParameterSet();
  const scope = new Scope(parameters, rngOf(seed, "toy generator"));
  const onLatent = scope.weight<tf.Rank.R2>("latent", [5, PIXELS], normal(0.3));
  const onClass = scope.weight<tf.Rank.R2>("class", [3, PIXELS], normal(0.5));
  return {
    parameters,
    latentSize: 5,
    forward: (latent, condition) =>
      tf.tanh(
        tf.matMul(latent, onLatent as tf.Tensor2D).add(
          tf.matMul(condition, onClass as tf.Tensor2D),
        ),
      ).reshape([latent.shape[0], TOY_SIZE, TOY_SIZE, 3]),
  };
}

/** A dense layer on pixels, ReLU, dense logits; 8 features. */
export function toyNetwork(seed = 3, outputs = 3): Network {
  const parameters = new ParameterSet();
  const scope = new Scope(parameters, rngOf(seed, "toy network"));
  const hidden = scope.weight<tf.Rank.R2>("hidden", [PIXELS, 8], normal(0.3));
  const last = scope.weight<tf.Rank.R2>("last", [8, outputs], normal(0.5));
  return {
    name: "toy",
    parameters,
    forward(x) {
      const features = tf.relu(tf.matMul(x.reshape([-1, PIXELS]), hidden as tf.Tensor2D));
      return {
        features: features as tf.Tensor2D,
        output: tf.matMul(features, last as tf.Tensor2D) as tf.Tensor2D,
        taps: [],
      };
    },
  };
}

/** Features of a network on images in [−1, 1]. */
export function toyExtractor(network: Network): FeatureExtractor {
  return { size: 8, extract: (images) => network.forward(images, INFERENCE).features };
}

/** Every parameter, copied. */
export async function snapshot(parameters: ParameterSet): Promise<unknown> {
  return structuredClone(await parameters.read());
}
