/** CRD: contrastive representation distillation (Tian, Krishnan and Isola, ICLR 2020). */
import { ParameterSet, Scope, uniform } from "../../base/module.ts";
import { choice, group, integer, number, optional } from "../../base/options/options.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { linear } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { unitRows } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import { noiseContrast, remembered } from "./noise_contrast.ts";

/** Options of `crd`. */
export const CRD_OPTIONS = group("Options of CRD.", {
  ...featureEntries(0.8),
  negatives: optional(
    integer("m: images of other classes that each image is told from.", {
      to: 1_000_000,
      why: "no set here has more images",
    }),
    16_384,
  ),
  temperature: optional(
    // e^(2 / τ), times or over a million images, is a float32 from 0.03 on.
    number("τ: temperature of the similarities.", "[0.03, 10]", "all images are equally alike"),
    0.07,
  ),
  momentum: optional(number("Share of a memory's row that an update keeps.", "[0, 1)"), 0.5),
  positives: optional(
    choice('What counts as found: the image itself ("exact"), or one of its class ("relax").', [
      "exact",
      "relax",
    ]),
    "exact",
  ),
});

/** Entries of an embedding. */
const SIZE = 128;

/**
 * CE + β · (`noiseContrast` of the student's embeddings in the memory of the teacher's + the same the other way
 * round); embeddings are trained dense layers to 128 entries at unit length; β = 0.8.
 *
 * Both memories have a row for every training image, fakes included, start uniform in ±1 / √(128 / 3) and take a share
 * of each new embedding after the step; no gradient flows into them. Negatives of an image come from other classes,
 * without replacement where there are enough. β = 0.8 belongs to m = 16,384 of 50,000 images: both set the size of
 * the loss.
 */
export function crd(options: MethodOptions<typeof CRD_OPTIONS> = {}): Distiller {
  const own = settled(CRD_OPTIONS, options);
  const { negatives: count, temperature, momentum, positives } = own;
  return featureDistiller({
    name: "crd",
    title: "CRD",
    taps: false,
    tasks: ["classification"],
    // 2: an image that a batch has twice is remembered once.
    codeVersion: 2,
    prepare({ shapes, adapters, rng, train }) {
      const total = train.labels.length;
      const root = new Scope(adapters, rng);
      const embedStudent = linear(root.at("student"), { in: shapes.student.features, out: SIZE });
      const embedTeacher = linear(root.at("teacher"), { in: shapes.teacher.features, out: SIZE });
      const state = new ParameterSet();
      const place = new Scope(state, rng.child("memory"));
      const memoryOf = (who: string) =>
        place.buffer<tf.Rank.R2>(who, [total, SIZE], uniform(1 / Math.sqrt(SIZE / 3)));
      const memories = { student: memoryOf("student"), teacher: memoryOf("teacher") };
      const constants = place.buffer<tf.Rank.R1>("constants", [2], () => new Float32Array(2));
      const draw = contrastDrawer(train.labels, { method: "crd", count, positives });
      return {
        state: { memory: state },
        loss(student, teacher, batch) {
          const { mode, indices, step } = batch;
          const drawn = draw(indices, batch.rng.child("crd"));
          const s = unitRows(embedStudent(student.features, mode));
          const t = unitRows(embedTeacher(teacher.features, mode));
          const shared = { ...drawn, count, temperature };
          const [zs, zt] = tf.split(constants, 2);
          // Only the first batch of the training settles them; they are in every checkpoint.
          const isFirst = step === 0;
          const sides = [
            noiseContrast({
              ...shared,
              queries: s,
              memory: memories.teacher,
              ...(!isFirst && { constant: zs! }),
            }),
            noiseContrast({
              ...shared,
              queries: t,
              memory: memories.student,
              ...(!isFirst && { constant: zt! }),
            }),
          ];
          batch.keep("student", s);
          batch.keep("teacher", t);
          if (isFirst) {
            batch.keep("constants", tf.stack(sides.map(({ constant }) => constant.reshape([]))));
          }
          return { value: sides[0]!.loss.add(sides[1]!.loss) };
        },
        afterStep({ kept, indices, step }) {
          tf.tidy(() => {
            const rows = lastIndicators(indices, total);
            for (const who of ["student", "teacher"] as const) {
              const embeddings = kept[who] as tf.Tensor2D;
              memories[who].assign(remembered(memories[who], { rows, embeddings, momentum }));
            }
            if (step === 0) constants.assign(kept.constants as tf.Tensor1D);
          });
        },
      };
    },
  }, own);
}

/**
 * Draws positives and negatives of a batch's images.
 *
 * @param options `method`: named in the error.
 * @returns A function from positions in the training set to `[batch, N]` matrices: 1 at each positive; how often each
 *   image is a negative.
 * @throws {RangeError} All images are of one class.
 */
export function contrastDrawer(
  labels: Float32Array,
  { method, count, positives }: {
    readonly method: string;
    readonly count: number;
    readonly positives: "exact" | "relax";
  },
): (indices: Uint32Array, rng: Rng) => { positives: tf.Tensor2D; negatives: tf.Tensor2D } {
  const total = labels.length;
  const classes = new Map<number, { own: Uint32Array; others: Uint32Array }>();
  for (const label of new Set(labels)) {
    const all = Array.from({ length: total }, (_, i) => i);
    classes.set(label, {
      own: Uint32Array.from(all.filter((i) => labels[i] === label)),
      others: Uint32Array.from(all.filter((i) => labels[i] !== label)),
    });
  }
  if (classes.size < 2) {
    throw new RangeError(
      `Cannot distil with "${method}": found images of ${classes.size} class, want at least two`,
    );
  }
  const scratch = new Uint32Array(total);
  return (indices, rng) => {
    const found = Uint32Array.from(indices);
    const counts = new Float32Array(indices.length * total);
    for (const [row, index] of indices.entries()) {
      const { own, others } = classes.get(labels[index]!)!;
      const stream = rng.child(row);
      if (positives === "relax") found[row] = own[stream.integer(own.length)]!;
      const size = others.length;
      if (count > size) {
        for (let j = 0; j < count; j++) counts[row * total + others[stream.integer(size)]!]! += 1;
        continue;
      }
      // The first steps of a shuffle; the list is whole again for every image, so a step depends on no other.
      scratch.set(others);
      for (let j = 0; j < count; j++) {
        const place = j + stream.integer(size - j);
        counts[row * total + scratch[place]!] = 1;
        scratch[place] = scratch[j]!;
      }
    }
    return {
      positives: indicators(found, total),
      negatives: tf.tensor2d(counts, [indices.length, total]),
    };
  };
}

/** `[indices, size]`, 1 at each index. */
export function indicators(indices: Uint32Array, size: number): tf.Tensor2D {
  const values = new Float32Array(indices.length * size);
  for (const [row, index] of indices.entries()) values[row * size + index] = 1;
  return tf.tensor2d(values, [indices.length, size]);
}

/**
 * The same, but of an index that is there twice only the last: a batch with a share of fakes (`mixedIndicesAt`) can have an
 * image at the end of one pass over them and again at the start of the next, and a memory has one row for it.
 */
export function lastIndicators(indices: Uint32Array, size: number): tf.Tensor2D {
  const values = new Float32Array(indices.length * size);
  for (const [index, row] of new Map(Array.from(indices, (index, row) => [index, row]))) {
    values[row * size + index] = 1;
  }
  return tf.tensor2d(values, [indices.length, size]);
}
