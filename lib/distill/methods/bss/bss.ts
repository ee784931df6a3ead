/** BSS: distillation with boundary supporting samples (Heo et al., AAAI 2019). */
import { furtherPass } from "../../../base/module.ts";
import { choice, flag, group, integer, number, optional } from "../../../base/options/options.ts";
import { tf } from "../../../base/tf.ts";
import { crossEntropy, type LossTerms } from "../../../networks/supervised.ts";
import type { Normalisation } from "../../../data/batches/batches.ts";
import type { Distiller } from "../../distiller.ts";
import { type MethodOptions, settled, softening } from "../../options.ts";
import { bssWeights, softCrossEntropy } from "./boundary_loss.ts";
import { searchBoundary, type SearchGoal } from "./search.ts";
import { baseSamples, drawTargets } from "./selection.ts";

/** What a search by the options of `bss` can be told. */
const SEARCH_ENTRIES = {
  stepSize: optional(
    number("η: share of the logit gap that a step is to close.", "(0, 100]"),
    0.3,
  ),
  overshoot: optional(
    number("ε: how far past the boundary a step aims, in logits.", "[0, 100]"),
    1e-4,
  ),
  searchSteps: optional(
    integer("Steps of a search at the most.", {
      to: 1000,
      why: "each is a pass of the teacher, forward and backward",
    }),
    10,
  ),
  stepRule: optional(
    choice(
      "A step divides the gradient by its norm, as the published code, or by the norm's square.",
      ["plain", "newton"],
    ),
    "plain",
  ),
  tolerance: optional(
    number(
      "Ours: found samples are drawn back until the two logits differ by less. Default: they stay where they ended.",
      "(0, 1000]",
    ),
  ),
};

/** Options of `bss`. */
export const BSS_OPTIONS = group("Options of BSS.", {
  temperature: optional(softening(), 3),
  most: optional(
    integer("Searches of a batch at the most.", {
      to: 16_384,
      why: "the activations of more images do not fit into memory",
    }),
    64,
  ),
  ...SEARCH_ENTRIES,
  strict: optional(
    flag(
      "Drops samples that never crossed or came to a third class, as the paper says and its code does not.",
    ),
    false,
  ),
});

/** Options of `bss`. */
export type BssOptions = MethodOptions<typeof BSS_OPTIONS>;

/**
 * CE(z_s, y) + α(e) · H_T(x) + β(e) · H_T(x_bss): the student follows the teacher on images and on samples at the
 * teacher's decision boundary, T = 3. Base samples: `baseSamples`; targets: `drawTargets`; search: `searchBoundary`;
 * weights: `bssWeights`. No search where β is 0.
 *
 * Ours: base samples are chosen by the student's outputs of inference mode before the step (the published code takes
 * those of the step itself); images are clipped to what bytes can be, channel by channel (the published code clips to
 * ±2.5, which darkens white); the momentum is not cleared where the learning rate falls.
 *
 * The student's batch norms see images and samples in turns. Cost of a step: a pass of the student, up to ten of the
 * teacher, forward and backward, and a training pass of the student, the last two on at most 64 images.
 *
 * Source: method specification 6.5.
 */
export function bss(options: BssOptions = {}): Distiller {
  const chosen = settled(BSS_OPTIONS, options);
  const { temperature } = chosen;
  return {
    name: "bss",
    title: "BSS",
    tasks: ["classification"],
    // 2: a further pass of a step drops entries of its own.
    codeVersion: 2,
    needs: { teacher: "own" },
    // At the most, with half of a batch of 128: a pass forward and backward is as dear as three forward.
    deviations: [
      "BSS by the published code, as the paper's text was not at hand; base samples by the student in inference mode, " +
      "images clipped to what bytes can be, momentum kept where the rate falls",
    ],
    passes: { student: 2, teacher: 1 + 1.5 * chosen.searchSteps },
    prepare({ student, teacher, teacherInput, normalisation, train }) {
      const ask = (x: tf.Tensor4D) => teacher!.forward(teacherInput(x), { training: false }).output;
      const { channels } = train.images.shape;
      return {
        beforeStep(batch) {
          const { x, labels, epoch, epochs } = batch;
          const answers = ask(x);
          const extras = { answers };
          if (bssWeights(epoch, epochs).boundary === 0) return { ...batch, extras };
          const own = student.forward(x, { training: false }).output;
          const positions = baseSamples(
            { student: own, teacher: answers, labels },
            chosen.most,
          );
          if (positions.size === 0) return { ...batch, extras };
          const logits = tf.gather(answers, positions) as tf.Tensor2D;
          const goal: SearchGoal = {
            base: tf.argMax(logits, 1),
            target: drawTargets(logits, batch.rng.child("targets")),
            bounds: boundsOf(normalisation, channels),
          };
          const found = searchBoundary(ask, tf.gather(x, positions), goal, chosen);
          const counts = chosen.strict ? found.isFound : tf.onesLike(found.isFound);
          return {
            ...batch,
            extras: { answers, found: found.images, foundAnswers: ask(found.images), counts },
          };
        },
        loss({ output }, { labels, extras, epoch, epochs, mode }) {
          const { images, boundary } = bssWeights(epoch, epochs);
          const answers = extras.answers as tf.Tensor2D;
          const terms: LossTerms = {
            crossEntropy: { weight: 1, value: crossEntropy(output, labels) },
            images: { weight: images, value: softCrossEntropy(output, answers, { temperature }) },
          };
          if (extras.found === undefined) {
            return { ...terms, boundary: { weight: boundary, value: tf.scalar(0) } };
          }
          const across =
            student.forward(extras.found as tf.Tensor4D, furtherPass(mode, "boundary")).output;
          const value = softCrossEntropy(across, extras.foundAnswers as tf.Tensor2D, {
            temperature,
            counts: extras.counts as tf.Tensor1D,
          });
          return { ...terms, boundary: { weight: boundary, value } };
        },
      };
    },
  };
}

/** Black and white of each channel, normalised. */
export function boundsOf(
  { mean, std }: Normalisation,
  channels: number,
): readonly [tf.Tensor1D, tf.Tensor1D] {
  const at = (level: number) =>
    tf.tensor1d(Array.from({ length: channels }, (_, c) => {
      const [m, s] = [mean, std].map((values) => values[values.length === 1 ? 0 : c]!);
      return (level - m!) / s!;
    }));
  return [at(0), at(1)];
}
