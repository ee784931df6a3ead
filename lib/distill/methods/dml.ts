/** DML: students that learn from labels and from each other, without a teacher (Zhang et al., CVPR 2018). */
import { furtherPass } from "../../base/module.ts";
import { group, integer, optional } from "../../base/options/options.ts";
import { lossWeight } from "../../base/options/training_options.ts";
import { tf } from "../../base/tf.ts";
import { lossAndGradients, sgd, stepDecay } from "../../base/training/optimisers.ts";
import {
  type LossTerms,
  ordinaryLoss,
  totalOf,
  type TrainingBatch,
} from "../../networks/supervised.ts";
import type { Network, NetworkOutput } from "../../networks/network.ts";
import type { Distiller } from "../distiller.ts";
import { meanSquared, temperatureKd } from "../losses.ts";
import { type MethodOptions, settled } from "../options.ts";

/** Options of `dml`. */
export const DML_OPTIONS = group("Options of DML.", {
  weight: optional(lossWeight("Weight of the term that ties a student to the others."), 1),
  peers: optional(
    integer("Students beside the one that is reported.", {
      to: 7,
      why: "each takes as long as the student",
    }),
    1,
  ),
});

/**
 * For each of K students CE + mean over the others of KL(p_other ‖ p_own), T = 1; for scalar labels, ours, the squared
 * error and mean (ŷ_own − ŷ_other)². All are of the student's kind, from weights of their own, on the same batches.
 *
 * The first of them, the one that is reported, is updated on the others' outputs, then each of the others on the
 * outputs before any update of the step. Peers run twice a step, once to be followed and once to learn, so the
 * averages of their batch norm move twice. Both are one pass in the method, so a peer drops the same entries in both,
 * and other ones than the student.
 */
export function dml(options: MethodOptions<typeof DML_OPTIONS> = {}): Distiller {
  const { weight, peers: count, klReduction: reduction } = settled(DML_OPTIONS, options);
  return {
    name: "dml",
    title: "DML",
    tasks: ["classification", "regression"],
    // 2: each student drops entries of its own.
    codeVersion: 2,
    needs: { teacher: "none", peers: Array.from({ length: count }, () => "student" as const) },
    prepare({ peers, train, training }) {
      const isClassifier = train.task.kind === "classification";
      const gap = (own: tf.Tensor2D, other: tf.Tensor2D) =>
        isClassifier
          ? temperatureKd(own, other, { temperature: 1, reduction })
          : meanSquared(own, other);
      const termsOf = (
        own: NetworkOutput,
        batch: TrainingBatch,
        others: readonly tf.Tensor2D[],
      ): LossTerms => {
        const gaps = others.map((other) => gap(own.output, other));
        const value = tf.addN(gaps).div<tf.Scalar>(gaps.length);
        return { ...ordinaryLoss(own, batch), mutual: { weight, value } };
      };
      const optimisers = peers.map(({ parameters }) => sgd(parameters, training));
      const rateOf = stepDecay(training.learningRate, training.milestones);
      return {
        state: Object.fromEntries(optimisers.map(({ state }, i) => [`sgd${i + 1}`, state])),
        beforeStep: (batch) => ({
          ...batch,
          extras: {
            ...batch.extras,
            ...Object.fromEntries(
              peers.map((peer, i) => [`peer${i + 1}`, passOf(peer, i, batch).output]),
            ),
          },
        }),
        loss(student, batch) {
          batch.keep("student", student.output);
          return termsOf(student, batch, peers.map((_, i) => outputOf(batch.extras, i)));
        },
        afterStep(batch) {
          const before = [
            batch.kept.student as tf.Tensor2D,
            ...peers.map((_, i) => outputOf(batch.extras, i)),
          ];
          for (const [i, peer] of peers.entries()) {
            const others = before.filter((_, place) => place !== i + 1);
            const { gradients } = lossAndGradients(
              peer.parameters,
              () => totalOf(termsOf(passOf(peer, i, batch), batch, others)),
            );
            optimisers[i]!.apply(gradients, rateOf(batch.epoch));
          }
        },
      };
    },
  };
}

/** A peer's pass, the same whenever it is asked for within a step. */
function passOf(peer: Network, place: number, { x, mode }: TrainingBatch): NetworkOutput {
  return peer.forward(x, furtherPass(mode, `peer ${place + 1}`));
}

function outputOf(extras: Readonly<Record<string, tf.Tensor>>, peer: number): tf.Tensor2D {
  return extras[`peer${peer + 1}`] as tf.Tensor2D;
}
