/** DIST: the student keeps the teacher's correlations, not its values (Huang et al., NeurIPS 2022). */
import { group, optional } from "../../base/options/options.ts";
import { lossWeight } from "../../base/options/training_options.ts";
import { tf } from "../../base/tf.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import type { Distiller } from "../distiller.ts";
import { unitRows } from "../losses.ts";
import { type MethodOptions, settled, softening } from "../options.ts";

/** Options of `dist`. */
export const DIST_OPTIONS = group("Options of DIST.", {
  beta: optional(lossWeight("β: weight of the relation between classes of an image."), 1),
  gamma: optional(lossWeight("γ: weight of the relation between images of a class."), 1),
  temperature: optional(softening(), 4),
});

/**
 * Mean over rows of 1 − Pearson's correlation; a row without variance counts as 1.
 *
 * @param student `[rows, columns]`.
 * @param teacher The same shape; constants.
 */
export function correlationGap(student: tf.Tensor2D, teacher: tf.Tensor2D): tf.Scalar {
  const centred = (rows: tf.Tensor2D) => unitRows(rows.sub<tf.Tensor2D>(tf.mean(rows, 1, true)));
  const correlations = tf.sum(centred(student).mul(centred(teacher)), 1);
  return tf.sub(1, tf.mean(correlations));
}

/**
 * CE + β · T² · `correlationGap` of the rows of softmax(z / T) + γ · T² · the same of its columns; β = γ = 1, T = 4
 * (for CIFAR-100; 1 for ImageNet).
 */
export function dist(options: MethodOptions<typeof DIST_OPTIONS> = {}): Distiller {
  const { beta, gamma, temperature } = settled(DIST_OPTIONS, options);
  return {
    name: "dist",
    title: "DIST",
    tasks: ["classification"],
    needs: { teacher: "frozen" },
    prepare: () => ({
      loss({ output }, { labels, teacher }) {
        const soft = (logits: tf.Tensor2D) => tf.softmax(logits.div<tf.Tensor2D>(temperature));
        const [s, t] = [soft(output), soft(teacher!.output)];
        const scale = temperature ** 2;
        return {
          crossEntropy: { weight: 1, value: crossEntropy(output, labels) },
          betweenClasses: { weight: beta * scale, value: correlationGap(s, t) },
          withinClasses: {
            weight: gamma * scale,
            value: correlationGap(tf.transpose(s), tf.transpose(t)),
          },
        };
      },
    }),
  };
}
