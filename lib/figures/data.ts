/** What the real images look like. */
import type { Task } from "../base/contracts.ts";
import { trainingOnce } from "../data/parts/all_images.ts";
import { type Chart, labelHistogram } from "../report/all_charts.ts";
import { numberText } from "../report/vega/numbers.ts";
import { gridByLabel, type ImageGrid } from "../report/all_grids.ts";
import { counted } from "../report/words.ts";
import { checkRun } from "../chain/check_run.ts";
import type { ExperimentRun } from "../chain/run.ts";

/** Real training images, a row a class or a label. */
export function realImages(run: ExperimentRun): ImageGrid {
  checkRun("figures.realImages()", run);
  const set = trainingOnce(run.dataset);
  const { shape: { height, width }, count } = set.images;
  const distinct = new Set(set.labels).size;
  return gridByLabel([{ name: "real", set }], {
    title: `Training images, ${run.dataset.name} ${run.dataset.setting}`,
    each: 10,
    finding: `${counted(count, "training image")} of ${height} x ${width} pixels show ` +
      (set.task.kind === "classification"
        ? `${counted(distinct, "class", "classes")}.`
        : `${counted(distinct, "label")}, ${
          numberText(count / distinct)
        } of each on average; a row ` +
          "that is short of images of its label has some of the nearest."),
  });
}

/** Images of each label in the training set. */
export function realLabels(run: ExperimentRun): Chart {
  checkRun("figures.realLabels()", run);
  const { name, setting, train: { labels, task } } = run.dataset;
  const once = trainingOnce(run.dataset).labels;
  const groups = once.length === labels.length ? [{ name: "real", values: labels }] : [
    { name: "photographs", values: once },
    { name: "with repeated ones, as trained on", values: labels },
  ];
  return labelHistogram(groups, {
    title: `Training images by label, ${name} ${setting}`,
    ...(task.kind === "classification" ? { classNames: task.classNames } : { unit: task.unit }),
    finding: balanceText(once, task) +
      (once.length === labels.length
        ? ""
        : ` Repetition makes ${counted(labels.length, "image")} of ${
          once.length.toLocaleString("en-US")
        }.`),
  });
}

/** How evenly images are spread over labels. */
function balanceText(labels: Float32Array, task: Task): string {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => a[1] - b[1]);
  const [[least, few], [most, many]] = [sorted[0]!, sorted.at(-1)!];
  const what = task.kind === "classification" ? "class" : "label";
  if (few === many) return `Every ${what} has ${counted(few, "image")}.`;
  const name = (label: number) =>
    task.kind === "classification" ? task.classNames[label]! : `${numberText(label)} ${task.unit}`;
  return `A ${what} has from ${few.toLocaleString("en-US")} (${name(least)}) to ` +
    `${many.toLocaleString("en-US")} images (${name(most)}).`;
}
