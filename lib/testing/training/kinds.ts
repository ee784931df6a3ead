/** Every kind of training step. */
import { distillerKinds } from "./distillers.ts";
import { generatorKinds } from "./generators.ts";
import { toySets, type TrainingKind, type TrainingSizes } from "./kind.ts";
import { otherKinds } from "./others.ts";
import { studentKinds } from "./students.ts";

/** Networks with both heads, distillers, generators, and what lies between. */
export function trainingKinds(sizes: TrainingSizes): TrainingKind[] {
  const sets = toySets(sizes.batch);
  return [
    ...studentKinds(sets, sizes),
    ...distillerKinds(sets, sizes),
    ...generatorKinds(sets, sizes),
    ...otherKinds(sets, sizes),
  ];
}
