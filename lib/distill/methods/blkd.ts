/** BLKD: the student follows the teacher's softened outputs. */
import { crossEntropy, squaredError } from "../../networks/supervised.ts";
import { group, number, optional } from "../../base/options/options.ts";
import type { Distiller } from "../distiller.ts";
import { meanSquared, temperatureKd } from "../losses.ts";
import { type MethodOptions, settled, softening } from "../options.ts";

/** Options of `blkd`. */
export const BLKD_OPTIONS = group("Options of BLKD.", {
  alpha: optional(number("Weight of the teacher's term; labels have the rest.", "[0, 1]"), 0.5),
  temperature: optional(softening(), 5),
});

/** Options of `blkd`. */
export type BlkdOptions = MethodOptions<typeof BLKD_OPTIONS>;

/**
 * (1 − α) · CE(z_s, y) + α · T² · KL(softmax(z_t / T) ‖ softmax(z_s / T)).
 *
 * Source: Hinton, Vinyals and Dean 2015, with the constants of cGAN-KD (α = 0.5, T = 5). The reference
 * code averages the KL over images and classes ("elementMean", quirk Q1).
 *
 * For scalar labels, where temperature means nothing, ours is
 * (1 − α) · mean (ŷ − y)² + α · mean (ŷ − ŷ_t)².
 */
export function blkd(options: BlkdOptions = {}): Distiller {
  const { alpha, temperature, klReduction: reduction } = settled(BLKD_OPTIONS, options);
  return {
    name: "blkd",
    title: "BLKD",
    tasks: ["classification", "regression"],
    needs: { teacher: "frozen" },
    prepare: ({ train }) => {
      if (train.task.kind === "regression") {
        return {
          loss: ({ output }, { labels, teacher }) => ({
            squaredError: { weight: 1 - alpha, value: squaredError(output, labels) },
            kd: { weight: alpha, value: meanSquared(output, teacher!.output) },
          }),
        };
      }
      return {
        loss: ({ output }, { labels, teacher }) => ({
          crossEntropy: { weight: 1 - alpha, value: crossEntropy(output, labels) },
          kd: {
            weight: alpha,
            value: temperatureKd(output, teacher!.output, { temperature, reduction }),
          },
        }),
      };
    },
  };
}
