/** FSP: flow of the solution procedure (Yim et al., CVPR 2017). */
import { Scope } from "../../base/module.ts";
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import { conv2d } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { atCommonSides, meanSquared } from "../losses.ts";
import { type MethodOptions, settled } from "../options.ts";
import { stagePairs } from "../stage_pairs.ts";
import { afterInitStage, initEntries } from "./init_stage.ts";

/** Options of `fsp`. */
export const FSP_OPTIONS = group("Options of FSP.", initEntries);

/**
 * Mean over positions of the outer products of two maps' channels, the larger map pooled to the smaller one.
 *
 * @param from `[batch, H, W, channels]`.
 * @param to `[batch, h, w, channels']` of a later layer.
 * @returns `[batch, channels, channels']`.
 */
export function flowMatrix(from: tf.Tensor4D, to: tf.Tensor4D): tf.Tensor3D {
  const [first, second] = atCommonSides(from, to).map((map) => {
    const [batch, height, width, channels] = map.shape;
    return map.reshape<tf.Tensor3D>([batch, height * width, channels]);
  }) as [tf.Tensor3D, tf.Tensor3D];
  return tf.matMul(first, second, true).div(first.shape[1]);
}

/**
 * Σ over neighbours in a list of maps of the mean squared difference between student's and teacher's `flowMatrix`.
 *
 * @throws {RangeError} Lists or channels differ.
 */
export function flowLoss(
  student: readonly tf.Tensor4D[],
  teacher: readonly tf.Tensor4D[],
): tf.Scalar {
  const channelsOf = (maps: readonly tf.Tensor4D[]) => maps.map(({ shape }) => shape[3]).join(", ");
  if (channelsOf(student) !== channelsOf(teacher)) {
    throw new RangeError(
      `Cannot compare flows: found maps of ${channelsOf(student)} student and ${
        channelsOf(teacher)
      } teacher ` +
        "channels, want the same",
    );
  }
  return tf.addN(
    student.slice(1).map((map, i) =>
      meanSquared(flowMatrix(student[i]!, map), flowMatrix(teacher[i]!, teacher[i + 1]!))
    ),
  );
}

/**
 * First `flowLoss` of the stems and of the stages that `stagePairs` pairs, after their activations; then CE. By
 * `initEpochs` 30 of 240 epochs are spent on the first.
 *
 * The method wants equal channels. Where they differ, the student's map goes through a trained 1 x 1 convolution
 * without bias (ours), which is dropped afterwards.
 */
export function fsp(options: MethodOptions<typeof FSP_OPTIONS> = {}): Distiller {
  return afterInitStage({
    name: "fsp",
    title: "FSP",
    taps: "after",
    fits: (shapes) => void stagePairs("fsp", shapes),
    prepare({ shapes, adapters, rng }) {
      const root = new Scope(adapters, rng);
      const stem = { student: 0, teacher: 0 };
      const places = [stem, ...stagePairs("fsp", shapes)].map(({ student: s, teacher: t }) => {
        const [from, to] = [shapes.student.taps[s]![2], shapes.teacher.taps[t]![2]];
        const fit = from === to
          ? undefined
          : conv2d(root.at(`tap${s}`), { in: from, out: to, kernel: 1, bias: false });
        return { s, t, fit };
      });
      return (student, teacher, { mode }) => ({
        value: flowLoss(
          places.map(({ s, fit }) => {
            const map = student.taps[s]!.post;
            return fit?.(map, mode) ?? map;
          }),
          places.map(({ t }) => teacher.taps[t]!.post),
        ),
      });
    },
  }, settled(FSP_OPTIONS, options));
}
