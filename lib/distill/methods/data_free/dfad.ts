/** DFAD: data-free adversarial distillation (Fang et al., 2019, arXiv 1912.11006). */
import { group, integer, optional } from "../../../base/options/options.ts";
import { adamRate } from "../../../base/options/training_options.ts";
import { furtherPass } from "../../../base/module.ts";
import { tf } from "../../../base/tf.ts";
import { adam, lossAndGradients, stepDecay } from "../../../base/training/optimisers.ts";
import type { Distiller } from "../../distiller.ts";
import { meanAbsolute } from "../../losses.ts";
import { type MethodOptions, settled } from "../../options.ts";
import { imageGenerator } from "./image_generator.ts";

/** Options of methods with a generator that competes with the student. */
export const GENERATOR_ENTRIES = {
  imitationSteps: optional(
    integer("Steps of the student for each step of the generator.", {
      to: 1000,
      why: "the generator would hardly move",
    }),
    5,
  ),
  noise: optional(
    integer("Numbers of noise that an image is drawn from.", {
      to: 4096,
      why: "an image has no more to say",
    }),
    256,
  ),
  generatorWidth: optional(
    integer("Channels of the generator's last map but one.", {
      to: 1024,
      why: "a step would take minutes",
    }),
    64,
  ),
  generatorRate: optional(adamRate("Learning rate of the generator (Adam)."), 1e-3),
};

/** Options of `dfad`. */
export const DFAD_OPTIONS = group("Options of DFAD.", GENERATOR_ENTRIES);

/**
 * Distillation without data: a generator draws images on which student and teacher differ most, and the student learns
 * to agree there. Student, every step: min mean |z_s(G(ξ)) − z_t(G(ξ))|, ξ ~ N(0, I). Generator, every fifth step: max
 * of the same; the gradient reaches it through both networks.
 *
 * Of the training set only its size, the shape of its images and their normalisation matter; so fakes of cGAN-KD change
 * nothing but the number of steps. The teacher answers in inference mode, the student learns and is asked in training
 * mode, so its batch norms move in both phases. The generator's rate falls with the student's.
 *
 * Read: the authors' public code and the paper's account of it (method specification F.1). Ours: scalar labels, for
 * which the generator also minimises what teacher's answers leave of [0, 1], the range of scaled labels.
 */
export function dfad(options: MethodOptions<typeof DFAD_OPTIONS> = {}): Distiller {
  const { imitationSteps, noise, generatorWidth, generatorRate } = settled(DFAD_OPTIONS, options);
  return {
    name: "dfad",
    title: "DFAD",
    tasks: ["classification", "regression"],
    // 2: a further pass of a step drops entries of its own.
    codeVersion: 2,
    needs: { teacher: "frozen" },
    // A step of the generator is a pass of both, forward and backward.
    passes: { student: 1 + 1 / imitationSteps, teacher: 1 + 3 / imitationSteps },
    deviations: [
      "DFAD with the experiment's batches, epochs and student's rate in place of its own (256 images, 500 epochs of 50 " +
      "steps, rate 0.1)",
    ],
    prepare({ student, teacher, teacherInput, train, training, rng }) {
      const { shape } = train.images;
      const generator = imageGenerator({ shape, width: generatorWidth, noise, rng });
      const optimiser = adam(generator.parameters);
      const rateOf = stepDecay(generatorRate, training.milestones);
      const isClassifier = train.task.kind === "classification";
      return {
        state: { generator: generator.parameters, generatorAdam: optimiser.state },
        leaves: { generator: generator.parameters },
        beforeStep: (batch) => ({
          ...batch,
          x: generator.draw(batch.indices.length, batch.rng.child("noise")),
        }),
        loss: ({ output }, batch) => ({
          discrepancy: { weight: 1, value: meanAbsolute(output, batch.teacher!.output) },
        }),
        afterStep({ step, epoch, indices, mode, rng: draws }) {
          if ((step + 1) % imitationSteps !== 0) return;
          const { gradients } = lossAndGradients(generator.parameters, () => {
            const x = generator.draw(indices.length, draws.child("generator"));
            const answers = teacher!.forward(teacherInput(x), { training: false }).output;
            const gap = meanAbsolute(
              student.forward(x, furtherPass(mode, "generator")).output,
              answers,
            );
            return isClassifier ? tf.neg(gap) : outOfRange(answers).sub<tf.Scalar>(gap);
          });
          optimiser.apply(gradients, rateOf(epoch));
        },
      };
    },
  };
}

/** Mean of what is below 0 or above 1. */
export function outOfRange(values: tf.Tensor): tf.Scalar {
  return tf.mean(tf.relu(values.sub(1)).add(tf.relu(values.neg())));
}
