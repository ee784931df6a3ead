/** What only scalar labels have: an axis to look along. */
import { type Dataset, imagesInMemory, type Regression } from "../base/contracts.ts";
import { meanAbsoluteError } from "../base/metrics.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { imagesFromTensor } from "../data/batches/batches.ts";
import { positionsByLabel } from "../data/parts/split.ts";
import { trainingOnce } from "../data/parts/all_images.ts";
import { evenly } from "../evaluation/label_groups.ts";
import { ratiosOf } from "../density_ratio/density_ratio.ts";
import { drawImages, repeatLabels } from "../gan/sample.ts";
import { predict } from "../networks/supervised.ts";
import {
  type Chart,
  maePerLabel,
  predictedAgainstTrue,
  predictionPanels,
  ratioAgainstLabel,
} from "../report/all_charts.ts";
import { type ImageGrid, labelStrip, stripByLabel } from "../report/all_grids.ts";
import { askTeacher } from "../synthesis/teacher_opinion.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { shownTestImages } from "./shown_images.ts";
import { titled } from "./titled.ts";

/** Columns of a strip. */
const LABELS = 12;
/** Rows of a strip of fixed latents. */
const LATENTS = 3;

/** Whether labels come back through the embedding: h2y(y2h(y)) against y. */
export async function embeddingFigure(run: ExperimentRun): Promise<Chart> {
  const { labels, unit } = taskOf(run.dataset);
  const { embedding, ...open } = (await run.condition()).open();
  try {
    const back = await tf.tidy(() => embedding!.labelsOf(embedding!.conditionOf(labels))).data();
    const rows = labels.map((truth, i) => ({ truth, predicted: back[i]! }));
    return predictedAgainstTrue(rows, {
      title: titled(run, "Labels through the embedding and back"),
      xTitle: "label",
      yTitle: "h2y(y2h(label))",
      points: "labels",
      unit,
    });
  } finally {
    open.dispose();
  }
}

/** Generated images along the label axis; a row keeps its latent, so that the label alone changes them. */
export async function latentStrip(run: ExperimentRun): Promise<ImageGrid> {
  const task = taskOf(run.dataset);
  const labels = evenly(task.labels, LABELS);
  const generator = (await run.gan()).open();
  const { conditionOf, ...open } = (await run.condition()).open();
  try {
    const { height, width, channels } = run.dataset.train.images.shape;
    const size = height * width * channels;
    const bytes = new Uint8Array(LATENTS * labels.length * size);
    for (let row = 0; row < LATENTS; row++) {
      for (const [column, label] of labels.entries()) {
        const image = tf.tidy(() =>
          drawImages(generator, conditionOf([label]), rngOf(1, "strip", row))
        );
        bytes.set(await imagesFromTensor(image, "round"), (row * labels.length + column) * size);
        image.dispose();
      }
    }
    return labelStrip({
      images: imagesInMemory(bytes, { height, width, channels }),
      labels: Float32Array.from(
        { length: LATENTS * labels.length },
        (_, i) => labels[i % labels.length]!,
      ),
      task,
      origin: "fake",
    }, {
      title: titled(run, "One latent a row: what the label alone changes"),
      rowNames: Array.from({ length: LATENTS }, (_, row) => `latent ${row + 1}`),
    });
  } finally {
    generator.parameters.dispose();
    open.dispose();
  }
}

/** Real and accepted fake images at the same labels. */
export async function realBesideFake(run: ExperimentRun): Promise<ImageGrid> {
  const { set } = (await run.pool()).open();
  return stripByLabel([{ name: "real", set: trainingOnce(run.dataset) }, { name: "fake", set }], {
    title: titled(run, "Real and fake images at the same labels"),
  });
}

/** Density ratios of held-out real images, and of accepted fakes, against their label. */
export async function ratioByLabelFigure(run: ExperimentRun): Promise<Chart> {
  const { unit } = taskOf(run.dataset);
  const pool = (await run.pool()).open();
  const test = shownTestImages(run);
  const model = (await run.ratio()).open();
  const { conditionOf, ...open } = (await run.condition()).open();
  try {
    return ratioAgainstLabel([
      {
        name: "real (test set)",
        labels: test.labels,
        ratios: await ratiosOf(model, test, { conditionOf }),
      },
      ...(pool.acceptedRatios
        ? [{ name: "accepted fakes", labels: pool.set.labels, ratios: pool.acceptedRatios }]
        : []),
    ], { title: titled(run, "Density ratio against label"), unit });
  } finally {
    model.dispose();
    open.dispose();
  }
}

/**
 * Labels of fakes against what the judge sees in them, before and after filter and adjustment. The judge is not
 * the teacher that adjusted them.
 */
export async function labelQuality(run: ExperimentRun): Promise<Chart> {
  const { unit } = taskOf(run.dataset);
  const judge = await run.judge();
  const network = judge.open();
  try {
    const panels = [
      { name: "as drawn", set: (await run.pool()).open().set },
      { name: "filtered and adjusted", set: (await run.processed()).set },
    ];
    const rows = [];
    for (const { name, set } of panels) {
      const { predicted } = await askTeacher(network, set, {
        normalisation: judge.normalisation,
        signal: run.context.signal,
      });
      rows.push({
        name,
        rows: Array.from(set.labels, (truth, i) => ({ truth, predicted: predicted[i]! })),
      });
    }
    return predictionPanels(rows, {
      title: titled(run, "Labels of fakes, and what an uninvolved network sees"),
      xTitle: "label of the fake",
      yTitle: "judge",
      unit,
    });
  } finally {
    network.parameters.dispose();
  }
}

/** Test MAE of the first seed's students along the label axis. */
export async function studentsByLabel(
  run: ExperimentRun,
  students: readonly StudentResult[],
): Promise<Chart> {
  const { scale, unit } = taskOf(run.dataset);
  const { test } = run.dataset;
  const [first] = run.specification.seeds;
  const positions = positionsByLabel(test.labels);
  const rows = [];
  for (const { cell, seed, network: trained } of students) {
    if (seed !== first) continue;
    const network = trained.open();
    const { normalisation } = trained;
    const outputs = await predict(network, test, { normalisation });
    network.parameters.dispose();
    for (const [label, members] of positions) {
      const predicted = Array.from(members, (i) => outputs[i]! * scale);
      rows.push({
        series: `${cell.student}, ${cell.method}`,
        label,
        mae: meanAbsoluteError(predicted, repeatLabels([label], members.length)),
      });
    }
  }
  return maePerLabel(rows, { title: titled(run, "Where students are wrong"), unit });
}

function taskOf({ train: { task } }: Dataset): Regression {
  if (task.kind === "regression") return task;
  throw new TypeError("Cannot look along a label axis: found classes, want scalar labels");
}
