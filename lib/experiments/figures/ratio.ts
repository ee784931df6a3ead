/** The density ratio, and what rejection sampling made of it. */
import { ratiosOf } from "../../density_ratio/density_ratio.ts";
import { type Chart, ratioHistogram, trainingCurves } from "../../report/charts.ts";
import { captionedGrid, type ImageGrid } from "../../report/images.ts";
import { DataTable } from "../../report/tables.ts";
import type { ExperimentRun } from "../run.ts";
import { classNames } from "./class_names.ts";
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
    const real = await ratiosOf(model, run.dataset.test, { conditionOf });
    return ratioHistogram([
      { name: "real (test set)", values: real },
      { name: "fake", values: pool.drawnRatios ?? [] },
      { name: "accepted", values: pool.acceptedRatios ?? [] },
    ], { title: titled(run, "Density ratios") });
  } finally {
    model.dispose();
    embedding.dispose();
  }
}

/** How many fakes of each class were drawn for one that was accepted. */
export async function acceptanceTable(run: ExperimentRun): Promise<DataTable> {
  const { acceptances = [] } = (await run.pool()).open();
  const names = classNames(run);
  return new DataTable({
    title: titled(run, "Rejection sampling"),
    columns: [
      { key: "class", title: "class" },
      { key: "drawn", title: "drawn" },
      { key: "accepted", title: "accepted" },
      { key: "rate", title: "acceptance (%)", digits: 1 },
    ],
    rows: acceptances.map(({ label, drawn, acceptanceRate }) => ({
      class: names[label] ?? String(label),
      drawn,
      accepted: run.specification.synthesis.perLabel,
      rate: 100 * acceptanceRate,
    })),
  });
}

/** The fakes of lowest and highest ratio among the accepted ones. */
export async function ratioExtremes(run: ExperimentRun): Promise<ImageGrid> {
  const { set, acceptedRatios } = (await run.pool()).open();
  if (acceptedRatios === undefined) {
    throw new TypeError('Cannot show ratios: the specification has no step "subsample"');
  }
  const order = Array.from(acceptedRatios, (_, i) => i)
    .sort((a, b) => acceptedRatios[b]! - acceptedRatios[a]!);
  const chosen = [...order.slice(0, 10), ...order.slice(-10)];
  return captionedGrid(set, chosen, {
    title: titled(run, "Accepted fakes: highest (first row) and lowest density ratio"),
    captionOf: (index) => `r = ${acceptedRatios[index]!.toFixed(2)}`,
  });
}
