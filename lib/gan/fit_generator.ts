/** Trains a conditional generator by its recipe and gives back the weights to sample with. */
import type { History } from "../base/disk/checkpoint.ts";
import type { NamedArrays } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { type Evaluation, type LoopOptions, trainLoop } from "../base/training/train_loop.ts";
import type { Generator } from "./gan.ts";
import type { Guide } from "./guide.ts";
import type { GeneratorData, GeneratorRecipe } from "./recipe.ts";

/** What a generator is trained from. */
export interface GeneratorFit {
  readonly recipe: GeneratorRecipe;
  readonly data: GeneratorData;
  /** Wanted where the recipe asks for one. */
  readonly guide?: Guide;
  readonly rng: Rng;
  /** Steps, checkpoints, progress. */
  readonly loop: Omit<LoopOptions, "evaluation">;
  /** Measures the generator as it would be sampled now; must leave it as it is. */
  readonly judge?: {
    readonly every: number;
    readonly measure: (generator: Generator) => Promise<Record<string, number>>;
    /** See `Evaluation`. */
    readonly warn?: Evaluation["warn"];
  };
}

/** A trained generator's weights, and how it got there. */
export interface FittedGenerator {
  /** Of the generator to sample from, running statistics included. */
  readonly generator: NamedArrays;
  readonly history: History;
  readonly seconds: number;
}

/** Trains to the last step or resumes; frees every tensor it made. */
export async function fitGenerator(fit: GeneratorFit): Promise<FittedGenerator> {
  const { recipe, data, guide, rng, loop, judge } = fit;
  // Built alike, since the weights of an export come in order of creation.
  const exported = recipe.build(rng.child("networks"));
  const trainee = recipe.trainee({ data, rng, guide });
  try {
    const { history, seconds } = await trainLoop(trainee, {
      ...loop,
      ...(judge && {
        evaluation: {
          every: judge.every,
          run: () => {
            trainee.exportTo(exported);
            return judge.measure(exported);
          },
          ...(judge.warn && { warn: judge.warn }),
        },
      }),
    });
    trainee.exportTo(exported);
    return { generator: await exported.parameters.read(), history, seconds };
  } finally {
    for (const state of Object.values(trainee.state)) state.dispose();
    exported.parameters.dispose();
  }
}

/** A generator with stored weights. */
export function loadGenerator(
  recipe: GeneratorRecipe,
  rng: Rng,
  weights: NamedArrays,
): Generator {
  const generator = recipe.build(rng);
  tf.tidy(() => generator.parameters.write(weights));
  return generator;
}
