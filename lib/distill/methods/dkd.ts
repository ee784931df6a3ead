/** DKD: decoupled distillation (Zhao et al., CVPR 2022). */
import { tf } from "../../base/tf.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import { group, optional } from "../../base/options/options.ts";
import { lossWeight } from "../../base/options/training_options.ts";
import type { Distiller } from "../distiller.ts";
import { temperatureKd } from "../losses.ts";
import { type MethodOptions, settled, softening } from "../options.ts";
import { warmUpClock, warmUpOption } from "../warm_up.ts";

/**
 * The two halves of temperature KD: the target class against the rest (TCKD), and the other classes among
 * themselves (NCKD). Each is T² times a KL, mean over the batch.
 *
 * @param student Logits `[batch, classes]`.
 * @param teacher Logits `[batch, classes]`; constants.
 * @param at `labels`: `[batch]` int32.
 */
export function decoupledKd(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { labels, temperature }: { labels: tf.Tensor1D; temperature: number },
): { target: tf.Scalar; others: tf.Scalar } {
  const isTarget = tf.oneHot(labels, student.shape[1]).cast("float32") as tf.Tensor2D;
  // Far enough below every logit to leave exp(·) = 0, near enough to stay finite.
  const mask = isTarget.mul(1000);
  const pair = (logits: tf.Tensor2D) => {
    const soft = logits.div<tf.Tensor2D>(temperature);
    const target = tf.sum(soft.mul(isTarget), 1, true);
    const rest = tf.logSumExp(soft.sub(mask), 1, true);
    return tf.concat([target, rest], 1) as tf.Tensor2D;
  };
  const others = (logits: tf.Tensor2D) => logits.div<tf.Tensor2D>(temperature).sub(mask);
  const scale = temperature ** 2;
  const kl = (s: tf.Tensor, t: tf.Tensor) =>
    temperatureKd(s as tf.Tensor2D, t as tf.Tensor2D, { temperature: 1 }).mul<tf.Scalar>(scale);
  return { target: kl(pair(student), pair(teacher)), others: kl(others(student), others(teacher)) };
}

/** Options of `dkd`. */
export const DKD_OPTIONS = group("Options of DKD.", {
  alpha: optional(lossWeight("Weight of the target half."), 1),
  beta: optional(lossWeight("Weight of the other half."), 8),
  temperature: optional(softening(), 4),
  warmUpEpochs: warmUpOption("Epochs over which both weights grow to full."),
});

/** Options of `dkd`. */
export type DkdOptions = MethodOptions<typeof DKD_OPTIONS>;

/**
 * CE + min((e + 1) / 20, 1) · (α · TCKD + β · NCKD), e counted from 0 in a training of 240 epochs (see `warmUpClock`);
 * α = 1, β = 8, T = 4.
 */
export function dkd(options: DkdOptions = {}): Distiller {
  const { alpha, beta, temperature, warmUpEpochs } = settled(DKD_OPTIONS, options);
  return {
    name: "dkd",
    title: "DKD",
    tasks: ["classification"],
    needs: { teacher: "frozen" },
    lengths: { warmUpEpochs },
    // 2: the warm-up is a share of the training.
    codeVersion: 2,
    prepare: () => ({
      loss({ output }, batch) {
        const { labels, teacher } = batch;
        const { target, others } = decoupledKd(output, teacher!.output, { labels, temperature });
        const { epoch, length } = warmUpClock(batch, warmUpEpochs);
        const growth = Math.min((epoch + 1) / length, 1);
        return {
          crossEntropy: { weight: 1, value: crossEntropy(output, labels) },
          targetKd: { weight: growth * alpha, value: target },
          othersKd: { weight: growth * beta, value: others },
        };
      },
    }),
  };
}
