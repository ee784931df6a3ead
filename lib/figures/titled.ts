import type { ExperimentRun } from "../chain/run.ts";

/**
 * What errors of a run are measured on, in one word: test images, or training images that were held out to choose
 * something.
 */
export function measuredOn(
  { specification }: Pick<ExperimentRun, "specification">,
): "test" | "validation" {
  return specification.split === "validation" ? "validation" : "test";
}

/**
 * The title of a picture of results. Images that were rendered in place of a published set are named in it, so that
 * no picture is taken for one of that set: "Students, RC-49 (rendered by us)".
 */
export function titled({ dataset }: Pick<ExperimentRun, "dataset">, title: string): string {
  return dataset.train.origin === "rendered" ? `${title}, ${dataset.name}` : title;
}
