/** VKD without a teacher: generators that learn from the student itself, or from it and a peer. */
import { tf } from "../../../base/tf.ts";
import { lossAndGradients, sgd, stepDecay } from "../../../base/training/optimisers.ts";
import { crossEntropy, type LossTerms, totalOf } from "../../../networks/supervised.ts";
import type { DistillContext, PreparedDistiller, RawBatch } from "../../distiller.ts";
import { warmUpClock } from "../../warm_up.ts";
import { imitation, type ImitationOptions } from "./imitation.ts";
import { softened } from "./teacher_stage.ts";
import { classesOf } from "../../shapes.ts";
import { virtualKd } from "./virtual_loss.ts";

/** How networks learn from generators that learn from them. */
export interface PeerOptions extends ImitationOptions {
  readonly temperature: number;
  /** r: weight of the labels. */
  readonly labels: number;
  /** a: weight of the virtual term at its full. */
  readonly weight: number;
  /** Epochs over which that weight grows from 0; see `warmUpClock`. */
  readonly warmUpEpochs?: number;
}

/** min(1, e / 20), so that a generator that knows nothing does no harm. */
function growthAt(batch: Pick<RawBatch, "step" | "steps" | "epoch">, warmUpEpochs?: number) {
  const { epoch, length } = warmUpClock(batch, warmUpEpochs);
  return length === 0 ? 1 : Math.min(1, epoch / length);
}

function lossOf(
  logits: tf.Tensor2D,
  virtual: tf.Tensor2D,
  { labels, weight, temperature, classes }: {
    labels: number;
    weight: number;
    temperature: number;
    classes: tf.Tensor1D;
  },
): LossTerms {
  return {
    crossEntropy: { weight: labels, value: crossEntropy(logits, classes) },
    virtual: { weight, value: virtualKd(logits, virtual, temperature) },
  };
}

/** Self-distillation: the generator imitates the student's own softened outputs, and the student learns from it. */
export function learnFromSelf(
  { train, rng }: DistillContext,
  { temperature, labels, weight, warmUpEpochs, ...options }: PeerOptions,
): PreparedDistiller {
  const own = imitation(classesOf(train), { ...options, rng });
  return {
    state: own.state,
    leaves: { generator: own.generator.parameters, means: own.means },
    loss({ output }, batch) {
      batch.keep("soft", softened(output, temperature));
      const virtual = own.generator.draw(batch.labels, batch.rng.child("virtual"));
      return lossOf(output, virtual.mul(temperature), {
        labels,
        weight: weight * growthAt(batch, warmUpEpochs),
        temperature,
        classes: batch.labels,
      });
    },
    afterStep({ labels, kept, rng }) {
      own.update(kept.soft as tf.Tensor2D, labels, rng.child("imitation"));
    },
  };
}

/**
 * Collaboration: student and peer have a generator each, which imitates its own network; each network learns from the
 * other's generator. The peer has the student's recipe and sees the same batches, with noise of its own.
 */
export function learnFromEachOther(
  { train, rng, peers, training }: DistillContext,
  { temperature, labels, weight, warmUpEpochs, ...options }: PeerOptions,
): PreparedDistiller {
  const classes = classesOf(train);
  const peer = peers[0]!;
  const own = imitation(classes, { ...options, rng: rng.child("own") });
  const other = imitation(classes, { ...options, rng: rng.child("peer"), role: "peer_" });
  const optimiser = sgd(peer.parameters, training);
  const rateOf = stepDecay(training.learningRate, training.milestones);
  const termsOf = (logits: tf.Tensor2D, virtual: tf.Tensor2D, batch: RawBatch) =>
    lossOf(logits, virtual.mul(temperature), {
      labels,
      weight: weight * growthAt(batch, warmUpEpochs),
      temperature,
      classes: batch.labels,
    });
  return {
    state: { ...own.state, ...other.state, peerSgd: optimiser.state },
    leaves: {
      generator: own.generator.parameters,
      means: own.means,
      peerGenerator: other.generator.parameters,
      peerMeans: other.means,
    },
    loss({ output }, batch) {
      batch.keep("soft", softened(output, temperature));
      const virtual = other.generator.draw(batch.labels, batch.rng.child("virtual"));
      return termsOf(output, virtual, batch);
    },
    afterStep(batch) {
      const { x, labels: classLabels, kept, rng, epoch } = batch;
      const draws = rng.child("peer");
      let soft: tf.Tensor2D | undefined;
      // Before the student's generator moves: both networks learn from generators of the same step.
      const { gradients } = lossAndGradients(peer.parameters, () => {
        const { output } = peer.forward(x, { ...batch.mode, rng: draws });
        soft = tf.keep(softened(output, temperature));
        const virtual = own.generator.draw(classLabels, draws.child("virtual"));
        return totalOf(termsOf(output, virtual, batch));
      });
      optimiser.apply(gradients, rateOf(epoch));
      own.update(kept.soft as tf.Tensor2D, classLabels, rng.child("imitation"));
      other.update(soft!, classLabels, draws.child("imitation"));
      soft!.dispose();
    },
  };
}
