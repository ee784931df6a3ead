/** What a generator's training looks at, step by step. */
import type { LabelledImages } from "../../../base/contracts.ts";
import type { Rng } from "../../../base/rng.ts";
import { isGan } from "../../../experiments/specification/gan_schema.ts";
import { classData } from "../../../gan/class_data.ts";
import type { GeneratorData } from "../../../gan/recipe.ts";
import { vicinalData } from "../../../gan/scalar_labels/vicinal_data.ts";
import type { Context } from "../context.ts";
import type { OpenCondition } from "./condition_stage.ts";

/** Real images and conditions by step: uniform classes, or vicinities of scalar labels (CcGAN). */
export function generatorData(
  { specification, dataset }: Context,
  { conditionOf, embedding }: OpenCondition,
  rng: Rng,
  set: LabelledImages = dataset.train,
): GeneratorData {
  const { gan } = specification;
  const { vicinity, embedding: training } = gan;
  if (set.task.kind === "classification") return classData(set, rng);
  if (vicinity === undefined || training === undefined) {
    throw new TypeError(
      "Cannot train a generator for scalar labels: found no gan.vicinity, want one",
    );
  }
  return vicinalData(set, {
    ...vicinity,
    // Says which targets a G step uses again; a diffusion model has no such step.
    discriminatorSteps: isGan(gan) ? gan.discriminatorSteps : 1,
    flip: training.flip,
    conditionOf: embedding?.conditionAnywhere ?? conditionOf,
  }, rng);
}
