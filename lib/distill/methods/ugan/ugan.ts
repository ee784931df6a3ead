/** UGAN: a classifier that learns from good and from bad generators (Li et al., 2019, arXiv 1910.08540). */
import { group, integer, number, optional } from "../../../base/options/options.ts";
import { adamRate, lossWeight } from "../../../base/options/training_options.ts";
import type { LabelledImages } from "../../../base/contracts.ts";
import { tf } from "../../../base/tf.ts";
import { adam, lossAndGradients, stepDecay } from "../../../base/training/optimisers.ts";
import { batchTensors, makeBatch } from "../../../data/batches/batches.ts";
import { crossEntropy } from "../../../networks/supervised.ts";
import type { Distiller } from "../../distiller.ts";
import { type MethodOptions, settled } from "../../options.ts";
import { classesOf } from "../../shapes.ts";
import { warmUpClock, warmUpOption } from "../../warm_up.ts";
import { imageGenerator, presetLabels } from "../data_free/image_generator.ts";
import { imageCritic } from "./critic.ts";
import { asFake, asReal, featureGap, pullAway, wanted } from "./losses.ts";

/** Options of `ugan`. */
export const UGAN_OPTIONS = group("Options of UGAN.", {
  labelled: optional(
    integer(
      "Images of each class whose label is known; the others take part without. Default: all.",
      { to: 1_000_000, why: "no set here has more images" },
    ),
  ),
  good: optional(lossWeight("α: weight of images that the good generator drew for a class."), 0.1),
  bad: optional(lossWeight("Weight of telling real images from those of the bad generator."), 1),
  spread: optional(lossWeight("Weight of different images in the bad generator's loss."), 1e-2),
  noise: optional(
    integer("Numbers of noise that an image is drawn from.", {
      to: 4096,
      why: "an image has no more to say",
    }),
    100,
  ),
  generatorWidth: optional(
    integer("Channels of the generators' last map but one, and of the critic's first.", {
      to: 1024,
      why: "a step would take minutes",
    }),
    64,
  ),
  generatorRate: optional(adamRate("Learning rate of generators and critic (Adam)."), 3e-4),
  beta1: optional(number("β₁ of their Adam.", "[0, 1)"), 0.5),
  warmUpEpochs: warmUpOption("Epochs over which α grows to full."),
});

/** Options of `ugan`. */
export type UganOptions = MethodOptions<typeof UGAN_OPTIONS>;

/**
 * The student is a classifier of K classes and, with a logit of 0, of "fake". Its loss: CE of labelled images + α(e) ·
 * CE of images that a good generator drew for a class + `asReal` of all training images + `asFake` of images of a bad
 * generator. After each step:
 *
 * - critic: `wanted` for real images with their labels, and half of the opposite each for good images with theirs and
 *   for real images with the student's answers;
 * - good generator: half of `wanted` for its images;
 * - bad generator: `featureGap` of the student's features of real images and of its own + 0.01 · `pullAway`.
 *
 * No teacher takes part: like cGAN-KD, a training set made by a generator, with the labels that it was asked for.
 * The student sees images of both generators in inference mode, so that its batch norms know real images only.
 *
 * Read: the abstract, which joins Triple-GAN and Bad-GAN in one classifier, and the public codes of these two (method
 * specification G.4). Ours: networks, how the losses are joined, pull-away in place of a variational bound on entropy,
 * and the schedule of α.
 */
export function ugan(options: UganOptions = {}): Distiller {
  const own = settled(UGAN_OPTIONS, options);
  const { noise, generatorWidth: width, warmUpEpochs } = own;
  return {
    name: "ugan",
    title: "UGAN",
    tasks: ["classification"],
    needs: { teacher: "none" },
    lengths: { warmUpEpochs },
    passes: { student: own.labelled === undefined ? 4 : 5, teacher: 0 },
    deviations: [
      "UGAN by our reading of its abstract and of the two methods that it joins: networks, losses and constants are ours",
    ],
    prepare(context) {
      const { student, train, training, rng } = context;
      const classes = classesOf(train);
      const { shape } = train.images;
      const generatorOf = (role: string, of = 0) =>
        imageGenerator({ shape, width, noise, classes: of, rng: rng.child(role) });
      const good = generatorOf("good", classes);
      const bad = generatorOf("bad");
      const critic = imageCritic({
        channels: shape.channels,
        width,
        classes,
        rng: rng.child("critic"),
      });
      const players = { good, bad, critic };
      const optimisers = {
        good: adam(good.parameters, { beta1: own.beta1 }),
        bad: adam(bad.parameters, { beta1: own.beta1 }),
        critic: adam(critic.parameters, { beta1: own.beta1 }),
      };
      const rateOf = stepDecay(own.generatorRate, training.milestones);
      const improve = (role: keyof typeof players, epoch: number, loss: () => tf.Scalar) =>
        tf.tidy(() => {
          const { gradients } = lossAndGradients(players[role].parameters, loss);
          optimisers[role].apply(gradients, rateOf(epoch));
        });
      const known = own.labelled === undefined ? undefined : firstOfEach(train, own.labelled);
      const featuresOf = (x: tf.Tensor4D) => student.forward(x, { training: false }).features;
      return {
        state: Object.fromEntries(
          (["good", "bad", "critic"] as const).flatMap((role) => [
            [role, players[role].parameters],
            [`${role}Adam`, optimisers[role].state],
          ]),
        ),
        leaves: { good: good.parameters, bad: bad.parameters },
        beforeStep(batch) {
          const { indices, rng: draws } = batch;
          const count = indices.length;
          const goodLabels = presetLabels(count, classes, draws.child("classes"));
          const extras = {
            real: batch.x,
            goodLabels,
            good: good.draw(goodLabels, draws.child("good")),
            bad: bad.draw(count, draws.child("bad")),
          };
          if (known === undefined) return { ...batch, extras };
          const stream = draws.child("labelled");
          const chosen = Uint32Array.from(
            { length: count },
            () => known[stream.integer(known.length)]!,
          );
          const { x, labels } = batchTensors(makeBatch(train, chosen, {
            normalisation: context.normalisation,
            crop: training.crop ? 4 : undefined,
            flip: training.flip,
            rng: draws.child("augment labelled"),
          }));
          // Labelled images first.
          return {
            ...batch,
            x: tf.concat([x, batch.x]),
            labels,
            extras: { ...extras, labelled: x },
          };
        },
        loss({ output }, batch) {
          const { labels, extras } = batch;
          const { epoch, length } = warmUpClock(batch, warmUpEpochs);
          const growth = length === 0 ? 1 : Math.min(1, epoch / length);
          const count = labels.size;
          const logits = output.slice([0, 0], [count, -1]);
          const all = known === undefined ? logits : output.slice([count, 0], [count, -1]);
          batch.keep("answers", tf.argMax(all, 1));
          const [onGood, onBad] = [extras.good, extras.bad].map((x) =>
            student.forward(x as tf.Tensor4D, { training: false }).output
          );
          return {
            crossEntropy: { weight: 1, value: crossEntropy(logits, labels) },
            good: {
              weight: own.good * growth,
              value: crossEntropy(onGood!, extras.goodLabels as tf.Tensor1D),
            },
            real: { weight: own.bad, value: asReal(all) },
            bad: { weight: own.bad, value: asFake(onBad!) },
          };
        },
        afterStep({ labels, extras, kept, epoch, rng: draws }) {
          const real = extras.real as tf.Tensor4D;
          const goodLabels = extras.goodLabels as tf.Tensor1D;
          const answers = kept.answers!.cast<tf.Tensor1D>("int32");
          const fake = (x: tf.Tensor, y: tf.Tensor1D) =>
            wanted(critic.judge(x as tf.Tensor4D, y).neg()).mul<tf.Scalar>(0.5);
          improve("critic", epoch, () =>
            tf.addN([
              wanted(critic.judge((extras.labelled ?? real) as tf.Tensor4D, labels)),
              fake(extras.good!, goodLabels),
              fake(real, answers),
            ]));
          improve("good", epoch, () => {
            const images = good.draw(goodLabels, draws.child("good again"));
            return wanted(critic.judge(images, goodLabels)).mul(0.5);
          });
          const seen = featuresOf(real);
          improve("bad", epoch, () => {
            const features = featuresOf(bad.draw(real.shape[0], draws.child("bad again")));
            return featureGap(seen, features).add(pullAway(features).mul(own.spread));
          });
        },
      };
    },
  };
}

/** Positions of the first images of each class, at most so many. */
export function firstOfEach({ labels }: Pick<LabelledImages, "labels">, count: number): number[] {
  const seen = new Map<number, number>();
  return Array.from(labels, (_, i) => i).filter((i) => {
    const before = seen.get(labels[i]!) ?? 0;
    seen.set(labels[i]!, before + 1);
    return before < count;
  });
}
