/** The density ratio, and what rejection sampling made of it. */
import { quantile } from "../base/metrics.ts";
import { ratiosOf } from "../density_ratio/density_ratio.ts";
import { numberText } from "../report/vega/numbers.ts";
import { type Chart, ratioHistogram, trainingCurves } from "../report/all_charts.ts";
import { captionedGrid, type ImageGrid } from "../report/all_grids.ts";
import { DataTable } from "../report/tables.ts";
import type { LabelAcceptance } from "../synthesis/subsample.ts";
import { checkRun } from "../chain/check_run.ts";
import type { ExperimentRun } from "../chain/run.ts";
import { classNames } from "./class_names.ts";
import { fitText } from "./findings.ts";
import { NOT_SUBSAMPLED, notSubsampled } from "./not_subsampled.ts";
import { shownTestImages } from "./shown_images.ts";
import type { SplitName } from "../experiments/specification/split_names.ts";
import { measuredOn, titled } from "./titled.ts";

/**
 * The density-ratio fit, made first where it is not there: at the optimum of its loss the mean ratio of fakes is 1. A
 * sentence where nothing is subsampled; then nothing is fitted.
 */
export async function ratioCurves(run: ExperimentRun): Promise<Chart | string> {
  checkRun("figures.ratioCurves()", run);
  const without = notSubsampled(run);
  if (without !== undefined) return without;
  const { history } = await run.ratio();
  const rows = history.flatMap(({ step, fakeRatio, realRatio }) => [
    { series: "mean ratio of fakes", step, value: fakeRatio! },
    { series: "mean ratio of reals", step, value: realRatio! },
  ]);
  const { fakeRatio, realRatio } = history.at(-1)!;
  return trainingCurves(rows, {
    title: titled(run, "Density-ratio fit"),
    yTitle: "mean ratio",
    finding: fitText(fakeRatio!, realRatio!, run.specification.ratio.penalty),
  });
}

/**
 * Density ratios of real images, of fakes straight from the generator, and of accepted fakes; a sentence where nothing is
 * subsampled.
 */
export async function ratioFigure(run: ExperimentRun): Promise<Chart | string> {
  checkRun("figures.ratioFigure()", run);
  const without = notSubsampled(run);
  if (without !== undefined) return without;
  const part = measuredOn(run);
  const pool = (await run.pool()).open();
  const model = (await run.ratio()).open();
  const { conditionOf, ...embedding } = (await run.condition()).open();
  try {
    const real = await ratiosOf(model, shownTestImages(run), { conditionOf });
    const { drawnRatios, acceptedRatios } = pool;
    return ratioHistogram([
      { name: `real (${part} set)`, values: real },
      ...(drawnRatios ? [{ name: "fake", values: drawnRatios }] : []),
      ...(acceptedRatios ? [{ name: "accepted", values: acceptedRatios }] : []),
    ], {
      title: titled(run, "Density ratios"),
      ...(drawnRatios && acceptedRatios && {
        finding: subsamplingText({ real, part }, drawnRatios, acceptedRatios),
      }),
    });
  } finally {
    model.dispose();
    embedding.dispose();
  }
}

/** What subsampling did to the median ratio. */
function subsamplingText(
  { real, part }: { readonly real: ArrayLike<number>; readonly part: SplitName },
  drawn: ArrayLike<number>,
  accepted: ArrayLike<number>,
): string {
  const [ofReal, before, after] = [real, drawn, accepted].map((values) =>
    quantile(values, 0.5)
  ) as [
    number,
    number,
    number,
  ];
  const nearer = Math.abs(before - ofReal) - Math.abs(after - ofReal);
  const compared = nearer > VISIBLE * Math.max(ofReal, before) ? "more" : "no more";
  return [
    `The median ratio of fakes is ${numberText(before)} as they are drawn and ${
      numberText(after)
    } after rejection.`,
    `That of real ${part} images is ${numberText(ofReal)}.`,
    `To this ratio, accepted fakes look ${compared} like real images than drawn ones.`,
  ].join(" ");
}

/** A change that is smaller, relative to the ratios, is none. */
const VISIBLE = 0.02;

/** Rows of the table of acceptances where labels are scalar: more labels are taken together. */
const STRETCHES = 20;

/** How many fakes of each class, or of each stretch of scalar labels, were drawn for those that were accepted. */
export async function acceptanceTable(run: ExperimentRun): Promise<DataTable | string> {
  checkRun("figures.acceptanceTable()", run);
  const { acceptances } = (await run.pool()).open();
  if (acceptances === undefined) return NOT_SUBSAMPLED;
  const { task } = run.dataset.train;
  const names = classNames(run);
  const size = task.kind === "classification" ? 1 : Math.ceil(acceptances.length / STRETCHES);
  const rows = [];
  for (let start = 0; start < acceptances.length; start += size) {
    const part = acceptances.slice(start, start + size);
    const [first, last] = [part[0]!, part.at(-1)!].map(({ label }) =>
      names[label] ?? String(Number(label.toPrecision(6)))
    );
    const sumOf = (value: (row: LabelAcceptance) => number) =>
      part.reduce((sum, row) => sum + value(row), 0);
    const drawn = sumOf((row) => row.drawn);
    const passed = sumOf((row) => Math.round(row.acceptanceRate * row.drawn));
    rows.push({
      label: first === last ? first : `${first} to ${last}`,
      drawn,
      passed,
      rate: drawn === 0 ? 0 : 100 * passed / drawn,
      kept: sumOf((row) => row.accepted),
      plain: sumOf((row) => row.plain ?? 0),
    });
  }
  const byRate = rows.toSorted((a, b) => a.rate - b.rate);
  const [lowest, highest] = [byRate[0]!, byRate.at(-1)!];
  return DataTable.of({
    title: titled(run, "Rejection sampling"),
    columns: [
      { key: "label", title: task.kind === "classification" ? "class" : `label (${task.unit})` },
      { key: "drawn", title: "drawn" },
      { key: "passed", title: "of these accepted" },
      { key: "rate", title: "acceptance (%)", digits: 1 },
      { key: "kept", title: "kept" },
      ...(acceptances.some(({ plain }) => plain) ? [{ key: "plain", title: "as they came" }] : []),
    ],
    rows,
    notes: [
      "Drawn are the fakes after the burn-in. Of what the last batch of a label accepts, only as many are kept as the " +
      "label still needs.",
      lowest.rate === highest.rate
        ? `Acceptance is ${lowest.rate.toFixed(1)} % everywhere.`
        : `Acceptance is lowest at ${lowest.label} (${lowest.rate.toFixed(1)} %) and highest at ` +
          `${highest.label} (${highest.rate.toFixed(1)} %).`,
    ],
  });
}

/** The fakes of lowest and highest ratio among the accepted ones. */
export async function ratioExtremes(run: ExperimentRun): Promise<ImageGrid | string> {
  checkRun("figures.ratioExtremes()", run);
  const { set, acceptedRatios } = (await run.pool()).open();
  if (acceptedRatios === undefined) return NOT_SUBSAMPLED;
  const order = Array.from(acceptedRatios, (_, i) => i)
    .sort((a, b) => acceptedRatios[b]! - acceptedRatios[a]!);
  const chosen = [...order.slice(0, 10), ...order.slice(-10)];
  return captionedGrid(set, chosen, {
    title: titled(run, "Accepted fakes: highest (first row) and lowest density ratio"),
    finding: `Ratios of accepted fakes go from ${numberText(acceptedRatios[order.at(-1)!]!)} to ` +
      `${numberText(acceptedRatios[order[0]!]!)}, with a median of ${
        numberText(quantile(acceptedRatios, 0.5))
      }.`,
    captionOf: (index) => `r = ${acceptedRatios[index]!.toFixed(2)}`,
  });
}
