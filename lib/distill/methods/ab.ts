/** AB: the student's neurons learn where the teacher's are active (Heo et al., AAAI 2019). */
import { Scope } from "../../base/module.ts";
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { adaptiveAveragePool } from "../losses.ts";
import { type MethodOptions, settled } from "../options.ts";
import { stagePairs } from "../stage_pairs.ts";
import { convRegressor, withinReach } from "./conv_regressor.ts";
import { afterInitStage, initEntries } from "./init_stage.ts";

/** Options of `ab`. */
export const AB_OPTIONS = group("Options of AB.", initEntries);

/** Factor of the public code, which keeps the sum over all neurons in the size of other losses. */
const SCALE = 0.003;

/**
 * 0.003 / B · Σ [(s + 1)² where s > −1 and t <= 0; (s − 1)² where s <= 1 and t > 0] over all entries: a margin of 1 on
 * the side of zero on which the teacher is.
 *
 * @param student `[batch, h, w, channels]` before the activation.
 * @param teacher The same shape; only its signs matter.
 */
export function boundaryLoss(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Scalar {
  const isActive = tf.greater(teacher, 0).cast<tf.Tensor4D>("float32");
  const tooHigh = tf.square(tf.relu(student.add(1))).mul(tf.sub(1, isActive));
  const tooLow = tf.square(tf.relu(tf.sub(1, student))).mul(isActive);
  return tf.sum(tooHigh.add(tooLow)).mul(SCALE / student.shape[0]);
}

/**
 * First Σ over student stages of 2^(i − n) · `boundaryLoss` with the teacher stage of `stagePairs`, i = 1 … n, both
 * before their activation; the student's map goes through a `convRegressor` without ReLU where shapes differ. Then CE.
 *
 * By `initEpochs` 30 of 240 epochs are spent on the first; a teacher's map out of the adapter's reach is pooled (ours).
 */
export function ab(options: MethodOptions<typeof AB_OPTIONS> = {}): Distiller {
  return afterInitStage({
    name: "ab",
    title: "AB",
    taps: true,
    fits: (shapes) => void stagePairs("ab", shapes),
    prepare({ shapes, adapters, rng }) {
      const root = new Scope(adapters, rng);
      const pairs = stagePairs("ab", shapes);
      const stages = pairs.map(({ student: s, teacher: t }, i) => {
        const from = shapes.student.taps[s]!;
        const to = withinReach(from, shapes.teacher.taps[t]!);
        const isSame = from.every((side, axis) => side === to[axis]);
        const connect = isSame
          ? undefined
          : convRegressor(root.at(`stage${s}`), { from, to, activation: "none" });
        return { s, t, to, connect, share: 2 ** (i + 1 - pairs.length) };
      });
      return (student, teacher, { mode }) => ({
        value: tf.addN(stages.map(({ s, t, to, connect, share }) => {
          const own = student.taps[s]!.pre;
          const target = adaptiveAveragePool(teacher.taps[t]!.pre, [to[0], to[1]]);
          return boundaryLoss(connect?.(own, mode) ?? own, target).mul<tf.Scalar>(share);
        })),
      });
    },
  }, settled(AB_OPTIONS, options));
}
