/** What the real images look like. */
import { type Chart, labelHistogram } from "../../report/charts.ts";
import { gridByLabel, type ImageGrid } from "../../report/images.ts";
import type { ExperimentRun } from "../run.ts";
import { titled } from "./titled.ts";

/** Real training images, a row a class or a label. */
export function realImages(run: ExperimentRun): ImageGrid {
  return gridByLabel([{ name: "real", set: run.dataset.train }], {
    title: `${run.dataset.name} ${run.dataset.setting}, training images`,
    each: 10,
  });
}

/** Images of each label in the training set. */
export function realLabels(run: ExperimentRun): Chart {
  const { labels, task } = run.dataset.train;
  return labelHistogram([{ name: "real", values: labels }], {
    title: titled(run, `Labels of ${run.dataset.setting}`),
    ...(task.kind === "classification" ? { classNames: task.classNames } : { unit: task.unit }),
  });
}
