/** What only scalar labels have: an axis to look along. */
import { type Dataset, imagesInMemory, type Regression } from "../base/contracts.ts";
import { meanAbsoluteError, quantile } from "../base/metrics.ts";
import { countProgress } from "../base/progress.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { imagesFromTensor } from "../data/batches/batches.ts";
import { positionsByLabel } from "../data/parts/split.ts";
import { trainingOnce } from "../data/parts/all_images.ts";
import { evenly } from "../evaluation/label_groups.ts";
import { ratiosOf } from "../density_ratio/density_ratio.ts";
import { variesImages } from "../experiments/specification/varies_images.ts";
import { drawImages, repeatLabels } from "../gan/sample.ts";
import { predict } from "../networks/supervised.ts";
import { maximum, numberText } from "../report/vega/numbers.ts";
import { stretchesOf } from "../report/vega/stretches.ts";
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
import { varietyText } from "./findings.ts";
import { notSubsampled } from "./not_subsampled.ts";
import { shownTestImages } from "./shown_images.ts";
import { measuredOn, titled } from "./titled.ts";

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
    const errors = rows.map(({ truth, predicted }) => Math.abs(predicted - truth));
    const worst = maximum(errors);
    return predictedAgainstTrue(rows, {
      finding: `Labels come back within ${numberText(mean(errors))} ${unit} on average; worst is ` +
        `${numberText(labels[errors.indexOf(worst)]!)}, by ${numberText(worst)}.`,
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

/**
 * Generated images along the label axis; a row keeps its latent, so that the label alone changes them. Where training
 * images are varied, the latent is their noise, and the label changes which of them is varied as well.
 */
export async function latentStrip(run: ExperimentRun): Promise<ImageGrid> {
  const task = taskOf(run.dataset);
  const labels = evenly(task.labels, LABELS);
  const isVaried = variesImages(run.specification);
  const generator = (await run.gan()).open();
  const { conditionOf, ...open } = (await run.condition()).open();
  try {
    const { height, width, channels } = run.dataset.train.images.shape;
    const size = height * width * channels;
    const bytes = new Uint8Array(LATENTS * labels.length * size);
    const report = countProgress("images along the labels", run.context.progress);
    for (let row = 0; row < LATENTS; row++) {
      for (const [column, label] of labels.entries()) {
        const image = tf.tidy(() =>
          drawImages(generator, conditionOf([label]), rngOf(1, "strip", row))
        );
        bytes.set(await imagesFromTensor(image, "round"), (row * labels.length + column) * size);
        image.dispose();
        report(row * labels.length + column + 1, LATENTS * labels.length);
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
      title: titled(
        run,
        isVaried
          ? "One noise per row: training images varied at each label"
          : "One latent per row: what only the label changes",
      ),
      finding: stripText(bytes, { columns: labels.length, size, isVaried }),
      rowNames: Array.from(
        { length: LATENTS },
        (_, row) => `${isVaried ? "noise" : "latent"} ${row + 1}`,
      ),
    });
  } finally {
    generator.parameters.dispose();
    open.dispose();
  }
}

/**
 * How much the label changes an image, beside how much the latent does.
 *
 * @param bytes Images row by row.
 * @param isVaried Whether they are variations of training images, which change with the label and the latent.
 */
export function stripText(
  bytes: Uint8Array,
  { columns, size, isVaried }: {
    readonly columns: number;
    readonly size: number;
    readonly isVaried: boolean;
  },
): string {
  const distance = (first: number, second: number) => {
    let sum = 0;
    for (let k = 0; k < size; k++) {
      sum += Math.abs(bytes[first * size + k]! - bytes[second * size + k]!);
    }
    return sum / size / 127.5;
  };
  const count = bytes.length / size;
  const along = [];
  const across = [];
  for (let i = 0; i < count; i++) {
    if ((i + 1) % columns !== 0) along.push(distance(i, i + 1));
    if (i + columns < count) across.push(distance(i, i + columns));
  }
  const [ofRow, ofColumn] = isVaried
    ? ["vary other training images under the same noise", "vary them under other noise"]
    : ["differ only by their label", "differ only by their latent"];
  return `Neighbours in a row, which ${ofRow}, differ by ${numberText(mean(along))} on ` +
    `average; neighbours in a column, which ${ofColumn}, by ${numberText(mean(across))} ` +
    "(mean difference of pixels; black and white differ by 2).";
}

/** Real and accepted fake images at the same labels. */
export async function realBesideFake(run: ExperimentRun): Promise<ImageGrid> {
  const { set } = (await run.pool()).open();
  const real = trainingOnce(run.dataset);
  return stripByLabel([{ name: "real", set: real }, { name: "fake", set }], {
    title: titled(run, "Real and fake images at the same labels"),
    finding: varietyText(real, set),
  });
}

/**
 * Density ratios of held-out real images, and of accepted fakes, against their label; a sentence where nothing is
 * subsampled.
 */
export async function ratioByLabelFigure(run: ExperimentRun): Promise<Chart | string> {
  const without = notSubsampled(run);
  if (without !== undefined) return without;
  const { unit } = taskOf(run.dataset);
  const part = measuredOn(run);
  const pool = (await run.pool()).open();
  const test = shownTestImages(run);
  const model = (await run.ratio()).open();
  const { conditionOf, ...open } = (await run.condition()).open();
  try {
    const ratios = await ratiosOf(model, test, { conditionOf });
    const { acceptedRatios } = pool;
    return ratioAgainstLabel([
      { name: `real (${part} set)`, labels: test.labels, ratios },
      ...(acceptedRatios
        ? [{ name: "accepted fakes", labels: pool.set.labels, ratios: acceptedRatios }]
        : []),
    ], {
      title: titled(run, "Density ratio against label"),
      unit,
      ...(acceptedRatios && {
        finding: weakestText({ labels: pool.set.labels, ratios: acceptedRatios }, {
          real: quantile(ratios, 0.5),
          unit,
          part,
        }),
      }),
    });
  } finally {
    model.dispose();
    open.dispose();
  }
}

/** Where accepted fakes look least real. */
function weakestText(
  { labels, ratios }: { readonly labels: Float32Array; readonly ratios: Float32Array },
  { real, unit, part }: {
    readonly real: number;
    readonly unit: string;
    readonly part: "test" | "validation";
  },
): string {
  const medians = stretchesOf(labels, 20).map(({ label, positions }) => ({
    label,
    median: quantile(positions.map((i) => ratios[i]!), 0.5),
  }));
  const weakest = medians.reduce((least, row) => row.median < least.median ? row : least);
  return `Accepted fakes look least real around ${
    numberText(weakest.label)
  } ${unit}, with a median ratio of ` +
    `${numberText(weakest.median)}; over all labels it is ${
      numberText(quantile(ratios, 0.5))
    }, and ` +
    `${numberText(real)} for real ${part} images.`;
}

/** What became of the fakes that students see, in words. */
function processedBy(steps: readonly string[]): string {
  const done = [
    ...(steps.includes("filter") ? ["filtered"] : []),
    ...(steps.includes("adjust") ? ["adjusted"] : []),
  ];
  return done.length === 0 ? "as students see them" : done.join(" and ");
}

/**
 * Labels of fakes against what the judge sees in them, before and after filter and adjustment. The judge is not
 * the teacher that adjusted them.
 */
export async function labelQuality(run: ExperimentRun): Promise<Chart> {
  const { unit } = taskOf(run.dataset);
  const judge = await run.judge();
  const network = judge.open();
  const processed = processedBy(run.specification.synthesis.steps);
  try {
    const panels = [
      { name: "as drawn", set: (await run.pool()).open().set },
      { name: processed, set: (await run.processed()).set },
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
    const [before, after] = rows.map(({ rows: own }) =>
      numberText(mean(own.map(({ truth, predicted }) => Math.abs(predicted - truth))))
    );
    return predictionPanels(rows, {
      finding:
        `The judge is off the labels of fakes by ${before} ${unit} as they are drawn, and by ${after} ` +
        `${processed}; off real ${measuredOn(run)} images it is by ${numberText(judge.test)}.`,
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
  const worst = rows.reduce((most, row) => row.mae > most.mae ? row : most);
  return maePerLabel(rows, {
    title: titled(run, "Where students are wrong"),
    unit,
    finding:
      `The worst label is ${numberText(worst.label)} ${unit}, off by ${numberText(worst.mae)} ` +
      `(${worst.series}).`,
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function taskOf({ train: { task } }: Dataset): Regression {
  if (task.kind === "regression") return task;
  throw new TypeError("Cannot look along a label axis: found classes, want scalar labels");
}
