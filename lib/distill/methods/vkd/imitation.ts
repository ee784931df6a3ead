/** How a virtual knowledge generator learns a network's softened outputs, batch by batch. */
import type { TrainingState } from "../../../base/disk/checkpoint.ts";
import { constant, ParameterSet, Scope } from "../../../base/module.ts";
import type { Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { adam, lossAndGradients } from "../../../base/training/optimisers.ts";
import { oneHot } from "../../losses.ts";
import { LEAST_SHARE, threeLayers, type VirtualKnowledge, virtualKnowledge } from "./generator.ts";

/** How a generator imitates. */
export interface ImitationOptions {
  /** Weight of the critic's judgement in the generator's loss; without it (0) there is no critic's step. */
  readonly adversarial: number;
  /** λ_m: weight of KL(m_y ‖ Ḡ_y). */
  readonly moment: number;
  /** Adam's rate of generator and critic. */
  readonly generatorRate: number;
}

/** Share that a class mean keeps with each of its images. */
const DECAY = 0.99;
/** Draws that the generator's mean is taken over. */
const DRAWS = 8;

/** A generator that learns along with the network that it imitates. */
export interface Imitation {
  readonly generator: VirtualKnowledge;
  /** m_y: running mean of softened outputs of class y in row y, `[classes, classes]`; uniform at the start. */
  readonly means: ParameterSet;
  /** All that decides its next update; roles are those of a checkpoint. */
  readonly state: TrainingState;
  /**
   * One step of critic and generator on the imitated network's softened outputs; no gradient reaches that network.
   *
   * @param soft softmax(z / T) `[batch, classes]`.
   */
  update(soft: tf.Tensor2D, labels: tf.Tensor1D, rng: Rng): void;
}

/**
 * Critic: softplus(−D(p, y)) + softplus(D(G(ξ, y), y)). Generator: softplus(−D(G(ξ, y), y)) + λ_m · KL(m_y ‖ Ḡ_y), Ḡ_y
 * the mean of eight draws. Both means over the batch, both by Adam (β₁ = 0.5).
 *
 * Ours: the paper's text was not at hand (method specification 6.6). With the moment term alone the minimiser has
 * Ḡ_y = m_y.
 *
 * @param role In front of the names of the state.
 */
export function imitation(
  classes: number,
  { rng, role = "", ...options }: ImitationOptions & { rng: Rng; role?: string },
): Imitation {
  const generator = virtualKnowledge(classes, rng.child("generator"));
  const critic = new ParameterSet();
  const judge = threeLayers(new Scope(critic, rng.child("critic")), {
    from: 2 * classes,
    to: 1,
  });
  const means = new ParameterSet();
  const table = new Scope(means, rng).buffer<tf.Rank.R2>(
    "means",
    [classes, classes],
    constant(1 / classes),
  );
  const generatorAdam = adam(generator.parameters, { beta1: 0.5 });
  const criticAdam = adam(critic, { beta1: 0.5 });
  const score = (outputs: tf.Tensor2D, labels: tf.Tensor1D) =>
    judge(tf.concat([outputs, oneHot(labels, classes)], 1));
  const wanted = (scores: tf.Tensor2D) => tf.mean<tf.Scalar>(tf.softplus(scores.neg()));
  const hasCritic = options.adversarial > 0;

  const updateMeans = (soft: tf.Tensor2D, labels: tf.Tensor1D) => {
    const mask = oneHot(labels, classes);
    const counts = tf.sum(mask, 0).expandDims(1);
    const seen = tf.matMul(mask, soft, true).div(tf.maximum(counts, 1));
    // As if images came one by one: the old mean keeps 0.99 for each of the class.
    table.assign(table.add(tf.sub(1, tf.pow(DECAY, counts)).mul(seen.sub(table))));
    generator.startFrom(table);
  };
  const updateCritic = (soft: tf.Tensor2D, labels: tf.Tensor1D, draws: Rng) => {
    const virtual = tf.softmax(generator.draw(labels, draws));
    const { gradients } = lossAndGradients(
      critic,
      () => wanted(score(soft, labels)).add(wanted(score(virtual, labels).neg())),
    );
    criticAdam.apply(gradients, options.generatorRate);
  };
  const updateGenerator = (labels: tf.Tensor1D, draws: Rng) => {
    const targets = tf.gather(table, labels) as tf.Tensor2D;
    const { gradients } = lossAndGradients(generator.parameters, () => {
      const virtual = Array.from(
        { length: DRAWS },
        (_, i) => tf.softmax(generator.draw(labels, draws.child(i))),
      );
      const gap = meanKl(targets, tf.addN(virtual).div<tf.Tensor2D>(DRAWS));
      const moment = gap.mul<tf.Scalar>(options.moment);
      if (!hasCritic) return moment;
      const judged = wanted(score(virtual[0]!, labels)).mul<tf.Scalar>(options.adversarial);
      return judged.add<tf.Scalar>(moment);
    });
    generatorAdam.apply(gradients, options.generatorRate);
  };

  return {
    generator,
    means,
    state: {
      [`${role}generator`]: generator.parameters,
      [`${role}means`]: means,
      [`${role}generatorAdam`]: generatorAdam.state,
      [`${role}critic`]: critic,
      [`${role}criticAdam`]: criticAdam.state,
    },
    update(soft, labels, draws) {
      tf.tidy(() => {
        updateMeans(soft, labels);
        if (hasCritic) updateCritic(soft, labels, draws.child("critic noise"));
        updateGenerator(labels, draws.child("noise"));
      });
    },
  };
}

/** Mean over rows of Σ_c p (ln p − ln q), in nats; in the logarithms p and q are at least 1e−18. */
export function meanKl(p: tf.Tensor2D, q: tf.Tensor2D): tf.Scalar {
  const ratio = tf.maximum(p, LEAST_SHARE).div(tf.maximum(q, LEAST_SHARE));
  return tf.sum(p.mul(tf.log(ratio))).div(p.shape[0]);
}
