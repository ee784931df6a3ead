/** Adversarial training as a recipe. */
import type { GanFamily, GanOptions } from "./gan.ts";
import type { GeneratorRecipe } from "./recipe.ts";
import { cganTrainee, type CganTraining } from "./train_cgan.ts";

/** Everything that decides a trained GAN but its draws. */
export interface GanParts {
  readonly family: GanFamily;
  readonly options: Omit<GanOptions, "rng">;
  readonly training: CganTraining;
}

/** A GAN as the chain trains it: two networks in training, one that is sampled. */
export function ganRecipe({ family, options, training }: GanParts): GeneratorRecipe {
  return {
    build(rng) {
      const { generator, discriminator } = family.build({ ...options, rng });
      discriminator.parameters.dispose();
      return generator;
    },
    trainee({ data, rng, guide }) {
      const pair = family.build({ ...options, rng: rng.child("networks") });
      return cganTrainee(pair, data, training, rng, guide);
    },
  };
}
