/** BLKD+UDA: BLKD on each image and on a strongly augmented copy of it. */
import { imagesInMemory, type LabelledImages } from "../../../base/contracts.ts";
import { choice, group, number, optional } from "../../../base/options/options.ts";
import { lossWeight } from "../../../base/options/training_options.ts";
import { furtherPass } from "../../../base/module.ts";
import type { Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { batchTensors, makeBatch } from "../../../data/batches/batches.ts";
import { crossEntropy, type LossTerms } from "../../../networks/supervised.ts";
import type { DistillContext, Distiller } from "../../distiller.ts";
import { temperatureKd } from "../../losses.ts";
import { type MethodOptions, settled, softening } from "../../options.ts";
import { autoAugment } from "./auto_augment.ts";
import { mirrorMap, transform } from "./geometry.ts";

/** Options of `uda`. */
export const UDA_OPTIONS = group("Options of BLKD+UDA.", {
  alpha: optional(number("Weight of the teacher's term; labels have the rest.", "[0, 1]"), 0.5),
  temperature: optional(softening(), 5),
  augmented: optional(
    number("Weight of augmented copies; the images themselves have the rest.", "[0, 1]"),
    0.5,
  ),
  policy: optional(
    choice(
      'Of the copies (quirk Q32): "reference" turns counter-clockwise only and neither crops nor mirrors before.',
      ["reference", "symmetric"],
    ),
    "reference",
  ),
  consistency: optional(
    lossWeight(
      "Weight of the student's own consistency, which the reference defines and never uses.",
    ),
    0,
  ),
  sharpening: optional(
    number("Temperature of the student's outputs that its copies follow.", "(0, 1000]"),
    0.4,
  ),
  confidence: optional(
    number("Likeliest class from which on an image counts for its consistency.", "[0, 1]"),
    0.8,
  ),
});

/** Options of `uda`. */
export type UdaOptions = MethodOptions<typeof UDA_OPTIONS>;

/**
 * ½ · L(x) + ½ · L(a(x)) with L = (1 − α) · CE + α · T² · KL(teacher ‖ student): the labels and the teacher, which sees
 * the copy a(x) itself, supervise both. α = 0.5, T = 5.
 *
 * The KL is a mean over images, whatever `klReduction` says: the code that it comes from is not the one of quirk Q1.
 * Two passes of the student a step, so its batch norms see images and copies in turns.
 *
 * Source: method specification 6.4. The idea is UDA's (Xie et al. 2019), whose own term is `consistency` here.
 */
export function uda(options: UdaOptions = {}): Distiller {
  const chosen = settled(UDA_OPTIONS, options);
  const { alpha, temperature, augmented: share } = chosen;
  return {
    name: "uda",
    title: "BLKD+UDA",
    tasks: ["classification"],
    // 2: a further pass of a step drops entries of its own.
    codeVersion: 2,
    needs: { teacher: "frozen" },
    passes: { student: 2, teacher: 2 },
    prepare(context) {
      const { student, teacher, teacherInput } = context;
      return {
        beforeStep(batch) {
          const copies = augmentedCopies(context, batch.indices, {
            policy: chosen.policy,
            rng: batch.rng.child("copies"),
          });
          const { output } = teacher!.forward(teacherInput(copies), { training: false });
          return { ...batch, extras: { copies, answers: output } };
        },
        loss({ output }, { labels, teacher, extras, mode }) {
          const copy =
            student.forward(extras.copies as tf.Tensor4D, furtherPass(mode, "copies")).output;
          const answers = extras.answers as tf.Tensor2D;
          const kd = (own: tf.Tensor2D, other: tf.Tensor2D) =>
            temperatureKd(own, other, { temperature });
          const terms: LossTerms = {
            crossEntropy: {
              weight: (1 - share) * (1 - alpha),
              value: crossEntropy(output, labels),
            },
            kd: { weight: (1 - share) * alpha, value: kd(output, teacher!.output) },
            copyCrossEntropy: {
              weight: share * (1 - alpha),
              value: crossEntropy(copy, labels),
            },
            copyKd: { weight: share * alpha, value: kd(copy, answers) },
          };
          if (chosen.consistency === 0) return terms;
          const value = consistency(output, copy, chosen);
          return { ...terms, consistency: { weight: chosen.consistency, value } };
        },
      };
    },
  };
}

/**
 * Mean over the batch of KL(softmax(z(x) / τ) ‖ softmax(z(x̂))), counted as 0 for images whose likeliest class is below
 * `confidence`. No gradient flows into z(x).
 *
 * Source: Xie et al. 2019.
 *
 * @param original z(x): logits `[batch, classes]` of the images.
 * @param copy z(x̂): logits of their copies.
 */
export function consistency(
  original: tf.Tensor2D,
  copy: tf.Tensor2D,
  { sharpening, confidence }: { sharpening: number; confidence: number },
): tf.Scalar {
  return tf.customGrad((...inputs) => {
    const [z, save] = inputs as [tf.Tensor2D, tf.GradSaveFunc];
    const target = tf.logSoftmax(original.div<tf.Tensor2D>(sharpening));
    const counts = tf.greaterEqual(tf.max(tf.softmax(original), 1), confidence).cast("float32");
    const own = tf.logSoftmax(z);
    const likely = tf.exp(target);
    save([tf.exp(own).sub(likely).mul(counts.expandDims(1)).div(z.shape[0])]);
    const rows = tf.sum(likely.mul(target.sub(own)), 1);
    return {
      value: tf.sum(rows.mul(counts)).div(z.shape[0]),
      gradFunc: (dy: tf.Tensor, [slope]: tf.Tensor[]) => slope!.mul(dy),
    };
  })(copy) as tf.Scalar;
}

/** The images at `indices`, each changed by a sub-policy of its own, then normalised. */
export function augmentedCopies(
  { train, normalisation, training }: Pick<
    DistillContext,
    "train" | "normalisation" | "training"
  >,
  indices: ArrayLike<number>,
  { policy, rng }: { policy: "reference" | "symmetric"; rng: Rng },
): tf.Tensor4D {
  const isSymmetric = policy === "symmetric";
  const { shape } = train.images;
  const size = shape.height * shape.width * shape.channels;
  const bytes = new Uint8Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const draws = rng.child(i);
    const pixels = isSymmetric
      ? shifted(train, indices[i]!, { ...training, rng: draws.child("before") })
      : bytesOf(train, indices[i]!);
    const image = { pixels, shape };
    bytes.set(autoAugment(image, { rng: draws, rotatesBothWays: isSymmetric }), i * size);
  }
  const set = {
    images: imagesInMemory(bytes, shape),
    labels: new Float32Array(indices.length),
    task: train.task,
  };
  const every = Uint32Array.from({ length: indices.length }, (_, i) => i);
  return batchTensors(makeBatch(set, every, { normalisation })).x;
}

function bytesOf({ images }: LabelledImages, index: number): Uint8Array {
  const { height, width, channels } = images.shape;
  const pixels = new Uint8Array(height * width * channels);
  images.read(index, pixels, 0);
  return pixels;
}

/** Mirrored with probability 1/2, and cut out of a black frame of 4 pixels, as far as the recipe has it. */
function shifted(
  train: LabelledImages,
  index: number,
  { crop, flip, rng }: { crop: boolean; flip: boolean; rng: Rng },
): Uint8Array {
  const { shape } = train.images;
  const { height, width, channels } = shape;
  const pixels = bytesOf(train, index);
  const image = flip && rng.uniform() < 0.5
    ? transform(pixels, shape, { map: mirrorMap(shape), sampling: "nearest" })
    : pixels;
  if (!crop) return image;
  const [dy, dx] = [rng.integer(9) - 4, rng.integer(9) - 4];
  const moved = new Uint8Array(image.length);
  const row = width * channels;
  for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
    const [from, to] = [Math.max(0, dx), Math.max(0, -dx)];
    const length = (width - Math.abs(dx)) * channels;
    const start = (y + dy) * row + from * channels;
    moved.set(image.subarray(start, start + length), y * row + to * channels);
  }
  return moved;
}
