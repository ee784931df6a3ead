/** The precision of a specification as part of what decides a training. */
import type { Specification } from "../../experiments/specification/schema.ts";
import type { TrainingRecipe } from "../../networks/supervised.ts";

/** A recipe at the precision of the specification; the default is left out, so that it trains nothing anew. */
export function atPrecision(
  { precision = "float32" }: Pick<Specification, "precision">,
  training: TrainingRecipe,
): TrainingRecipe {
  return precision === "float32" ? training : { ...training, precision };
}
