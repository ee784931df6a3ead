/** CGDD: conditional generative data-free distillation (Yu et al., Image and Vision Computing 2023). */
import { group, optional } from "../../../base/options/options.ts";
import { lossWeight } from "../../../base/options/training_options.ts";
import { furtherPass } from "../../../base/module.ts";
import { tf } from "../../../base/tf.ts";
import { adam, lossAndGradients, stepDecay } from "../../../base/training/optimisers.ts";
import { crossEntropy } from "../../../networks/supervised.ts";
import type { Distiller } from "../../distiller.ts";
import { meanAbsolute, oneHot } from "../../losses.ts";
import { type MethodOptions, settled } from "../../options.ts";
import { classesOf, shapesOf } from "../../shapes.ts";
import { stagePairs } from "../../stage_pairs.ts";
import { attentionLoss } from "../at.ts";
import { GENERATOR_ENTRIES } from "./dfad.ts";
import { imageGenerator, presetLabels } from "./image_generator.ts";

/** Options of `cgdd`. */
export const CGDD_OPTIONS = group("Options of CGDD.", {
  ...GENERATOR_ENTRIES,
  attention: optional(lossWeight("Weight of attention maps in the student's loss."), 100),
  labels: optional(
    lossWeight("Weight of preset labels in the student's loss, where the teacher agrees."),
    1,
  ),
  condition: optional(lossWeight("Weight of preset labels in the generator's loss."), 1),
  balance: optional(lossWeight("Weight of equally frequent classes in the generator's loss."), 5),
  adversarial: optional(lossWeight("Weight of the discrepancy in the generator's loss."), 1),
});

/**
 * As DFAD with a generator that draws images for preset labels y, which the frozen teacher is to see in them. Student:
 * mean |z_s − z_t| + CE(z_s, y) where the teacher's class is y + 100 · Σ `attentionLoss` over pairs of stages.
 * Generator, every fifth step: CE(z_t, y) + 5 · Σ_c p̄_c ln p̄_c − mean |z_s − z_t|, p̄ the mean of softmax(z_t) over the
 * batch. Labels are drawn uniformly, so of the training set only size, shape, normalisation and classes matter.
 *
 * Read: the abstract, which has the conditional generator, its supervision by preset labels through the teacher, the
 * student's learning from outputs and feature maps, and the game between generator and student. Ours: networks, losses,
 * weights and schedule (method specification F.3), without its term on the statistics of batch norms.
 */
export function cgdd(options: MethodOptions<typeof CGDD_OPTIONS> = {}): Distiller {
  const own = settled(CGDD_OPTIONS, options);
  const { imitationSteps, noise, generatorWidth, generatorRate } = own;
  return {
    name: "cgdd",
    title: "CGDD",
    tasks: ["classification"],
    // 2: a further pass of a step drops entries of its own.
    codeVersion: 2,
    needs: { teacher: "frozen", taps: "after" },
    passes: { student: 1 + 1 / imitationSteps, teacher: 1 + 3 / imitationSteps },
    deviations: [
      "CGDD by our reading of its abstract, as the paper's text was not at hand: networks, losses and constants are ours",
    ],
    fits: (shapes) => void stagePairs("cgdd", shapes),
    prepare({ student, teacher, teacherInput, train, training, rng }) {
      const classes = classesOf(train);
      const pairs = stagePairs("cgdd", {
        student: shapesOf(student, train),
        teacher: shapesOf(teacher!, train),
      });
      const { shape } = train.images;
      const generator = imageGenerator({ shape, width: generatorWidth, noise, classes, rng });
      const optimiser = adam(generator.parameters);
      const rateOf = stepDecay(generatorRate, training.milestones);
      return {
        state: { generator: generator.parameters, generatorAdam: optimiser.state },
        leaves: { generator: generator.parameters },
        beforeStep(batch) {
          const labels = presetLabels(batch.indices.length, classes, batch.rng.child("labels"));
          return { ...batch, labels, x: generator.draw(labels, batch.rng.child("noise")) };
        },
        loss({ output, taps }, { labels, teacher: frozen }) {
          const { output: answers, taps: theirs } = frozen!;
          return {
            discrepancy: { weight: 1, value: meanAbsolute(output, answers) },
            labels: { weight: own.labels, value: agreedCrossEntropy(output, answers, labels) },
            attention: {
              weight: own.attention,
              value: tf.addN(
                pairs.map(({ student: s, teacher: t }) =>
                  attentionLoss(taps[s]!.post, theirs[t]!.post)
                ),
              ),
            },
          };
        },
        afterStep({ step, epoch, indices, mode, rng: draws }) {
          if ((step + 1) % imitationSteps !== 0) return;
          const labels = presetLabels(indices.length, classes, draws.child("preset"));
          const { gradients } = lossAndGradients(generator.parameters, () => {
            const x = generator.draw(labels, draws.child("generator"));
            const answers = teacher!.forward(teacherInput(x), { training: false }).output;
            const gap = meanAbsolute(
              student.forward(x, furtherPass(mode, "generator")).output,
              answers,
            );
            return crossEntropy(answers, labels).mul(own.condition)
              .add(classBalance(answers).mul(own.balance))
              .sub<tf.Scalar>(gap.mul(own.adversarial));
          });
          optimiser.apply(gradients, rateOf(epoch));
        },
      };
    },
  };
}

/** Σ_c p̄_c ln p̄_c, p̄ the mean of softmax(z) over rows: least where all classes are equally frequent. */
export function classBalance(logits: tf.Tensor2D): tf.Scalar {
  const mean = tf.mean(tf.softmax(logits), 0);
  return tf.sum(mean.mul(tf.log(tf.maximum(mean, 1e-12))));
}

/** −(1 / B) Σ over rows whose largest answer is the label's of log softmax(z)_y. */
export function agreedCrossEntropy(
  logits: tf.Tensor2D,
  answers: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Scalar {
  const [batch, classes] = logits.shape;
  const agrees = tf.equal(tf.argMax(answers, 1), labels).cast("float32").expandDims(1);
  const wanted = oneHot(labels, classes).mul(agrees);
  return tf.sum(tf.logSoftmax(logits).mul(wanted)).div(-batch);
}
