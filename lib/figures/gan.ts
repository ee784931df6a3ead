/** How the generator was trained, and what it draws. */
import { trainingOnce } from "../data/parts/all_images.ts";
import { type Chart, ganCurves } from "../report/all_charts.ts";
import { gridByLabel, type ImageGrid } from "../report/all_grids.ts";
import type { ExperimentRun } from "../chain/run.ts";
import { titled } from "./titled.ts";

/** Losses of the two players, part by part; below, where it was measured, what a judge saw in the fakes. */
export async function ganFigure(run: ExperimentRun): Promise<Chart> {
  const { history } = await run.gan();
  const { task } = run.dataset.train;
  const { auxiliary, guide, diversity } = run.specification.gan;
  return ganCurves(history, {
    title: titled(run, "cGAN training"),
    weights: {
      discriminatorClassLoss: auxiliary.discriminator,
      generatorClassLoss: auxiliary.generator,
      guideLoss: guide === "none" ? 0 : guide.weight,
      diversityLoss: diversity,
    },
    ...(guide !== "none" && { guideStart: guide.start }),
    ...(task.kind === "classification" ? { classes: task.classes } : { unit: task.unit }),
  });
}

/** Real beside fake images of each class, fakes straight from the generator. */
export async function fakeImages(run: ExperimentRun): Promise<ImageGrid> {
  const { set } = (await run.pool()).open();
  return gridByLabel([{ name: "real", set: trainingOnce(run.dataset) }, { name: "fake", set }], {
    title: titled(run, "Real and fake images"),
    each: 6,
  });
}
