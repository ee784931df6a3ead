/** Whether fakes lie among real images and reach all of them. */
import { checkArgument } from "../../base/check_argument.ts";
import type { Task } from "../../base/contracts.ts";
import { checkRun } from "../../chain/check_run.ts";
import type { MeasuredSet } from "../../chain/stages/judging/generator_measure_stage.ts";
import { numberText } from "../../report/vega/numbers.ts";
import { DataTable } from "../../report/tables.ts";
import type { ExperimentRun } from "../../chain/run.ts";
import { measuredOn, titled } from "../titled.ts";

/** Fakes beside the training images, all against held-out real images; then each class or range of labels. */
export async function generatorMeasuresTable(run: ExperimentRun): Promise<DataTable> {
  checkRun("figures.generatorMeasuresTable()", run);
  const { fake, training, heldOutLabels, images } = await run.generatorMeasures();
  const { task } = run.dataset.train;
  const isClass = task.kind === "classification";
  const labelText = (value: number) => isClass ? 100 * value : value;
  const whole = (what: string, set: MeasuredSet) => ({
    what,
    frechet: set.frechet.distance,
    ...set.mean,
    labels: labelText(set.labels),
  });
  const part = measuredOn(run);
  return DataTable.of({
    title: titled(run, "Measures of the generator"),
    columns: [
      { key: "what", title: "images" },
      { key: "frechet", title: "Fréchet distance", digits: 2 },
      { key: "precision", title: "precision", digits: 2 },
      { key: "density", title: "density", digits: 2 },
      { key: "recall", title: "recall", digits: 2 },
      { key: "coverage", title: "coverage", digits: 2 },
      {
        key: "labels",
        title: task.kind === "classification"
          ? "labels confirmed (%)"
          : `label error (${task.unit})`,
        digits: 2,
      },
    ],
    rows: [
      whole("training images", training),
      whole("fakes", fake),
      ...fake.ranges.map(({ title, precision, density, recall, coverage }) => ({
        what: `fakes of ${title}`,
        precision,
        density,
        recall,
        coverage,
      })),
    ],
    notes: [
      `Against ${
        images.toLocaleString("en-US")
      } ${part} images, with one fake drawn for the label of each. ` +
      `${
        labelNote(task, labelText(heldOutLabels))
      } Precision and density: fakes lie among real images; recall and ` +
      "coverage: real images are reached by fakes.",
      measureFinding(fake, heldOutLabels, task),
      "Figures of other features, numbers of images or data sets do not compare.",
    ],
  });
}

function labelNote(task: Task, heldOut: number): string {
  return task.kind === "classification"
    ? `The judge confirms the labels of ${heldOut.toFixed(1)} % of them.`
    : `The judge is off their labels by ${numberText(heldOut)} ${task.unit}.`;
}

/** What the measures say of the generator, in a sentence. */
export function measureFinding(fake: MeasuredSet, heldOutLabels: number, task: Task): string {
  checkArgument("figures.measureFinding()", fake, {
    want: "measures of fakes, such as (await run.generatorMeasures()).fake",
    fits: (value) => "ranges" in value,
  });
  const least = fake.ranges.reduce((a, b) => b.coverage < a.coverage ? b : a);
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const reach =
    `Fakes reach ${percent(fake.mean.coverage)} of the real images, of ${least.title} ` +
    `${percent(least.coverage)}.`;
  const isClearer = task.kind === "classification"
    ? fake.labels > heldOutLabels
    : fake.labels < heldOutLabels;
  return isClearer
    ? `${reach} Their labels are clearer than those of real images, which is no success: it is what caricatures show.`
    : reach;
}
