/** What the real images look like. */
import { trainingOnce } from "../data/parts/all_images.ts";
import { type Chart, labelHistogram } from "../report/all_charts.ts";
import { gridByLabel, type ImageGrid } from "../report/all_grids.ts";
import type { ExperimentRun } from "../chain/run.ts";

/** Real training images, a row a class or a label. */
export function realImages(run: ExperimentRun): ImageGrid {
  return gridByLabel([{ name: "real", set: trainingOnce(run.dataset) }], {
    title: `${run.dataset.name} ${run.dataset.setting}, training images`,
    each: 10,
  });
}

/** Images of each label in the training set. */
export function realLabels(run: ExperimentRun): Chart {
  const { name, setting, train: { labels, task } } = run.dataset;
  const once = trainingOnce(run.dataset).labels;
  const groups = once.length === labels.length ? [{ name: "real", values: labels }] : [
    { name: "photographs", values: once },
    { name: "with repeated ones, as trained on", values: labels },
  ];
  return labelHistogram(groups, {
    title: `Training images by label, ${name} ${setting}`,
    ...(task.kind === "classification" ? { classNames: task.classNames } : { unit: task.unit }),
  });
}
