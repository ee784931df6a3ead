/** What the real images look like. */
import { type Chart, labelHistogram } from "../../report/charts.ts";
import { gridByLabel, type ImageGrid } from "../../report/images.ts";
import type { ExperimentRun } from "../run.ts";
import { classNames } from "./class_names.ts";

/** Real training images, a row a class. */
export function realImages(run: ExperimentRun): ImageGrid {
  return gridByLabel([{ name: "real", set: run.dataset.train }], {
    title: `${run.dataset.name} ${run.dataset.setting}, training images`,
    each: 10,
  });
}

/** Images of each label in the training set. */
export function realLabels(run: ExperimentRun): Chart {
  return labelHistogram([{ name: "real", values: run.dataset.train.labels }], {
    title: `Labels of ${run.dataset.setting}`,
    classNames: classNames(run),
  });
}
