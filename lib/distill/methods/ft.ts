/** FT: factor transfer (Kim, Park and Kwak, NeurIPS 2018). */
import { Scope } from "../../base/module.ts";
import { group, integer, optional } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { atCommonSides, channelEnergy, flattenRows, unitRows } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import { factorChannels, factorLayers, paraphraserStage, trainedEncoder } from "./paraphraser.ts";
import { absolute } from "../../native/maps/absolute.ts";

/** Options of `ft`. */
export const FT_OPTIONS = group("Options of FT.", {
  ...featureEntries(200),
  paraphraserEpochs: optional(
    integer(
      "Epochs of the teacher's paraphraser, before the student. Default: an eighth of the student's, as 30 of the papers' 240.",
      { to: 100_000, why: "no training has more epochs" },
    ),
  ),
});

/**
 * mean |q_s − q_t|, q the channel mean of squared factors, flattened and at unit length for each image; the larger
 * map is pooled to the smaller one. At most √(2 / (h · w)).
 *
 * @param student Factors `[batch, h, w, channels]`.
 * @param teacher The same with sides and channels of its own.
 */
export function factorLoss(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Scalar {
  const [s, t] = atCommonSides(student, teacher).map((map) =>
    unitRows(flattenRows(channelEnergy(map)))
  );
  return tf.mean(absolute(s!.sub(t!)));
}

/**
 * First a paraphraser of the teacher's last map; then CE + β · `factorLoss` between the teacher's factors and those
 * of a translator on the student's last map (the same layers with batch norm, trained with the student); β = 200.
 */
export function ft(options: MethodOptions<typeof FT_OPTIONS> = {}): Distiller {
  const own = settled(FT_OPTIONS, options);
  const name = "ft_paraphraser";
  return featureDistiller({
    name: "ft",
    title: "FT",
    taps: "after",
    reads: [name],
    before: [paraphraserStage({
      name,
      title: "FT's paraphraser",
      epochs: own.paraphraserEpochs,
      share: 30 / 240,
      norm: false,
      sparsity: 0,
    })],
    prepare(context) {
      const { shapes, adapters, rng } = context;
      const [from, to] = [shapes.student.taps.at(-1)![2], shapes.teacher.taps.at(-1)![2]];
      const half = factorChannels(to);
      const translate = factorLayers(new Scope(adapters, rng), [from, from, half, half], {
        norm: true,
      });
      const { encode, parameters } = trainedEncoder(context, { name, from: to, norm: false });
      return {
        state: { encoder: parameters },
        loss: (student, teacher, { mode }) => ({
          value: factorLoss(
            translate(student.taps.at(-1)!.post, mode),
            encode(teacher.taps.at(-1)!.post),
          ),
        }),
      };
    },
  }, own);
}
