/** CC: correlation congruence (Peng et al., ICCV 2019), in the form that its authors handed to RepDistiller. */
import { Scope } from "../../base/module.ts";
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import { linear } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";
import { absolute } from "../../native/maps/absolute.ts";

/** Options of `cc`. */
export const CC_OPTIONS = group("Options of CC.", featureEntries(0.02));

/** Entries of an embedding. */
const SIZE = 128;

/**
 * Mean over neighbours in the batch of Σ_d δ_i δ_(i+1), δ = |e_s − e_t|; 0 for a batch of one. Batches are shuffled,
 * so neighbours are any two images.
 *
 * @param student Embeddings `[batch, size]`.
 * @param teacher The same shape.
 */
export function correlationLoss(student: tf.Tensor2D, teacher: tf.Tensor2D): tf.Scalar {
  const [batch, size] = student.shape;
  if (batch === 1) return tf.sum(student).mul(0);
  const gaps = absolute(student.sub(teacher));
  const first = tf.slice(gaps, [0, 0], [batch - 1, size]);
  const next = tf.slice(gaps, [1, 0], [batch - 1, size]);
  return tf.sum(first.mul(next)).div(batch - 1);
}

/** CE + β · `correlationLoss` of the feature vectors, each through a trained dense layer to 128 entries; β = 0.02. */
export function cc(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "cc",
    title: "CC",
    taps: false,
    prepare({ shapes, adapters, rng }) {
      const root = new Scope(adapters, rng);
      const own = linear(root.at("student"), { in: shapes.student.features, out: SIZE });
      const other = linear(root.at("teacher"), { in: shapes.teacher.features, out: SIZE });
      return (student, teacher, { mode }) => ({
        value: correlationLoss(own(student.features, mode), other(teacher.features, mode)),
      });
    },
  }, settled(CC_OPTIONS, options));
}
