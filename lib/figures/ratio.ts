/** The density ratio, and what rejection sampling made of it. */
import { ratiosOf } from "../density_ratio/density_ratio.ts";
import { type Chart, ratioHistogram, trainingCurves } from "../report/all_charts.ts";
import { captionedGrid, type ImageGrid } from "../report/all_grids.ts";
import { DataTable } from "../report/tables.ts";
import type { ExperimentRun } from "../chain/run.ts";
import { classNames } from "./class_names.ts";
import { shownTestImages } from "./shown_images.ts";
import { titled } from "./titled.ts";

/** The density-ratio fit: the mean ratio of fakes goes to 1. */
export async function ratioCurves(run: ExperimentRun): Promise<Chart> {
  const { history } = await run.ratio();
  const rows = history.flatMap(({ step, fakeRatio, realRatio }) => [
    { series: "mean ratio of fakes", step, value: fakeRatio! },
    { series: "mean ratio of reals", step, value: realRatio! },
  ]);
  return trainingCurves(rows, { title: titled(run, "Density-ratio fit"), yTitle: "mean ratio" });
}

/** Density ratios of real images, of fakes straight from the generator, and of accepted fakes. */
export async function ratioFigure(run: ExperimentRun): Promise<Chart> {
  const pool = (await run.pool()).open();
  const model = (await run.ratio()).open();
  const { conditionOf, ...embedding } = (await run.condition()).open();
  try {
    const real = await ratiosOf(model, shownTestImages(run), { conditionOf });
    return ratioHistogram([
      { name: "real (test set)", values: real },
      ...(pool.drawnRatios ? [{ name: "fake", values: pool.drawnRatios }] : []),
      ...(pool.acceptedRatios ? [{ name: "accepted", values: pool.acceptedRatios }] : []),
    ], { title: titled(run, "Density ratios") });
  } finally {
    model.dispose();
    embedding.dispose();
  }
}

/** In place of what the ratios decided. */
const NOT_SUBSAMPLED = 'This run has no step "subsample": its fakes are taken as they come.';

/** Rows of the table of acceptances where labels are scalar: more labels are taken together. */
const STRETCHES = 20;

/** How many fakes of each class, or of each stretch of scalar labels, were drawn for those that were accepted. */
export async function acceptanceTable(run: ExperimentRun): Promise<DataTable | string> {
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
    const accepted = part.length * run.specification.synthesis.perLabel;
    const drawn = part.reduce((sum, row) => sum + row.drawn, 0);
    rows.push({
      label: first === last ? first : `${first} to ${last}`,
      drawn,
      accepted,
      plain: part.reduce((sum, row) => sum + (row.plain ?? 0), 0),
      rate: 100 * part.reduce((sum, row) => sum + row.acceptanceRate, 0) / part.length,
    });
  }
  return new DataTable({
    title: titled(run, "Rejection sampling"),
    columns: [
      { key: "label", title: task.kind === "classification" ? "class" : `label (${task.unit})` },
      { key: "drawn", title: "drawn" },
      { key: "accepted", title: "accepted" },
      ...(acceptances.some(({ plain }) => plain) ? [{ key: "plain", title: "as they came" }] : []),
      { key: "rate", title: "acceptance (%)", digits: 1 },
    ],
    rows,
  });
}

/** The fakes of lowest and highest ratio among the accepted ones. */
export async function ratioExtremes(run: ExperimentRun): Promise<ImageGrid | string> {
  const { set, acceptedRatios } = (await run.pool()).open();
  if (acceptedRatios === undefined) return NOT_SUBSAMPLED;
  const order = Array.from(acceptedRatios, (_, i) => i)
    .sort((a, b) => acceptedRatios[b]! - acceptedRatios[a]!);
  const chosen = [...order.slice(0, 10), ...order.slice(-10)];
  return captionedGrid(set, chosen, {
    title: titled(run, "Accepted fakes: highest (first row) and lowest density ratio"),
    captionOf: (index) => `r = ${acceptedRatios[index]!.toFixed(2)}`,
  });
}
