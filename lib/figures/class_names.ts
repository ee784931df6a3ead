import type { ExperimentRun } from "../chain/run.ts";

/** Names of the classes in label order; none for scalar labels. */
export function classNames(run: ExperimentRun): readonly string[] {
  const { task } = run.dataset.train;
  return task.kind === "classification" ? task.classNames : [];
}
