/** What generator, discriminator and ratio network are told about a label. */
import type { Task } from "../../base/contracts.ts";
import { type ConditionOf, oneHotCondition } from "../../gan/sample.ts";
import type { Context } from "./context.ts";

/** A condition that is ready to use. */
export interface OpenCondition {
  readonly conditionOf: ConditionOf;
  dispose(): void;
}

/** Labels as vectors: one-hot classes, or the embedding of scalar labels. */
export interface TrainedCondition {
  /** Entries of a vector. */
  readonly size: number;
  /** Where it was trained: its stage, as part of the identity of all that reads it. */
  readonly id?: string;
  /** The caller calls `dispose`. */
  open(): OpenCondition;
}

/** One-hot classes need no training. */
export function conditionStage({ dataset }: Context): Promise<TrainedCondition> {
  return Promise.resolve(classCondition(dataset.train.task));
}

function classCondition(task: Task): TrainedCondition {
  if (task.kind !== "classification") {
    throw new TypeError("Cannot make one-hot conditions: found a regression task, want classes");
  }
  const conditionOf = oneHotCondition(task.classes);
  return { size: task.classes, open: () => ({ conditionOf, dispose() {} }) };
}
