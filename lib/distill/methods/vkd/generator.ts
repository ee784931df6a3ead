/** VKD's virtual knowledge generator: softened outputs for a class, drawn from noise. */
import { ParameterSet, Scope } from "../../../base/module.ts";
import { normalArray, type Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { linear } from "../../../networks/layers.ts";
import { oneHot } from "../../losses.ts";

/** Numbers of noise for each draw. */
export const NOISE = 32;
/** Units of each of the two hidden layers, of generator and critic alike. */
const HIDDEN = 128;

/** Three dense layers with leaky ReLU (0.2) between them. */
export function threeLayers(
  scope: Scope,
  { from, to }: { from: number; to: number },
): (rows: tf.Tensor2D) => tf.Tensor2D {
  const sizes = [from, HIDDEN, HIDDEN, to];
  const layers = [0, 1, 2].map((i) =>
    linear(scope.at(`layer${i + 1}`), { in: sizes[i]!, out: sizes[i + 1]! })
  );
  return (rows) =>
    layers.reduce(
      (x, layer, i) => layer(i === 0 ? x : tf.leakyRelu(x, 0.2), { training: true }),
      rows,
    );
}

/** A generator with its weights. */
export interface VirtualKnowledge {
  readonly parameters: ParameterSet;
  /**
   * G(ξ, y), ξ ~ N(0, I): virtual logits g `[batch, classes]`. softmax(g) stands for a teacher's output softened at T,
   * and T · g for its logits, since softmax(T · g / T) = softmax(g).
   */
  draw(labels: tf.Tensor1D, rng: Rng): tf.Tensor2D;
}

/**
 * A fresh generator: noise and one-hot class to 128, 128 and `classes` units; 23,306 weights for ten classes.
 *
 * Ours: the paper's text was not at hand; its abstract says that the generator is conditioned on the class label and
 * imitates the teacher's softened distribution, so no image network is needed (method specification 6.6).
 */
export function virtualKnowledge(classes: number, rng: Rng): VirtualKnowledge {
  const parameters = new ParameterSet();
  const layers = threeLayers(new Scope(parameters, rng), { from: NOISE + classes, to: classes });
  return {
    parameters,
    draw(labels, draws) {
      const noise = tf.tensor2d(normalArray(labels.size * NOISE, draws), [labels.size, NOISE]);
      return layers(tf.concat([noise, oneHot(labels, classes)], 1));
    },
  };
}
