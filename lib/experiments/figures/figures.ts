/** Pictures of a run: what its stages found, as rows for the charts of `report/`. One line a cell. */
import {
  agreementByClass,
  type Chart,
  errorBoundChart,
  ganCurves,
  labelHistogram,
  ratioHistogram,
  studentCurves,
  teacherScoreHistogram,
  trainingCurves,
} from "../../report/charts.ts";
import { captionedGrid, gridByLabel, type ImageGrid } from "../../report/images.ts";
import { DataTable, resultRows, resultTable } from "../../report/tables.ts";
import { ratiosOf } from "../../density_ratio/density_ratio.ts";
import { spreadOf } from "../../base/metrics.ts";
import { backendInfo, tf } from "../../base/tf.ts";
import { boundComparison } from "../stages/bound_stage.ts";
import type { ExperimentRun, StudentResult } from "../run.ts";

/** The specification as a table: dotted names and values. */
export function specificationTable(run: ExperimentRun): DataTable {
  return new DataTable({
    title: `${run.experiment.title}, preset ${run.preset}, setting ${run.context.setting}`,
    columns: [{ key: "option", title: "option" }, { key: "value", title: "value" }],
    rows: [...flatten(run.specification)].map(([option, value]) => ({ option, value })),
  });
}

/** Differences from the paper, one a row. */
export function deviationsTable(run: ExperimentRun): DataTable {
  return new DataTable({
    title: "Differences from the paper at this preset",
    columns: [{ key: "difference", title: "difference" }],
    rows: run.experiment.deviations[run.preset].map((difference) => ({ difference })),
  });
}

/** Real training images, a row a class. */
export function realImages(run: ExperimentRun): ImageGrid {
  return gridByLabel([{ name: "real", set: run.dataset.train }], {
    title: `${run.dataset.name} ${run.dataset.setting}, training images`,
    each: 10,
  });
}

/** Images of each label in the training set. */
export function realLabels(run: ExperimentRun): Chart {
  return labelHistogram([{ name: "real", values: run.dataset.train.labels }], {
    title: `Labels of ${run.dataset.setting}`,
    classNames: classNames(run),
  });
}

/** Losses of the two players; agreement below where it was measured. */
export async function ganFigure(run: ExperimentRun): Promise<Chart> {
  const { history } = await run.gan();
  return ganCurves(history, { title: "cGAN training", classes: classNames(run).length });
}

/** Real beside fake images of each class, fakes straight from the generator. */
export async function fakeImages(run: ExperimentRun): Promise<ImageGrid> {
  const { set } = await run.pool();
  return gridByLabel([{ name: "real", set: run.dataset.train }, { name: "fake", set }], {
    title: "Real and fake images",
    each: 6,
  });
}

/** Density ratios of real images, of fakes straight from the generator, and of accepted fakes. */
export async function ratioFigure(run: ExperimentRun): Promise<Chart> {
  const pool = await run.pool();
  const model = (await run.ratio()).open();
  try {
    const real = await ratiosOf(model, run.dataset.test);
    return ratioHistogram([
      { name: "real (test set)", values: real },
      { name: "fake", values: pool.drawnRatios ?? [] },
      { name: "accepted", values: pool.acceptedRatios ?? [] },
    ]);
  } finally {
    model.dispose();
  }
}

/** How many fakes of each class were drawn for one that was accepted. */
export async function acceptanceTable(run: ExperimentRun): Promise<DataTable> {
  const { acceptances = [] } = await run.pool();
  const names = classNames(run);
  return new DataTable({
    title: "Rejection sampling",
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
  const { set, acceptedRatios } = await run.pool();
  if (acceptedRatios === undefined) {
    throw new TypeError('Cannot show ratios: the specification has no step "subsample"');
  }
  const order = Array.from(acceptedRatios, (_, i) => i)
    .sort((a, b) => acceptedRatios[b]! - acceptedRatios[a]!);
  const chosen = [...order.slice(0, 10), ...order.slice(-10)];
  return captionedGrid(set, chosen, {
    title: "Accepted fakes: highest (first row) and lowest density ratio",
    captionOf: (index) => `r = ${acceptedRatios[index]!.toFixed(2)}`,
  });
}

/** The teacher's scores on the fakes with the cut-off. */
export async function filterFigure(run: ExperimentRun): Promise<Chart> {
  const { filtered } = await run.processed();
  if (filtered === undefined) {
    throw new TypeError('Cannot draw the filter: the specification has no step "filter"');
  }
  const rho = run.specification.synthesis.rho[run.context.setting]!;
  return teacherScoreHistogram({ scores: filtered.scores, threshold: filtered.cutOff, rho });
}

/** Share of fakes of each class whose label the teacher confirms, before and after the filter. */
export async function agreementFigure(run: ExperimentRun): Promise<Chart> {
  const pool = await run.pool();
  const opinion = await run.opinion();
  const { filtered } = await run.processed();
  const rows = (group: string, labels: Float32Array, predicted: Float32Array) =>
    classNames(run).map((className, label) => {
      let all = 0;
      let same = 0;
      for (let i = 0; i < labels.length; i++) {
        if (labels[i] !== label) continue;
        all++;
        if (predicted[i] === label) same++;
      }
      return { className, agreement: all === 0 ? 0 : same / all, group };
    });
  return agreementByClass([
    ...rows("subsampled", pool.set.labels, opinion.predicted),
    ...(filtered ? rows("filtered", filtered.set.labels, filtered.opinion.predicted) : []),
  ]);
}

/** Fakes whose label the teacher changed. */
export async function relabelledImages(run: ExperimentRun): Promise<ImageGrid | string> {
  const { adjusted } = await run.processed();
  if (adjusted === undefined || adjusted.changed.length === 0) {
    return "The teacher changed no label of the fakes that passed the filter.";
  }
  const names = classNames(run);
  const stride = Math.max(1, Math.floor(adjusted.changed.length / 20));
  const chosen = Array.from(adjusted.changed).filter((_, i) => i % stride === 0).slice(0, 20);
  return captionedGrid(adjusted.set, chosen, {
    title: `${adjusted.changed.length} of ${adjusted.before.length} labels changed by the teacher`,
    captionOf: (i) => `${names[adjusted.before[i]!]}\n→ ${names[adjusted.set.labels[i]!]}`,
  });
}

/** Test error of every student over its epochs. */
export function studentsFigure(run: ExperimentRun, students: readonly StudentResult[]): Chart {
  const rows = students.flatMap(({ cell, seed, network }) =>
    network.curve.map(({ epoch, test }) => ({
      series: `${cell.student}, ${cell.method}`,
      seed,
      epoch,
      value: test,
    }))
  );
  const { metric } = run.experiment;
  return studentCurves(rows, { title: "Students", yTitle: `${metric.title} (${metric.unit})` });
}

/** The density-ratio fit: the mean ratio of fakes goes to 1. */
export async function ratioCurves(run: ExperimentRun): Promise<Chart> {
  const { history } = await run.ratio();
  const rows = history.flatMap(({ step, fakeRatio, realRatio }) => [
    { series: "mean ratio of fakes", step, value: fakeRatio! },
    { series: "mean ratio of reals", step, value: realRatio! },
  ]);
  return trainingCurves(rows, { title: "Density-ratio fit", yTitle: "mean ratio" });
}

/** Ours beside the paper's, from the records of this preset. */
export async function resultsTable(run: ExperimentRun): Promise<DataTable> {
  return resultTable(await run.records(), {
    title: `${run.experiment.title}, preset ${run.preset}`,
    paperTable: run.experiment.paperTables[0],
  });
}

/** Terms of the bound stacked, without and with fakes, beside the students' measured test errors. */
export async function boundFigure(
  run: ExperimentRun,
  students: readonly StudentResult[],
): Promise<Chart> {
  const bound = await run.bound();
  const mean = (method: string) => {
    const values = students.filter(({ cell }) => cell.method === method).map(({ record }) =>
      record.value / 100
    );
    return values.length === 0 ? [] : [spreadOf(values)];
  };
  const measured = [["real only", "NOKD"], ["cGAN-KD", "cGAN-KD"]].flatMap(([cell, method]) =>
    mean(method!).map(({ mean: value, halfWidth }) => ({
      cell: cell!,
      value,
      ...(halfWidth === undefined ? {} : { low: value - halfWidth, high: value + halfWidth }),
    }))
  );
  return errorBoundChart(boundComparison(bound, run.dataset.train.labels.length), measured, {
    title: "Error bound and measured test error",
    vacuousAbove: 1,
    measuredTitle: "measured test error",
  });
}

/** The measured terms as a table. */
export async function boundTable(run: ExperimentRun): Promise<DataTable> {
  const { totalVariation, floor, certified, labelTerm, terms } = await run.bound();
  const row = (term: string, value: number, low?: number, high?: number) => ({
    term,
    value,
    low,
    high,
  });
  return new DataTable({
    title: "Terms of the error bound",
    columns: [
      { key: "term", title: "term" },
      { key: "value", title: "value", digits: 3 },
      { key: "low", title: "95 % from", digits: 3 },
      { key: "high", title: "to", digits: 3 },
    ],
    rows: [
      row("TV, plug-in", totalVariation.value, totalVariation.low, totalVariation.high),
      row("TV, plug-in, real against real", floor.value, floor.low, floor.high),
      row("TV, certified to be at least", certified),
      row(
        "Λ, disagreement with an independent network",
        labelTerm.value,
        labelTerm.low,
        labelTerm.high,
      ),
      row("Δ = TV + Λ, the larger TV", terms.gap),
      row("right side of the bound", terms.total),
    ],
  });
}

/** Which methods beat plain training and by how much, in sentences made from the records. */
export async function conclusion(run: ExperimentRun): Promise<string> {
  const rows = resultRows(await run.records(), { paperTable: run.experiment.paperTables[0] });
  const { title, unit } = run.experiment.metric;
  const lines = rows.filter(({ method }) => method !== "NOKD").flatMap((row) => {
    const plain = rows.find(({ setting, student, method, specification }) =>
      method === "NOKD" && setting === row.setting && student === row.student &&
      specification === row.specification
    );
    if (plain?.ours === undefined || row.ours === undefined) return [];
    const change = row.ours - plain.ours;
    const spread = Math.hypot(row.halfWidth ?? Infinity, plain.halfWidth ?? Infinity);
    const sure = Math.abs(change) > spread
      ? ""
      : "; within the intervals of so few seeds this may be chance";
    const paper = row.paper === undefined || plain.paper === undefined
      ? ""
      : ` (paper: ${signed(row.paper - plain.paper)})`;
    return [
      `${row.student} on ${row.setting}, ${row.method}: ${title} ${
        signed(change)
      } ${unit} against ` +
      `NOKD${paper}${sure}.`,
    ];
  });
  return lines.length === 0 ? "No method was run beside NOKD." : lines.join("\n");
}

/** What computed this, and how long each student took. */
export async function versionsTable(run: ExperimentRun): Promise<DataTable> {
  const records = await run.records();
  const last = records.at(-1);
  const { dataset } = run;
  const seconds = records.reduce((sum, record) => sum + record.wallSeconds, 0);
  const rows = [
    ["backend", `${backendInfo.name} ${backendInfo.version}, ${backendInfo.device}`],
    ["Deno", Deno.version.deno],
    ["TensorFlow.js", tf.version.tfjs],
    ["revision", last?.revision ?? "no record yet"],
    ["data", `${dataset.name} ${dataset.setting}, checksum ${dataset.checksum}`],
    ["source", dataset.source],
    ["students trained", `${records.length}, ${(seconds / 60).toFixed(1)} minutes in all`],
  ];
  return new DataTable({
    title: "Versions and time",
    columns: [{ key: "what", title: "what" }, { key: "value", title: "value" }],
    rows: rows.map(([what, value]) => ({ what, value })),
  });
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

function classNames(run: ExperimentRun): readonly string[] {
  const { task } = run.dataset.train;
  return task.kind === "classification" ? task.classNames : [];
}

function* flatten(value: unknown, path = ""): Generator<[string, string]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    yield [path, typeof value === "string" ? value : JSON.stringify(value)];
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    yield* flatten(entry, path === "" ? key : `${path}.${key}`);
  }
}
