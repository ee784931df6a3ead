/** Introspective learning by online self-explanation (Gu, Wu and Tresp, ACCV 2020, arXiv 2009.09140). */
import { group, number, optional } from "../../base/options/options.ts";
import { lossWeight } from "../../base/options/training_options.ts";
import { tf } from "../../base/tf.ts";
import type { Network } from "../../networks/network.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import type { Distiller } from "../distiller.ts";
import { detached, oneHot } from "../losses.ts";
import { type MethodOptions, settled } from "../options.ts";
import { classesOf, shapesOf } from "../shapes.ts";
import { warmUpClock, warmUpOption } from "../warm_up.ts";

/** Options of `introspective`. */
export const INTROSPECTIVE_OPTIONS = group("Options of introspective learning.", {
  weight: optional(lossWeight("λ: weight of the term that follows the explanations."), 1),
  share: optional(number("ε: share of a target that other classes have.", "[0, 1)"), 0.1),
  temperature: optional(
    number("τ: temperature of the similarities.", "[0.01, 100]", "all classes are equally alike"),
    0.3,
  ),
  warmUpEpochs: warmUpOption("Epochs over which that term grows to full."),
});

/**
 * CE(z, y) + λ(e) · KL(q ‖ softmax(z)), q = `explainedTarget`: a student learns how alike classes are from what it finds
 * in each image for each of them, without a teacher. λ grows from 0 to 1 over the first twelfth of the training.
 *
 * Read: the abstract, which says that responses in other classes and the similarity of classes are what helps in
 * distillation, and that a network's explanations of its own answers give both. Ours: explanation, target and weights
 * (method specification G.6). The explanation of a class is what each entry of the feature vector adds to its logit;
 * the specification's map over positions is not there for networks whose last layers are not a plain mean and a dense
 * one.
 */
export function introspective(
  options: MethodOptions<typeof INTROSPECTIVE_OPTIONS> = {},
): Distiller {
  const { weight, share, temperature, warmUpEpochs } = settled(INTROSPECTIVE_OPTIONS, options);
  return {
    name: "introspective",
    title: "Introspective",
    tasks: ["classification"],
    needs: { teacher: "none" },
    lengths: { warmUpEpochs },
    deviations: [
      "Introspective learning by our reading of its abstract, as the paper's text was not at hand: explanations, target " +
      "and constants are ours",
    ],
    prepare({ student, train }) {
      const classes = classesOf(train);
      const classifier = classifierOf(student, {
        features: shapesOf(student, train).features,
        classes,
      });
      return {
        loss({ output, features }, batch) {
          const { labels } = batch;
          const { epoch, length } = warmUpClock(batch, warmUpEpochs);
          const growth = length === 0 ? 1 : Math.min(1, epoch / length);
          const target = explainedTarget(detached(features), detached(classifier), {
            labels,
            share,
            temperature,
          });
          return {
            crossEntropy: { weight: 1, value: crossEntropy(output, labels) },
            explained: { weight: weight * growth, value: klFrom(target, output) },
          };
        },
      };
    },
  };
}

/** What a target is made with. */
export interface ExplanationOptions {
  readonly labels: tf.Tensor1D;
  /** ε. */
  readonly share: number;
  /** τ. */
  readonly temperature: number;
}

/**
 * q = (1 − ε) · onehot(y) + ε · softmax over the other classes c of cos(E_y, E_c) / τ. E_c = w_c ⊙ f is what each of the
 * features f adds to the logit of class c.
 *
 * @param features `[batch, features]`.
 * @param classifier Weights of the last layer, `[features, classes]`.
 * @returns `[batch, classes]`; rows sum to 1.
 */
export function explainedTarget(
  features: tf.Tensor2D,
  classifier: tf.Tensor2D,
  { labels, share, temperature }: ExplanationOptions,
): tf.Tensor2D {
  const own = oneHot(labels, classifier.shape[1]);
  const squared = tf.square(features);
  // ⟨w_y ⊙ f, w_c ⊙ f⟩ for all classes at once.
  const products = tf.matMul(squared.mul(tf.matMul(own, classifier, false, true)), classifier);
  const lengths = tf.sqrt(tf.matMul(squared, tf.square(classifier)));
  const length = tf.sum(lengths.mul(own), 1, true);
  const cosines = products.div(tf.maximum(lengths.mul(length), 1e-12));
  const others = tf.softmax(cosines.div(temperature).sub<tf.Tensor2D>(own.mul(1e9)));
  return own.mul(1 - share).add(others.mul(share));
}

/** Mean over rows of KL(q ‖ softmax(z)), in nats; 0 · ln 0 is 0. */
export function klFrom(target: tf.Tensor2D, logits: tf.Tensor2D): tf.Scalar {
  const entropy = target.mul(tf.log(tf.maximum(target, 1e-30)));
  return tf.sum(entropy.sub(target.mul(tf.logSoftmax(logits)))).div(logits.shape[0]);
}

/** The weights of the last dense layer, `[features, classes]`. */
function classifierOf(
  network: Network,
  { features, classes }: { features: number; classes: number },
): tf.Tensor2D {
  const found = [...network.parameters.trainable.values()].filter(({ shape }) =>
    shape.length === 2 && shape[0] === features && shape[1] === classes
  );
  if (found.length === 0) {
    throw new RangeError(
      `Cannot distil with "introspective": found no layer from ${features} features to ${classes} classes in ` +
        `"${network.name}", want a network that ends in one`,
    );
  }
  return found.at(-1) as unknown as tf.Tensor2D;
}
