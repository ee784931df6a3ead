import { renderedAfter } from "../report/paper/comparable.ts";
import type { ExperimentRun } from "../chain/run.ts";

/**
 * The title of a picture of results. Images that were rendered in place of a published set are named in it, so that
 * no picture is taken for one of that set: "Students, RC-49 (rendered by us)".
 */
export function titled({ dataset }: Pick<ExperimentRun, "dataset">, title: string): string {
  return renderedAfter(dataset.name) === undefined ? title : `${title}, ${dataset.name}`;
}
