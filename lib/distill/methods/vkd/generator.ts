/** VKD's virtual knowledge generator: softened outputs for a class, drawn from noise. */
import { constant, ParameterSet, Scope } from "../../../base/module.ts";
import { normalArray, type Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { linear } from "../../../networks/layers.ts";
import { oneHot } from "../../losses.ts";

/** Numbers of noise for each draw. */
const NOISE = 32;
/** Units of each of the two hidden layers, of generator and critic alike. */
const HIDDEN = 128;

/**
 * Least share of a class: at a low temperature outputs are so sure that others are 0 in float32, which has no logarithm.
 * Squares of it, which gradients of a quotient have, are above 0 still.
 */
export const LEAST_SHARE = 1e-18;

/** Three dense layers with leaky ReLU (0.2) between them; `startsAt0`: they give 0 until they have learnt. */
export function threeLayers(
  scope: Scope,
  { from, to, startsAt0 = false }: { from: number; to: number; startsAt0?: boolean },
): (rows: tf.Tensor2D) => tf.Tensor2D {
  const sizes = [from, HIDDEN, HIDDEN, to];
  const zeros = { weightInit: constant(0), biasInit: constant(0) };
  const layers = [0, 1, 2].map((i) =>
    linear(scope.at(`layer${i + 1}`), {
      in: sizes[i]!,
      out: sizes[i + 1]!,
      ...(startsAt0 && i === 2 && zeros),
    })
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
  /** Takes the mean softened outputs of each class, `[classes, classes]`, as what it adds to. */
  startFrom(means: tf.Tensor2D): void;
}

/**
 * A fresh generator: noise and one-hot class to 128, 128 and `classes` units, which are added to the logarithms of the
 * class's mean output; 23,306 weights for ten classes. The last layer starts at 0, so that the generator is the table
 * of class means until it has learnt more: after a training of any length it is no worse. Without that, an Adam rate of
 * 2e−4 left it at nearly equal classes for the first thousand steps, and a student of a short training with it.
 *
 * Ours: the paper's text was not at hand; its abstract says that the generator is conditioned on the class label and
 * imitates the teacher's softened distribution, so no image network is needed (method specification 6.6).
 */
export function virtualKnowledge(classes: number, rng: Rng): VirtualKnowledge {
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng);
  const layers = threeLayers(root, { from: NOISE + classes, to: classes, startsAt0: true });
  const base = root.buffer<tf.Rank.R2>("log_means", [classes, classes], constant(0));
  return {
    parameters,
    draw(labels, draws) {
      const noise = tf.tensor2d(normalArray(labels.size * NOISE, draws), [labels.size, NOISE]);
      const more = layers(tf.concat([noise, oneHot(labels, classes)], 1));
      return more.add(tf.gather(base, labels));
    },
    startFrom(means) {
      tf.tidy(() => base.assign(tf.log(tf.maximum(means, LEAST_SHARE))));
    },
  };
}
