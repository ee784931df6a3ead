/** LSKD: temperature KD on standardised logits (Sun et al., CVPR 2024). */
import { group, optional } from "../../base/options/options.ts";
import { lossWeight } from "../../base/options/training_options.ts";
import { tf } from "../../base/tf.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import type { Distiller } from "../distiller.ts";
import { temperatureKd } from "../losses.ts";
import { type MethodOptions, settled, softening } from "../options.ts";

/** Options of `lsKd`. */
export const LS_KD_OPTIONS = group("Options of LSKD.", {
  labels: optional(lossWeight("Weight of the labels."), 0.1),
  weight: optional(lossWeight("Weight of the teacher's term."), 9),
  temperature: optional(softening(), 2),
});

/**
 * (z − mean) / (σ + 1e−7) of every row, σ with K − 1 in the denominator. The floor of 1e−14 below the root keeps the
 * gradient finite where all logits are equal.
 *
 * @param logits `[batch, classes]`.
 */
export function standardised(logits: tf.Tensor2D): tf.Tensor2D {
  const centred = logits.sub<tf.Tensor2D>(tf.mean(logits, 1, true));
  const variance = tf.sum(tf.square(centred), 1, true).div(Math.max(1, logits.shape[1] - 1));
  return centred.div(tf.sqrt(tf.maximum(variance, 1e-14)).add(1e-7));
}

/** 0.1 · CE + 9 · T² · KL(softmax(s(z_t) / T) ‖ softmax(s(z_s) / T)), s is `standardised`; T = 2. */
export function lsKd(options: MethodOptions<typeof LS_KD_OPTIONS> = {}): Distiller {
  const own = settled(LS_KD_OPTIONS, options);
  const { labels: labelWeight, weight, temperature, klReduction: reduction } = own;
  return {
    name: "ls_kd",
    title: "LSKD",
    tasks: ["classification"],
    needs: { teacher: "frozen" },
    prepare: () => ({
      loss: ({ output }, { labels, teacher }) => ({
        crossEntropy: { weight: labelWeight, value: crossEntropy(output, labels) },
        kd: {
          weight,
          value: temperatureKd(standardised(output), standardised(teacher!.output), {
            temperature,
            reduction,
          }),
        },
      }),
    }),
  };
}
