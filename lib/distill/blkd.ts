/** BLKD: the student follows the teacher's softened outputs. */
import { crossEntropy, squaredError } from "../networks/supervised.ts";
import type { Distiller, DistillerOptions } from "./distiller.ts";
import { meanSquared, temperatureKd } from "./losses.ts";

/** Options of `blkd`. */
export interface BlkdOptions extends DistillerOptions {
  /** Weight of the teacher's term; 0.5 unless said. */
  readonly alpha?: number;
  /** 5 unless said. */
  readonly temperature?: number;
}

/**
 * (1 − α) · CE(z_s, y) + α · T² · KL(softmax(z_t / T) ‖ softmax(z_s / T)).
 *
 * Source: Hinton, Vinyals and Dean 2015, with the constants of cGAN-KD (α = 0.5, T = 5). The reference
 * code averages the KL over images and classes ("elementMean", quirk Q1).
 *
 * For scalar labels, where temperature means nothing, ours is
 * (1 − α) · mean (ŷ − y)² + α · mean (ŷ − ŷ_t)².
 *
 * @throws {RangeError} α is not in [0, 1].
 */
export function blkd(options: BlkdOptions = {}): Distiller {
  const { alpha = 0.5, temperature = 5, klReduction: reduction = "batchMean" } = options;
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new RangeError(`Cannot weigh the teacher's term: found alpha ${alpha}, want 0 … 1`);
  }
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
