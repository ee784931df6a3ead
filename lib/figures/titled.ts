import type { ExperimentRun } from "../chain/run.ts";
import { SPLIT_NAMES, type SplitName } from "../experiments/specification/split_names.ts";

/** What errors of a run are measured on, as an adjective: "test", or what was chosen to choose something by. */
export function measuredOn(
  { specification }: Pick<ExperimentRun, "specification">,
): SplitName {
  return SPLIT_NAMES[specification.split];
}

/**
 * The title of a picture of results. Images that were rendered in place of a published set are named in it, so that
 * no picture is taken for one of that set: "Students, RC-49 (rendered by us)".
 */
export function titled({ dataset }: Pick<ExperimentRun, "dataset">, title: string): string {
  return dataset.train.origin === "rendered" ? `${title}, ${dataset.name}` : title;
}
