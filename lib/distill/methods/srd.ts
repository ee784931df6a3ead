/** SRD: a projector, batch norm and a soft maximum of the distance (Miles and Mikolajczyk, AAAI 2024). */
import { Scope } from "../../base/module.ts";
import { group, number, optional } from "../../base/options/options.ts";
import { lossWeight } from "../../base/options/training_options.ts";
import { tf } from "../../base/tf.ts";
import { linear } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { temperatureKd } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import { absolute } from "../../native/maps/absolute.ts";

/** Options of `srd`. */
export const SRD_OPTIONS = group("Options of SRD.", {
  ...featureEntries(2),
  exponent: optional(
    number("Power of the distance of every entry.", "[1, 8]", "float32 overflows"),
    4,
  ),
  outputs: optional(lossWeight("Weight of KL of the outputs (T = 1); classes only."), 1),
});

/** (x − mean) / √(variance + 1e−4) of every column over the batch: batch norm without scale and shift. */
function standardisedColumns(rows: tf.Tensor2D): tf.Tensor2D {
  const { mean, variance } = tf.moments(rows, 0, true);
  return rows.sub(mean).div(tf.sqrt(variance.add(1e-4)));
}

/**
 * ln Σ |n(s) − n(t)|^exponent over batch and entries; n standardises every entry over the batch. Sums below 1e−12
 * count as that, without a gradient: equal features have no logarithm.
 *
 * @param student Projected features `[batch, size]`.
 * @param teacher The same shape.
 */
export function softMaximumLoss(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  exponent: number,
): tf.Scalar {
  const gap = absolute(standardisedColumns(student).sub(standardisedColumns(teacher)));
  return tf.log(tf.maximum(tf.sum(tf.pow(gap, exponent)), 1e-12));
}

/**
 * CE + β · `softMaximumLoss` of the feature vectors, the student's through a trained dense layer, + KL of the outputs;
 * β = 2, exponent 4. Scalar labels have no softmax, so the last term is left out there.
 */
export function srd(options: MethodOptions<typeof SRD_OPTIONS> = {}): Distiller {
  const own = settled(SRD_OPTIONS, options);
  const { exponent, outputs, klReduction: reduction } = own;
  return featureDistiller({
    name: "srd",
    title: "SRD",
    taps: false,
    prepare({ shapes, adapters, rng, train }) {
      const project = linear(new Scope(adapters, rng), {
        in: shapes.student.features,
        out: shapes.teacher.features,
      });
      const hasClasses = train.task.kind === "classification";
      return (student, teacher, { mode }) => ({
        value: softMaximumLoss(project(student.features, mode), teacher.features, exponent),
        ...(hasClasses && outputs > 0 && {
          more: {
            outputs: {
              weight: outputs,
              value: temperatureKd(student.output, teacher.output, { temperature: 1, reduction }),
            },
          },
        }),
      });
    },
  }, own);
}
