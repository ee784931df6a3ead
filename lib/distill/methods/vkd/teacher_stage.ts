/** VKD's first stage: a teacher learns from labels, and beside it a generator learns its softened outputs. */
import { tf } from "../../../base/tf.ts";
import { ordinaryLoss } from "../../../networks/supervised.ts";
import type { Distiller, EarlierStage } from "../../distiller.ts";
import { classesOf } from "../../shapes.ts";
import { imitation, type ImitationOptions } from "./imitation.ts";

/** Name of the stage, under which the student's stage finds teacher, generator and class means. */
export const VKD_TEACHER = "vkd_teacher";

/** How a generator imitates, and at which temperature. */
export interface VirtualTeacherOptions extends ImitationOptions {
  /** T of the outputs that are imitated. */
  readonly temperature: number;
}

/**
 * Trains a network of the teacher's kind, from scratch and by the student's recipe, with the ordinary loss; after each
 * of its steps the generator learns from its softened outputs on that batch. The teacher is bit for bit the one that
 * it would be without a generator.
 */
export function virtualTeacherStage(
  { temperature, adversarial, moment, generatorRate }: VirtualTeacherOptions,
): EarlierStage {
  const options = { temperature, adversarial, moment, generatorRate };
  return { name: VKD_TEACHER, trains: "teacher", distiller: virtualTeacher(options), options };
}

function virtualTeacher({ temperature, ...options }: VirtualTeacherOptions): Distiller {
  return {
    name: VKD_TEACHER,
    title: "VKD's teacher",
    tasks: ["classification"],
    needs: { teacher: "none" },
    // 2: the generator adds to class means.
    codeVersion: 2,
    prepare({ train, rng }) {
      const { generator, means, state, update } = imitation(classesOf(train), { ...options, rng });
      return {
        state,
        leaves: { generator: generator.parameters, means },
        loss(student, batch) {
          batch.keep("soft", softened(student.output, temperature));
          return ordinaryLoss(student, batch);
        },
        afterStep({ labels, kept, rng }) {
          update(kept.soft as tf.Tensor2D, labels, rng.child("imitation"));
        },
      };
    },
  };
}

/** softmax(z / T). */
export function softened(logits: tf.Tensor2D, temperature: number): tf.Tensor2D {
  return tf.softmax(logits.div<tf.Tensor2D>(temperature));
}
