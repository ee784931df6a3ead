/** OFD: overhaul of feature distillation (Heo et al., ICCV 2019). */
import { normalTails } from "../../base/distributions.ts";
import { normal, ParameterSet, Scope } from "../../base/module.ts";
import { group, integer, optional } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import { batchTensors, makeBatch } from "../../data/batches/batches.ts";
import { batchNorm, conv2d } from "../../networks/layers.ts";
import type { DistillContext, Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { atCommonSides } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import { stagePairs } from "../stage_pairs.ts";

/** Options of `ofd`. */
export const OFD_OPTIONS = group("Options of OFD.", {
  ...featureEntries(1e-3),
  marginImages: optional(
    integer(
      "Training images, spread evenly over the set, on which the teacher's margins are measured; fewer where there are fewer.",
      {
        from: 2,
        to: 100_000,
        why: "mean and deviation of a channel do not get better",
      },
    ),
    1000,
  ),
});

/** Below this share of negative entries their mean is not worth its rounding. */
const RARE = 0.001;

/**
 * m = E[t | t < 0] of t ~ N(β, γ²): β − |γ| · φ(β / |γ|) / Φ(−β / |γ|); −3 |γ| where Φ(−β / |γ|) <= 0.001.
 *
 * @param mean β of a channel.
 * @param deviation |γ| of a channel.
 */
export function negativeMean(mean: number, deviation: number): number {
  const ratio = mean / deviation;
  const tail = normalTails(ratio) / 2;
  const share = ratio > 0 ? tail : 1 - tail;
  if (share <= RARE) return -3 * deviation;
  const density = Math.exp(-(ratio ** 2) / 2) / Math.sqrt(2 * Math.PI);
  return mean - deviation * density / share;
}

/**
 * Mean over the batch of Σ (s − max(t, m))², where t > 0 or s is above max(t, m): what lies below the margin may be
 * anything.
 *
 * @param student `[batch, h, w, channels]` before the activation.
 * @param teacher The same shape; constants.
 * @param margins m, `[channels]`, all below 0.
 */
export function overhaulLoss(
  student: tf.Tensor4D,
  teacher: tf.Tensor4D,
  margins: tf.Tensor1D,
): tf.Scalar {
  const [batch] = student.shape;
  return tf.customGrad((s, save) => {
    const gap = tf.tidy(() => {
      const all = tf.sub(s as tf.Tensor, tf.maximum(teacher, margins));
      const counts = tf.logicalOr(tf.greater(all, 0), tf.greater(teacher, 0));
      return tf.where(counts, all, 0);
    });
    (save as tf.GradSaveFunc)([gap]);
    return {
      value: tf.tidy(() => tf.sum(tf.square(gap)).div(batch)),
      gradFunc: (dy: tf.Tensor, [gap]: tf.Tensor[]) =>
        tf.tidy(() => gap!.mul(dy.div(batch).mul(2))),
    };
  })(student) as tf.Scalar;
}

/**
 * CE + β Σ over student stages of 2^(i − n) · `overhaulLoss` with the teacher stage of `stagePairs`, i = 1 … n, both
 * before their activation; β = 1e−3. The student's map goes through a 1 x 1 convolution without bias and batch norm;
 * the larger map is pooled.
 *
 * The published code reads β and γ of a margin from the batch norm that ends the teacher's stage. Here they are the
 * mean and the deviation of each channel over training images, which of a plain batch norm are those numbers, and
 * which stages have that end otherwise, such as those of a ResNet or MobileNetV2. The images (`marginImages`) are spread
 * evenly over the training set: many sets are ordered by label, and the first images are of a few labels only.
 */
export function ofd(options: MethodOptions<typeof OFD_OPTIONS> = {}): Distiller {
  const own = settled(OFD_OPTIONS, options);
  return featureDistiller({
    name: "ofd",
    title: "OFD",
    taps: true,
    // 2: margins are of images spread over the set, and no longer of its first ones.
    codeVersion: 2,
    fits: (shapes) => void stagePairs("ofd", shapes),
    prepare(context) {
      const { shapes, adapters, rng } = context;
      const pairs = stagePairs("ofd", shapes);
      const root = new Scope(adapters, rng);
      const margins = new ParameterSet();
      const place = new Scope(margins, rng);
      const measured = marginsOf(context, own.marginImages);
      const stages = pairs.map(({ student: s, teacher: t }, i) => {
        const [from, to] = [shapes.student.taps[s]![2], shapes.teacher.taps[t]![2]];
        const scope = root.at(`stage${s}`);
        const weightInit = normal(Math.sqrt(2 / to));
        const conv = conv2d(scope.at("conv"), {
          in: from,
          out: to,
          kernel: 1,
          bias: false,
          weightInit,
        });
        const norm = batchNorm(scope.at("norm"), { channels: to });
        const margin = place.buffer<tf.Rank.R1>(
          `stage${s}`,
          [to],
          () => Float32Array.from(measured[t]!),
        );
        return { s, t, conv, norm, margin, share: 2 ** (i + 1 - pairs.length) };
      });
      return {
        state: { margins },
        loss: (student, teacher, { mode }) => ({
          value: tf.addN(stages.map(({ s, t, conv, norm, margin, share }) => {
            const [map, target] = atCommonSides(student.taps[s]!.pre, teacher.taps[t]!.pre);
            return overhaulLoss(norm(conv(map, mode), mode), target, margin).mul<tf.Scalar>(share);
          })),
        }),
      };
    },
  }, own);
}

/** Margins of the channels of every tap of the teacher, from its maps on training images spread evenly over the set. */
function marginsOf(
  { teacher, train, normalisation, teacherInput }: Pick<
    DistillContext,
    "teacher" | "train" | "normalisation" | "teacherInput"
  >,
  images: number,
): number[][] {
  const total = train.labels.length;
  const count = Math.min(images, total);
  const batch = 100;
  /** Of each tap and channel, over entries: their number, and the sums of values and of squares. */
  let sums: { entries: number; first: Float64Array; second: Float64Array }[] = [];
  for (let start = 0; start < count; start += batch) {
    const size = Math.min(batch, count - start);
    const indices = Uint32Array.from(
      { length: size },
      (_, i) => Math.floor((start + i) * total / count),
    );
    tf.tidy(() => {
      const { x } = batchTensors(makeBatch(train, indices, { normalisation }));
      const { taps } = teacher!.forward(teacherInput(x), { training: false, taps: true });
      if (sums.length === 0) {
        sums = taps.map(({ pre }) => ({
          entries: 0,
          first: new Float64Array(pre.shape[3]),
          second: new Float64Array(pre.shape[3]),
        }));
      }
      for (const [i, { pre }] of taps.entries()) {
        const sum = sums[i]!;
        sum.entries += pre.size / pre.shape[3];
        tf.sum(pre, [0, 1, 2]).dataSync().forEach((value, c) => sum.first[c]! += value);
        tf.sum(tf.square(pre), [0, 1, 2]).dataSync().forEach((value, c) => sum.second[c]! += value);
      }
    });
  }
  return sums.map(({ entries, first, second }) =>
    Array.from(first, (value, c) => {
      const mean = value / entries;
      const variance = Math.max(0, second[c]! / entries - mean ** 2);
      return negativeMean(mean, Math.max(1e-6, Math.sqrt(variance)));
    })
  );
}
