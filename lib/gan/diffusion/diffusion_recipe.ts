/** Denoising training as a recipe. */
import type { GeneratorRecipe } from "../recipe.ts";
import type { DiffusionFamily, DiffusionOptions } from "./diffusion.ts";
import { diffusionTrainee, type DiffusionTraining } from "./train_diffusion.ts";

/** Everything that decides a trained diffusion model but its draws. */
export interface DiffusionParts {
  readonly family: DiffusionFamily;
  readonly options: Omit<DiffusionOptions, "rng">;
  readonly training: DiffusionTraining;
}

/** A diffusion model as the chain trains it: one network, sampled by solving an equation. */
export function diffusionRecipe({ family, options, training }: DiffusionParts): GeneratorRecipe {
  return {
    build: (rng) => family.build({ ...options, rng }).generator,
    trainee({ data, rng }) {
      const model = family.build({ ...options, rng: rng.child("networks") });
      return diffusionTrainee(model, data, training, rng);
    },
  };
}
