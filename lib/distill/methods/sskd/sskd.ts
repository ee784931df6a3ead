/** SSKD: self-supervision as an auxiliary task of distillation (Xu et al., ECCV 2020). */
import { flag, group, integer, number, optional } from "../../../base/options/options.ts";
import { lossWeight, sgdRate } from "../../../base/options/training_options.ts";
import { ParameterSet, Scope } from "../../../base/module.ts";
import { tf } from "../../../base/tf.ts";
import { crossEntropy } from "../../../networks/supervised.ts";
import type { Distiller } from "../../distiller.ts";
import { type MethodOptions, settled, softening } from "../../options.ts";
import { shapesOf } from "../../shapes.ts";
import { HEAD_STAGE, headStage, viewMaker } from "./head_stage.ts";
import { keptRows, ranksOf, selectiveKd } from "./ranking.ts";
import { ownImages, similarityHead, splitViews, viewSimilarity } from "./similarity.ts";
import { VIEWS } from "./views.ts";

/** Options of `sskd`. */
export const SSKD_OPTIONS = group("Options of SSKD.", {
  labels: optional(lossWeight("Weight of the labels, on upright views."), 0.1),
  kd: optional(lossWeight("Weight of temperature KD on upright views."), 0.9),
  turned: optional(lossWeight("Weight of temperature KD on turned views."), 2.7),
  similarity: optional(lossWeight("Weight of temperature KD on similarities of views."), 10),
  temperature: optional(softening(), 4),
  turnedTemperature: optional(softening(), 4),
  similarityTemperature: optional(softening(), 0.5),
  turnedRatio: optional(
    number("Share of the teacher's wrong classes of turned views that is kept.", "[0, 1]"),
    1,
  ),
  similarityRatio: optional(
    number("Share of the teacher's wrong similarities that is kept.", "[0, 1]"),
    0.75,
  ),
  headEpochs: optional(integer(
    "Epochs of the head on the teacher. Default: a quarter of the student's, as 60 of 240.",
    { to: 100_000, why: "a training of more epochs does not end" },
  )),
  headRate: optional(sgdRate("Learning rate of that head in its first epoch."), 0.05),
  flipsViews: optional(
    flag("Mirrors each view once more with draws of its own, as the reference does (quirk Q31)."),
    true,
  ),
});

/** Options of `sskd`. */
export type SskdOptions = MethodOptions<typeof SSKD_OPTIONS>;

/**
 * Three stages: the experiment's teacher; a head on it, frozen, that learns to tell which turned view is of which
 * image; the student with a head of its own.
 *
 * L = 0.1 · CE(upright) + 0.9 · KD_4(upright) + 2.7 · KD_4(turned, kept rows) + 10 · KD_0.5(A_t, A_s, kept rows), where
 * A `[3 · batch, batch]` holds the cosines of what the heads give for turned and upright views. Rows are kept by the
 * rank of the right answer in the teacher's row (`keptRows`). All four are means over rows, whatever `klReduction`
 * says: the code that it comes from is not the one of quirk Q1.
 *
 * A batch of B images becomes 4 B views, for teacher and student. Views that change an image's class when turned
 * (digits) and scalar labels that mean a direction make it unfit.
 *
 * Source: weights, temperatures and ratios of method specification 6.3. Preset paper of the experiments gives the
 * students of this method the recipe of its table (`methodTraining`).
 */
export function sskd(options: SskdOptions = {}): Distiller {
  const chosen = settled(SSKD_OPTIONS, options);
  const { temperature, turnedTemperature, similarityTemperature } = chosen;
  return {
    name: "sskd",
    title: "SSKD",
    tasks: ["classification"],
    needs: { teacher: "frozen", reads: [HEAD_STAGE] },
    before: [headStage(chosen)],
    passes: { student: VIEWS, teacher: VIEWS },
    prepare(context) {
      const { student, teacher, train, rng, earlier } = context;
      const adapters = new ParameterSet();
      const own = similarityHead(new Scope(adapters, rng), shapesOf(student, train).features);
      const frozen = new ParameterSet();
      const size = shapesOf(teacher!, train).features;
      const teachers = similarityHead(new Scope(frozen, rng), size);
      frozen.write(earlier[HEAD_STAGE]!.head!);
      return {
        adapters,
        state: { teacherHead: frozen },
        beforeStep: viewMaker(context, chosen.flipsViews),
        loss({ output, features }, { labels, teacher, mode }) {
          const [s, t] = [splitViews(output), splitViews(teacher!.output)];
          const alikeS = viewSimilarity(own(features, mode));
          const alikeT = viewSimilarity(teachers(teacher!.features, mode));
          const images = ownImages(labels.size);
          const answers = tf.gather(labels, images) as tf.Tensor1D;
          return {
            crossEntropy: { weight: chosen.labels, value: crossEntropy(s.upright, labels) },
            kd: { weight: chosen.kd, value: selectiveKd(s.upright, t.upright, { temperature }) },
            turned: {
              weight: chosen.turned,
              value: selectiveKd(s.turned, t.turned, {
                temperature: turnedTemperature,
                kept: keptRows(ranksOf(t.turned, answers), chosen.turnedRatio),
              }),
            },
            similarity: {
              weight: chosen.similarity,
              value: selectiveKd(alikeS, alikeT, {
                temperature: similarityTemperature,
                kept: keptRows(ranksOf(alikeT, images), chosen.similarityRatio),
              }),
            },
          };
        },
      };
    },
  };
}
