/** Trains a conditional GAN from its specification and gives back the generator to sample from. */
import type { History } from "../base/checkpoint.ts";
import type { NamedArrays } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { type LoopOptions, trainLoop } from "../base/train_loop.ts";
import type { GanFamily, GanOptions, Generator } from "./gan.ts";
import type { Guide } from "./guide.ts";
import { type CganData, cganTrainee, type CganTraining } from "./train_cgan.ts";

/** What a cGAN is trained from. */
export interface CganFit {
  readonly family: GanFamily;
  readonly options: Omit<GanOptions, "rng">;
  readonly training: CganTraining;
  readonly data: CganData;
  /** Wanted where `training.guide` is. */
  readonly guide?: Guide;
  readonly rng: Rng;
  /** Steps, checkpoints, progress. */
  readonly loop: Omit<LoopOptions, "evaluation">;
  /** Measures the generator as it would be sampled now; must leave it as it is. */
  readonly judge?: {
    readonly every: number;
    readonly measure: (generator: Generator) => Promise<Record<string, number>>;
  };
}

/** A trained generator's weights, and how it got there. */
export interface FittedCgan {
  /** Of the generator to sample from, running statistics included. */
  readonly generator: NamedArrays;
  readonly history: History;
  readonly seconds: number;
}

/** Trains to the last step or resumes; frees every tensor it made. */
export async function fitCgan(fit: CganFit): Promise<FittedCgan> {
  const { family, options, training, data, guide, rng, loop, judge } = fit;
  const networks = rng.child("networks");
  const pair = family.build({ ...options, rng: networks });
  // Built alike, since the weights of an export come in order of creation.
  const exported = family.build({ ...options, rng: networks });
  const trainee = cganTrainee(pair, data, training, rng, guide);
  try {
    const { history, seconds } = await trainLoop(trainee, {
      ...loop,
      ...(judge && {
        evaluation: {
          every: judge.every,
          run: () => {
            trainee.exportTo(exported.generator);
            return judge.measure(exported.generator);
          },
        },
      }),
    });
    trainee.exportTo(exported.generator);
    return { generator: await exported.generator.parameters.read(), history, seconds };
  } finally {
    for (const state of Object.values(trainee.state)) state.dispose();
    exported.generator.parameters.dispose();
    exported.discriminator.parameters.dispose();
  }
}

/** A generator with stored weights. */
export function loadGenerator(
  family: GanFamily,
  options: GanOptions,
  weights: NamedArrays,
): Generator {
  const { generator, discriminator } = family.build(options);
  discriminator.parameters.dispose();
  tf.tidy(() => generator.parameters.write(weights));
  return generator;
}
