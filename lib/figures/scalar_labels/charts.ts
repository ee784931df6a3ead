/** Charts along the axis of scalar labels: embedding, density ratios, labels of fakes, errors of students. */
import { meanAbsoluteError, quantile } from "../../base/metrics.ts";
import { tf } from "../../base/tf.ts";
import { positionsByLabel } from "../../data/parts/split.ts";
import { ratiosOf } from "../../density_ratio/density_ratio.ts";
import { repeatLabels } from "../../gan/sample.ts";
import { predict } from "../../networks/supervised.ts";
import { maximum, numberText } from "../../report/vega/numbers.ts";
import { stretchesOf } from "../../report/vega/stretches.ts";
import {
  type Chart,
  maePerLabel,
  predictedAgainstTrue,
  predictionPanels,
  ratioAgainstLabel,
} from "../../report/all_charts.ts";
import { askTeacher } from "../../synthesis/teacher_opinion.ts";
import { checkRun, checkRunAndStudents } from "../../chain/check_run.ts";
import type { ExperimentRun, StudentResult } from "../../chain/run.ts";
import { notSubsampled } from "../not_subsampled.ts";
import { shownTestImages } from "../shown_images.ts";
import type { SplitName } from "../../experiments/specification/split_names.ts";
import { measuredOn, titled } from "../titled.ts";
import { mean, scalarTaskOf } from "./axis.ts";

/** Whether labels come back through the embedding: h2y(y2h(y)) against y. */
export async function embeddingFigure(run: ExperimentRun): Promise<Chart> {
  checkRun("figures.embeddingFigure()", run);
  const { labels, unit } = scalarTaskOf(run.dataset);
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
 * Density ratios of held-out real images, and of accepted fakes, against their label; a sentence where nothing is
 * subsampled.
 */
export async function ratioByLabelFigure(run: ExperimentRun): Promise<Chart | string> {
  checkRun("figures.ratioByLabelFigure()", run);
  const without = notSubsampled(run);
  if (without !== undefined) return without;
  const { unit } = scalarTaskOf(run.dataset);
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
    readonly part: SplitName;
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
  checkRun("figures.labelQuality()", run);
  const { unit } = scalarTaskOf(run.dataset);
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
  checkRunAndStudents("figures.studentsByLabel()", run, students);
  const { scale, unit } = scalarTaskOf(run.dataset);
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
