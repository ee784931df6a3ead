/** What networks without a part in the chain say of the generator. */
import type { IntraFid } from "../../evaluation/intra_fid.ts";
import type { OverLabels } from "../../evaluation/label_groups.ts";
import { numberText } from "../../report/vega/numbers.ts";
import { type Chart, maePerLabel, trainingCurves } from "../../report/all_charts.ts";
import { type CellValue, DataTable } from "../../report/tables.ts";
import { checkRun } from "../../chain/check_run.ts";
import type { ExperimentRun } from "../../chain/run.ts";
import { titled } from "../titled.ts";

/** Intra-FID, label score and diversity: mean over labels, with spread and extremes. */
export async function generatorScoreTable(run: ExperimentRun): Promise<DataTable> {
  checkRun("figures.generatorScoreTable()", run);
  const { score, labels, reals, fakes } = await run.generatorScore();
  const { evaluation } = run.specification;
  const { metric: { unit } } = run.experiment;
  const row = (measure: string, better: string, over: OverLabels): Record<string, CellValue> => ({
    measure,
    better,
    ...over,
  });
  const { intraFid, labelScore, realLabelScore, diversity } = score;
  // As many kinds as there are, or one per image where there are fewer images of a label.
  const most = Math.min(diversity?.limit ?? Infinity, Math.log(fakes / labels.length));
  return DataTable.of({
    title: titled(run, "Generator score"),
    columns: [
      { key: "measure", title: "measure" },
      { key: "better", title: "better" },
      { key: "mean", title: "mean over labels", digits: 2 },
      { key: "deviation", title: "deviation", digits: 2 },
      { key: "minimum", title: "least", digits: 2 },
      { key: "maximum", title: "greatest", digits: 2 },
    ],
    rows: [
      row("Intra-FID", "lower", intraFid),
      row(`label score of fakes (${unit})`, "lower", labelScore),
      row(`label score of real images (${unit})`, "the regressor's own error", realLabelScore),
      ...(diversity === undefined ? [] : [
        row(`diversity (nats, at most ${most.toFixed(2)})`, "higher", diversity),
      ]),
    ],
    notes: [
      `${fakes} fakes and ${reals} real images at ${labels.length} labels; the networks that judge have ` +
      `width ${evaluation!.width} and learnt from ${evaluation!.images} real images of all parts.`,
      "Distances of other widths, numbers of images or data sets do not compare.",
    ],
  });
}

/** Label score along the label axis: fakes beside real images, whose error is the regressor's own. */
export async function labelScoreFigure(run: ExperimentRun): Promise<Chart> {
  checkRun("figures.labelScoreFigure()", run);
  const { score } = await run.generatorScore();
  const { unit } = run.experiment.metric;
  const rows = [
    ...score.labelScore.perLabel.map((row) => ({ series: "fakes", ...row })),
    ...score.realLabelScore.perLabel.map((row) => ({ series: "real images", ...row })),
  ];
  return maePerLabel(rows.map(({ series, label, error }) => ({ series, label, mae: error })), {
    title: titled(run, "Label score: how far from its label an image is seen"),
    unit,
    finding:
      `Fakes are off their label by ${
        numberText(score.labelScore.mean)
      } ${unit} on average over labels, ` +
      `real images by ${numberText(score.realLabelScore.mean)}, the error of the regressor itself.`,
  });
}

/** Intra-FID along the label axis. */
export async function intraFidFigure(run: ExperimentRun): Promise<Chart> {
  checkRun("figures.intraFidFigure()", run);
  const { score } = await run.generatorScore();
  const rows = score.intraFid.perLabel.map(({ label, distance }) => ({
    series: "real against fake",
    step: label,
    value: distance,
  }));
  return trainingCurves(rows, {
    title: titled(run, "Intra-FID by label"),
    finding: extremesText(score.intraFid, run.experiment.metric.unit),
    xTitle: `label (${run.experiment.metric.unit})`,
    yTitle: "Fréchet distance",
  });
}

/** Where fakes are nearest to real images, and where farthest. */
function extremesText({ perLabel, mean }: IntraFid, unit: string): string {
  const sorted = perLabel.toSorted((a, b) => a.distance - b.distance);
  const [nearest, farthest] = [sorted[0]!, sorted.at(-1)!];
  return `Fakes are nearest to real images at ${numberText(nearest.label)} ${unit} ` +
    `(${numberText(nearest.distance)}) and farthest at ${numberText(farthest.label)} ` +
    `(${numberText(farthest.distance)}); the mean is ${numberText(mean)}.`;
}
