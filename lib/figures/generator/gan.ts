/** How the generator was trained, and what it draws. */
import type { History } from "../../base/disk/checkpoint.ts";
import type { Task } from "../../base/contracts.ts";
import { trainingOnce } from "../../data/parts/all_images.ts";
import { isGan } from "../../experiments/specification/gan_schema.ts";
import { type Chart, ganCurves } from "../../report/all_charts.ts";
import { numberText } from "../../report/vega/numbers.ts";
import { gridByLabel, type ImageGrid } from "../../report/all_grids.ts";
import { checkRun } from "../../chain/check_run.ts";
import type { ExperimentRun } from "../../chain/run.ts";
import { varietyText } from "../findings.ts";
import { titled } from "../titled.ts";

/** Losses of the training, part by part; below, where it was measured, what a judge saw in the fakes. */
export async function ganFigure(run: ExperimentRun): Promise<Chart> {
  checkRun("figures.ganFigure()", run);
  const { history } = await run.gan();
  const { task } = run.dataset.train;
  const { gan } = run.specification;
  const labels = task.kind === "classification" ? { classes: task.classes } : { unit: task.unit };
  if (!isGan(gan)) {
    const title = titled(run, "diffusion training");
    return ganCurves(history, { title, finding: judgedText(history, task), ...labels });
  }
  const { auxiliary, guide, diversity } = gan;
  return ganCurves(withoutReleased(history, gan.release), {
    title: titled(run, "cGAN training"),
    weights: {
      discriminatorClassLoss: auxiliary.discriminator,
      generatorClassLoss: auxiliary.generator,
      guideLoss: guide === "none" ? 0 : guide.weight,
      diversityLoss: diversity,
    },
    marks: [
      ...(guide === "none" ? [] : [{ step: guide.start, label: "the guide sets in" }]),
      ...(gan.release === undefined ? [] : [{ step: gan.release, label: "G is released" }]),
      ...(gan.decay === undefined ? [] : [{ step: gan.decay.start, label: "rates begin to fall" }]),
    ],
    finding: trainingText(history, task, auxiliary.discriminator),
    ...labels,
  });
}

/** Without what is no part of G's loss after its release, though the first histories with a release hold it. */
function withoutReleased(history: History, release = Infinity): History {
  return history.map((row) => {
    if (row.step <= release) return row;
    const { generatorClassLoss: _classifier, guideLoss: _guide, ...rest } = row;
    return rest;
  });
}

/** How far the labels of fakes were confirmed in the course of the training. */
function judgedText(history: History, task: Task): string {
  const at = (step: number) => `at step ${step.toLocaleString("en-US")}`;
  const measure = history.some(({ agreement }) => agreement !== undefined)
    ? {
      key: "agreement",
      scale: 100,
      unit: "%",
      noun: "The share of fakes whose label the judge confirms",
    }
    : {
      key: "labelError",
      scale: 1,
      unit: task.kind === "regression" ? task.unit : "",
      noun: "How far the judge is off the fakes' labels",
    };
  const judged = history.filter((row) => row[measure.key] !== undefined);
  const [first, newest] = [judged[0], judged.at(-1)];
  const valueOf = (row: Record<string, number>) =>
    `${numberText(measure.scale * row[measure.key]!)} ${measure.unit}`;
  if (first === undefined || newest === undefined) {
    return "Nothing judged the fakes during this training.";
  }
  return valueOf(first) === valueOf(newest)
    ? `${measure.noun} is ${valueOf(newest)} ${at(newest.step)}.`
    : `${measure.noun} goes from ${valueOf(first)} ${at(first.step)} to ${valueOf(newest)} ` +
      `${at(newest.step)}.`;
}

/** The same of a GAN, and how decided D is at the end. */
function trainingText(history: History, task: Task, classWeight: number): string {
  const seen = judgedText(history, task);
  const last = history.at(-1)!;
  const whole = last.discriminatorLoss;
  // With vicinal weights an undecided discriminator does not pay 2.
  if (task.kind !== "classification" || whole === undefined) return seen;
  const hinge = last.discriminatorHinge ?? whole - classWeight * (last.discriminatorClassLoss ?? 0);
  return `${seen} D's hinge loss ends at ${numberText(hinge)}: 2 would be a D that tells ` +
    "nothing apart, 0 one that is never in doubt.";
}

/** Real beside accepted fake images of each class. */
export async function fakeImages(run: ExperimentRun): Promise<ImageGrid> {
  checkRun("figures.fakeImages()", run);
  const { set } = (await run.pool()).open();
  const real = trainingOnce(run.dataset);
  return gridByLabel([{ name: "real", set: real }, { name: "fake", set }], {
    title: titled(run, "Real and fake images"),
    finding: varietyText(real, set),
    each: 6,
  });
}
