/** Joint progressive distillation and unsupervised domain adaptation (Nguyen-Meidine et al., IJCNN 2020). */
import { furtherPass } from "../../../base/module.ts";
import { choice, group, number, optional } from "../../../base/options/options.ts";
import { lossWeight } from "../../../base/options/training_options.ts";
import type { Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { lossAndGradients, sgd, stepDecay } from "../../../base/training/optimisers.ts";
import { batchTensors, makeBatch, type Normalisation } from "../../../data/batches/batches.ts";
import type { NetworkOutput } from "../../../networks/network.ts";
import { ordinaryLoss, totalOf, type TrainingBatch } from "../../../networks/supervised.ts";
import type { DistillContext, Distiller } from "../../distiller.ts";
import { meanSquared, temperatureKd } from "../../losses.ts";
import { type MethodOptions, settled, softening } from "../../options.ts";
import { domainGap } from "./domain_gap.ts";

/** Options of `kdUda`. */
export const KD_UDA_OPTIONS = group("Options of KD-UDA.", {
  target: optional(
    choice(
      'The domain without labels: training images in "grey", or as they are ("plain", no gap to close).',
      ["grey", "plain"],
    ),
    "grey",
  ),
  alpha: optional(number("α: weight of the teacher on labelled images.", "[0, 1]"), 0.3),
  temperature: optional(softening(), 20),
  first: optional(number("β at the start: the student's share of a step.", "(0, 1)"), 0.1),
  last: optional(number("β at the end.", "(0, 1)"), 0.9),
  adaptation: optional(lossWeight("Weight of the teacher's domain gap, at full."), 1),
  teacherRate: optional(
    number("The teacher's learning rate, in shares of the student's.", "(0, 10]"),
    0.01,
  ),
});

/** Options of `kdUda`. */
export type KdUdaOptions = MethodOptions<typeof KD_UDA_OPTIONS>;

/**
 * A teacher learns to see a second domain, without labels there, while a student learns from it on both. At each step:
 *
 * 1. teacher: (1 − β) · [CE(z_t(x), y) + γ · `domainGap` of its features on both domains];
 * 2. student: β · [(1 − α) · CE(z_s(x), y) + α · KD_T(x) + KD_T(x′)], x of the training set, x′ of the second domain.
 *
 * β = 0.1 · 9^(e / E) grows from 0.1 to 0.9 over the epochs, γ = 2 / (1 + e^(−10 i / n)) − 1 within each; α = 0.3, T = 20.
 * The teacher starts as it was trained, with a rate that falls by (1 + 10 e / E)^(−0.75); it ends as it is after its
 * last step. Scalar labels: squared errors in place of CE and KD.
 *
 * Read: the authors' public code (method specification G.5), from which this leaves where it contradicts the method:
 * KL's arguments are in their order, and the teacher gets no gradient from the student's step. Ours: the second domain,
 * as data sets here have one; the recipe is the experiment's (theirs: ImageNet weights, Office-31, rate 1e−3).
 */
export function kdUda(options: KdUdaOptions = {}): Distiller {
  const own = settled(KD_UDA_OPTIONS, options);
  const { alpha, temperature, klReduction: reduction } = own;
  return {
    name: "kd_uda",
    title: "KD-UDA",
    tasks: ["classification", "regression"],
    // 2: a further pass of a step drops entries of its own.
    codeVersion: 2,
    needs: { teacher: "own" },
    // A teacher's step on both domains, and its answers on both.
    passes: { student: 2, teacher: 8 },
    deviations: [
      "KD-UDA with a second domain of ours (grey copies of the training set) and the experiment's recipe",
    ],
    prepare(context) {
      const { student, teacher, teacherInput, train, training, stepsPerEpoch } = context;
      const optimiser = sgd(teacher!.parameters, training);
      const rateOf = stepDecay(own.teacherRate * training.learningRate, training.milestones);
      const isClassifier = train.task.kind === "classification";
      const follow = (s: NetworkOutput, t: tf.Tensor) =>
        isClassifier
          ? temperatureKd(s.output, t as tf.Tensor2D, { temperature, reduction })
          : meanSquared(s.output, t);
      /** The teacher's own step; β is the student's share. */
      const adapt = (batch: TrainingBatch, target: tf.Tensor4D, share: number) => {
        const gamma = own.adaptation * progressWithin(batch.step % stepsPerEpoch, stepsPerEpoch);
        const { gradients } = lossAndGradients(teacher!.parameters, () => {
          const [onSource, onTarget] = ([["source", batch.x], ["target", target]] as const).map(
            ([domain, x]) =>
              teacher!.forward(teacherInput(x), furtherPass(batch.mode, `teacher, ${domain}`)),
          ) as [NetworkOutput, NetworkOutput];
          const gap = domainGap(onSource.features, onTarget.features);
          const labelled = totalOf(ordinaryLoss(onSource, batch));
          return labelled.add(gap.mul(gamma)).mul<tf.Scalar>(1 - share);
        });
        const slowing = (1 + 10 * batch.epoch / batch.epochs) ** -0.75;
        optimiser.apply(gradients, rateOf(batch.epoch) * slowing);
      };
      return {
        state: { teacherSgd: optimiser.state },
        beforeStep(batch) {
          const target = targetImages(context, {
            count: batch.indices.length,
            domain: own.target,
            rng: batch.rng.child("target"),
          });
          tf.tidy(() => adapt(batch, target, shareAt(batch, own)));
          const [onSource, onTarget] = [batch.x, target].map((x) =>
            teacher!.forward(teacherInput(x), { training: false }).output
          );
          return { ...batch, extras: { target, onSource: onSource!, onTarget: onTarget! } };
        },
        loss(output, batch) {
          const { target, onSource, onTarget } = batch.extras;
          const share = shareAt(batch, own);
          const across = student.forward(target as tf.Tensor4D, furtherPass(batch.mode, "target"));
          const labelled = Object.entries(ordinaryLoss(output, batch)).map(([name, { value }]) =>
            [name, { weight: share * (1 - alpha), value }] as const
          );
          return {
            ...Object.fromEntries(labelled),
            source: { weight: share * alpha, value: follow(output, onSource!) },
            target: { weight: share, value: follow(across, onTarget!) },
          };
        },
      };
    },
  };
}

/** β = first · (last / first)^(e / E). */
export function shareAt(
  { epoch, epochs }: Pick<TrainingBatch, "epoch" | "epochs">,
  { first, last }: { readonly first: number; readonly last: number },
): number {
  return first * (last / first) ** (epoch / epochs);
}

/** γ = 2 / (1 + e^(−10 i / n)) − 1: 0 at the first step of an epoch, nearly 1 at the last. */
export function progressWithin(step: number, steps: number): number {
  return 2 / (1 + Math.exp(-10 * step / steps)) - 1;
}

/** Other images of the training set, drawn uniformly, as the second domain shows them; normalised. */
function targetImages(
  { train, normalisation, training }: Pick<
    DistillContext,
    "train" | "normalisation" | "training"
  >,
  { count, domain, rng }: { count: number; domain: "grey" | "plain"; rng: Rng },
): tf.Tensor4D {
  const draws = rng.child("images");
  const indices = Uint32Array.from({ length: count }, () => draws.integer(train.labels.length));
  const { x } = batchTensors(makeBatch(train, indices, {
    normalisation,
    crop: training.crop ? 4 : undefined,
    flip: training.flip,
    rng: rng.child("augment"),
  }));
  return domain === "grey" ? greyed(x, normalisation) : x;
}

/** Every channel the mean of the pixel's channels, of normalised images. */
export function greyed(x: tf.Tensor4D, { mean, std }: Normalisation): tf.Tensor4D {
  const [offset, scale] = [tf.tensor1d([...mean]), tf.tensor1d([...std])];
  const level = tf.mean(x.mul(scale).add(offset), 3, true);
  const tiled = tf.tile(level, [1, 1, 1, x.shape[3]]);
  return tiled.sub(offset).div(scale);
}
