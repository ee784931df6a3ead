/** KTA: knowledge translation and adaptation, with affinity (He et al., CVPR 2019). */
import { Scope } from "../../base/module.ts";
import { group, integer, optional } from "../../base/options/options.ts";
import { lossWeight } from "../../base/options/training_options.ts";
import { tf } from "../../base/tf.ts";
import { batchNorm, conv2d } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { atCommonSides, flattenRows, unitRows } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import { factorChannels, paraphraserStage, trainedEncoder } from "./paraphraser.ts";
import { absolute } from "../../native/maps/absolute.ts";

/** Options of `kta`. */
export const KTA_OPTIONS = group("Options of KTA.", {
  ...featureEntries(50),
  affinity: optional(lossWeight("Weight of the affinity term, beside that of translation."), 1),
  translatorEpochs: optional(
    integer(
      "Epochs of the teacher's translator, before the student. Default: a thirtieth of the student's, as torchdistill's 1 of 30.",
      { to: 100_000, why: "no training has more epochs" },
    ),
  ),
});

/**
 * mean |u_s − u_t|, u a map flattened and at unit length for each image.
 *
 * @param student `[batch, h, w, channels]`.
 * @param teacher The same shape.
 */
export function translationLoss(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Scalar {
  return tf.mean(absolute(unitRows(flattenRows(student)).sub(unitRows(flattenRows(teacher)))));
}

/**
 * Mean over images of Σ over channels ‖û ûᵀ − v̂ v̂ᵀ‖_F / (h · w), û and v̂ the channel's maps at unit length over
 * their positions. Of unit vectors the norm is √(2 − 2 ⟨û, v̂⟩²), so no h · w by h · w matrix is made.
 *
 * @param student `[batch, h, w, channels]`.
 * @param teacher The same shape.
 */
export function affinityLoss(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Scalar {
  const channels = (map: tf.Tensor4D) => {
    const [batch, height, width, count] = map.shape;
    return unitRows(tf.transpose(map.reshape([batch, height * width, count]), [0, 2, 1]));
  };
  const [u, v] = [channels(student), channels(teacher)];
  const product = (a: tf.Tensor, b: tf.Tensor) => tf.square(tf.sum(a.mul(b), 2));
  const squared = product(u, u).add(product(v, v)).sub(product(u, v).mul(2));
  const [batch, height, width] = student.shape;
  return tf.sum(tf.sqrt(tf.maximum(squared, 1e-12))).div(batch * height * width);
}

/**
 * First a translator of the teacher's last map: the encoder of an autoencoder with batch norm and an L1 penalty of
 * 1e−7. Then CE + β · `translationLoss` + γ · `affinityLoss` between its factors and two 3 x 3 convolutions of the
 * student's last map, the first with batch norm and ReLU; β = 50, γ = 1. The larger map is pooled (ours).
 *
 * The method is one of semantic segmentation, where maps are those of the logits; weights and layers are
 * torchdistill's.
 */
export function kta(options: MethodOptions<typeof KTA_OPTIONS> = {}): Distiller {
  const own = settled(KTA_OPTIONS, options);
  const { affinity } = own;
  const name = "kta_translator";
  return featureDistiller({
    name: "kta",
    title: "KTA",
    taps: "after",
    reads: [name],
    before: [paraphraserStage({
      name,
      title: "KTA's translator",
      epochs: own.translatorEpochs,
      share: 1 / 30,
      norm: true,
      sparsity: 1e-7,
    })],
    prepare(context) {
      const { shapes, adapters, rng } = context;
      const [from, to] = [shapes.student.taps.at(-1)![2], shapes.teacher.taps.at(-1)![2]];
      const out = factorChannels(to);
      const root = new Scope(adapters, rng);
      const adapt = conv2d(root.at("adapter"), { in: from, out, kernel: 3 });
      const norm = batchNorm(root.at("adapter_norm"), { channels: out });
      const relate = conv2d(root.at("affinity"), { in: from, out, kernel: 3 });
      const { encode, parameters } = trainedEncoder(context, { name, from: to, norm: true });
      return {
        state: { encoder: parameters },
        loss(student, teacher, { mode }) {
          const map = student.taps.at(-1)!.post;
          const factors = encode(teacher.taps.at(-1)!.post);
          const adapted = atCommonSides(tf.relu(norm(adapt(map, mode), mode)), factors);
          const related = atCommonSides(relate(map, mode), factors);
          return {
            value: translationLoss(...adapted),
            more: { affinity: { weight: affinity, value: affinityLoss(...related) } },
          };
        },
      };
    },
  }, own);
}
