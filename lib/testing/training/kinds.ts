/** Every kind of training step, at sizes where TensorFlow's own kernels begin to cut sums into a part for each thread. */
import { distillerKinds } from "./distillers.ts";
import { generatorKinds } from "./generators.ts";
import { toySets, type TrainingKind } from "./kind.ts";
import { operationKinds } from "./operations.ts";
import { otherKinds } from "./others.ts";
import { studentKinds } from "./students.ts";

/** Networks with both heads and what they learn by; generators have the larger maps in any case. */
const STUDENTS = { batch: 8, width: 0.25 };
const GENERATORS = { batch: 16, width: 0.25 };

/** Networks with both heads, distillers, generators, what lies between; and single operations at larger sizes. */
export function trainingKinds(): TrainingKind[] {
  const sets = toySets(GENERATORS.batch);
  return [
    ...studentKinds(sets, STUDENTS),
    ...distillerKinds(sets, STUDENTS),
    ...generatorKinds(sets, GENERATORS),
    ...otherKinds(sets, GENERATORS),
    ...operationKinds(),
  ];
}
