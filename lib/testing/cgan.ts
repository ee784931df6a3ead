/** A tiny cGAN training, and what the tests of its steps look at. */
import assert from "node:assert/strict";
import { normal, ParameterSet, Scope } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { biggan } from "../gan/biggan.ts";
import { classData } from "../gan/class_data.ts";
import type { DiscriminatorOutput, GanPair } from "../gan/gan.ts";
import { classGuide, type Guide } from "../gan/guide.ts";
import { type CganData, cganTrainee, type CganTraining } from "../gan/train_cgan.ts";

export const CLASSES = 3;
export const BATCH = 4;
export const { train } = toyShapes({ classes: CLASSES, perClass: 8, testPerClass: 1 });

/** Rates of the paper, without augmentation. */
export const PAPER: CganTraining = {
  batch: BATCH,
  discriminatorSteps: 1,
  generatorRate: 2e-4,
  discriminatorRate: 2e-4,
  beta1: 0,
  beta2: 0.999,
  diffAugment: false,
};

/** A BigGAN pair as narrow as can be. */
export function build(auxiliaryClassifier = false): GanPair {
  return biggan.build({
    conditionSize: CLASSES,
    imageSize: 32,
    width: 1 / 64,
    auxiliaryClassifier,
    rng: rngOf(3, "pair"),
  });
}

/** A linear classifier with weights of its own, and how often it was asked. */
export function linearGuide() {
  const parameters = new ParameterSet();
  const weight = new Scope(parameters, rngOf(4))
    .weight<tf.Rank.R2>("weight", [3072, CLASSES], normal(0.05));
  const counter = { calls: 0 };
  const guide = classGuide((images) => {
    counter.calls++;
    return tf.matMul(images.reshape<tf.Tensor2D>([images.shape[0], 3072]), weight);
  });
  return { parameters, guide, counter };
}

/** What a test changes. */
export interface SetUp {
  readonly training?: Partial<CganTraining>;
  readonly seed?: number;
  readonly guide?: Guide;
  readonly pair?: GanPair;
  readonly data?: CganData;
}

/** A trainee, and how to step it. */
export function setUp({ training: changes = {}, seed = 5, guide, pair, data }: SetUp = {}) {
  const training = { ...PAPER, ...changes };
  const networks = pair ?? build(training.auxiliary !== undefined);
  const rng = rngOf(seed, "training");
  const trainee = cganTrainee(
    networks,
    data ?? classData(train, rng.child("data")),
    training,
    rng,
    guide,
  );
  return {
    trainee,
    pair: networks,
    /** One step as the loop does it; metrics as numbers. */
    step(k: number): Record<string, number> {
      const metrics = tf.tidy(() => trainee.step(k));
      const numbers = Object.fromEntries(
        Object.entries(metrics).map(([name, scalar]) => [name, scalar.dataSync()[0]!]),
      );
      tf.dispose(metrics);
      return numbers;
    },
    dispose() {
      for (const state of Object.values(trainee.state)) state.dispose();
    },
  };
}

/** All values as copies, so that later steps cannot reach them. */
export function bitsOf(map: Iterable<[string, tf.Variable]>): Record<string, Float32Array> {
  return Object.fromEntries(
    [...map].map(([name, variable]) => [name, variable.dataSync().slice() as Float32Array]),
  );
}

/** The same of every role. */
export function bitsOfState(trainee: { state: Readonly<Record<string, ParameterSet>> }) {
  return Object.fromEntries(
    Object.entries(trainee.state).map(([role, set]) => [role, bitsOf(set.entries())]),
  );
}

/** The pair, with `onGenerator` and `onDiscriminator` told of every forward pass. */
export function watched(pair: GanPair, watch: {
  generator?: (call: { latent: tf.Tensor2D; condition: tf.Tensor2D }) => () => void;
  discriminator?: (
    call: { images: tf.Tensor4D; condition: tf.Tensor2D; output: DiscriminatorOutput },
  ) => void;
}): GanPair {
  return {
    generator: {
      ...pair.generator,
      forward(latent, condition, mode) {
        assert.equal(mode.training, true);
        const after = watch.generator?.({ latent, condition });
        const images = pair.generator.forward(latent, condition, mode);
        after?.();
        return images;
      },
    },
    discriminator: {
      ...pair.discriminator,
      forward(images, condition, mode) {
        assert.equal(mode.training, true);
        const output = pair.discriminator.forward(images, condition, mode);
        watch.discriminator?.({ images, condition, output });
        return output;
      },
    },
  };
}
