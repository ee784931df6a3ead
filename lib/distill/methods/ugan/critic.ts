/** UGAN's critic: whether an image is real and of its class. */
import { ParameterSet, Scope } from "../../../base/module.ts";
import type { Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { conv2d, linear } from "../../../networks/layers.ts";
import { oneHot } from "../../losses.ts";

/** A critic with its weights. */
export interface Critic {
  readonly parameters: ParameterSet;
  /** Scores of images with their classes, `[batch, 1]`; above 0 leans to real. */
  judge(images: tf.Tensor4D, labels: tf.Tensor1D): tf.Tensor2D;
}

/**
 * Two 3 x 3 convolutions of stride 2 with leaky ReLU (0.2), mean over positions: h. The score is a dense layer of h plus
 * ⟨dense layer of the class, h⟩ (a projection discriminator).
 */
export function imageCritic(
  { channels, width, classes, rng }: {
    channels: number;
    width: number;
    classes: number;
    rng: Rng;
  },
): Critic {
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng);
  const mode = { training: true };
  const convs = [channels, width].map((input, i) =>
    conv2d(root.at(`conv${i + 1}`), { in: input, out: (i + 1) * width, kernel: 3, stride: 2 })
  );
  const score = linear(root.at("score"), { in: 2 * width, out: 1 });
  const embed = linear(root.at("class"), { in: classes, out: 2 * width, bias: false });
  return {
    parameters,
    judge(images, labels) {
      const map = convs.reduce((x, conv) => tf.leakyRelu(conv(x, mode), 0.2), images);
      const h = tf.mean(map, [1, 2]) as tf.Tensor2D;
      const match = tf.sum(embed(oneHot(labels, classes), mode).mul(h), 1, true);
      return score(h, mode).add(match);
    },
  };
}
