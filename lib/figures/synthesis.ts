/** What the teacher did to the fakes: filter and new labels. */
import { quantile } from "../base/metrics.ts";
import { labelText } from "../base/short_label.ts";
import { maximum, numberText } from "../report/vega/numbers.ts";
import { agreementByClass, type Chart, teacherScoreHistogram } from "../report/all_charts.ts";
import { captionedGrid, type ImageGrid } from "../report/all_grids.ts";
import { DataTable } from "../report/tables.ts";
import { listed } from "../report/words.ts";
import type { Adjusted } from "../synthesis/adjust.ts";
import { checkRun } from "../chain/check_run.ts";
import type { ExperimentRun } from "../chain/run.ts";
import { classNames } from "./class_names.ts";
import { notSubsampled } from "./not_subsampled.ts";
import { titled } from "./titled.ts";

/** The teacher's scores on the fakes with the cut-off. */
export async function filterFigure(run: ExperimentRun): Promise<Chart | string> {
  checkRun("figures.filterFigure()", run);
  const { filtered } = await run.processed();
  if (filtered === undefined) return 'This run has no step "filter": it keeps every fake.';
  const rho = run.specification.synthesis.rho[run.context.setting]!;
  const { task } = run.dataset.train;
  const { cutOffs } = filtered;
  if (cutOffs !== undefined) {
    const { set } = (await run.pool()).open();
    const all = [...cutOffs.values()];
    return teacherScoreHistogram({
      // One line has to part the fakes of all labels.
      scores: filtered.scores.map((score, i) => {
        const own = cutOffs.get(set.labels[i]!)!;
        return own > 0 ? score / own : score > 0 ? 2 : 0;
      }),
      threshold: 1,
      kept: filtered.kept.length,
      rho,
      scoreTitle: "score / cut-off of its label",
    }, {
      title: titled(run, "Teacher filter"),
      finding: `Each label has its own cut-off, from ${numberText(Math.min(...all))} to ` +
        `${numberText(Math.max(...all))}, and keeps a share rho of its fakes.`,
    });
  }
  return teacherScoreHistogram({
    scores: filtered.scores,
    threshold: filtered.cutOff,
    kept: filtered.kept.length,
    rho,
    ...(task.kind === "regression" && { scoreTitle: `|teacher − label| (${task.unit})` }),
  }, {
    title: titled(run, "Teacher filter"),
    finding: task.kind === "regression"
      ? `The teacher is off the labels of kept fakes by at most ${numberText(filtered.cutOff)} ` +
        `${task.unit}, and off those of all by ${numberText(meanOf(filtered.scores))} on average.`
      : `The teacher gives the labels of kept fakes a probability of at least ${
        (100 * Math.exp(-filtered.cutOff)).toFixed(1)
      } %, and those of all ${
        (100 * meanOf(filtered.scores.map((score) => Math.exp(-score)))).toFixed(1)
      } % on average.`,
  });
}

/** What the fakes before the filter are. */
function poolName(run: Pick<ExperimentRun, "specification">): string {
  return notSubsampled(run) === undefined ? "subsampled" : "as drawn";
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Share of fakes of each class whose label the teacher confirms, before and after the filter. */
export async function agreementFigure(run: ExperimentRun): Promise<Chart> {
  checkRun("figures.agreementFigure()", run);
  const pool = (await run.pool()).open();
  const opinion = await run.opinion();
  const { filtered } = await run.processed();
  const rows = (group: string, labels: Float32Array, predicted: Float32Array) =>
    classNames(run).flatMap((className, label) => {
      let all = 0;
      let same = 0;
      for (let i = 0; i < labels.length; i++) {
        if (labels[i] !== label) continue;
        all++;
        if (predicted[i] === label) same++;
      }
      // Of no fakes there is no share.
      return all === 0 ? [] : [{ className, agreement: same / all, group }];
    });
  const before = rows(poolName(run), pool.set.labels, opinion.predicted);
  const after = filtered ? rows("filtered", filtered.set.labels, filtered.opinion.predicted) : [];
  const least = before.reduce((low, row) => row.agreement < low.agreement ? row : low);
  const mean = (of: typeof before) =>
    `${(100 * of.reduce((sum, row) => sum + row.agreement, 0) / of.length).toFixed(1)} %`;
  return agreementByClass([...before, ...after], {
    title: titled(run, "Agreement with labels by class"),
    finding: `The teacher confirms ${mean(before)} of the labels before the filter` +
      (after.length === 0 ? "" : ` and ${mean(after)} after it`) +
      ` (means over classes); before it, fewest of ${least.className}: ${
        (100 * least.agreement).toFixed(1)
      } %.`,
  });
}

/**
 * Fakes of each class after every step. Where the filter has one cut-off for all classes, it may drop altogether what the
 * teacher finds hard.
 */
export async function fakesByClassTable(run: ExperimentRun): Promise<DataTable> {
  checkRun("figures.fakesByClassTable()", run);
  const pool = (await run.pool()).open();
  const { filtered, set } = await run.processed();
  const counts = (labels: Float32Array) => {
    const all = new Array<number>(classNames(run).length).fill(0);
    for (const label of labels) all[label]!++;
    return all;
  };
  const drawn = counts(pool.set.labels);
  const kept = counts((filtered ?? pool).set.labels);
  const trained = counts(set.labels);
  return DataTable.of({
    title: titled(run, "Fakes by class"),
    columns: [
      { key: "className", title: "class" },
      { key: "pool", title: poolName(run), digits: 0 },
      { key: "kept", title: "passed the filter", digits: 0 },
      { key: "trained", title: "drawn, by the label that students see", digits: 0 },
    ],
    rows: classNames(run).map((className, label) => ({
      className,
      pool: drawn[label]!,
      kept: kept[label]!,
      trained: trained[label]!,
    })),
    notes: [missingText(classNames(run).filter((_, label) => trained[label] === 0))],
  });
}

function missingText(missing: readonly string[]): string {
  return missing.length === 0
    ? "Students see fakes of every class."
    : `Students see no fake of ${listed(missing)}.`;
}

/** Fakes whose label the teacher changed. */
export async function relabelledImages(run: ExperimentRun): Promise<ImageGrid | string> {
  checkRun("figures.relabelledImages()", run);
  const { adjusted } = await run.processed();
  if (adjusted === undefined || adjusted.changed.length === 0) {
    return "The teacher changed no label of the fakes that passed the filter.";
  }
  const { task } = adjusted.set;
  const nameOf = (label: number) =>
    task.kind === "classification" ? task.classNames[label]! : labelText(label, task);
  const stride = Math.max(1, Math.floor(adjusted.changed.length / 20));
  const chosen = Array.from(adjusted.changed).filter((_, i) => i % stride === 0).slice(0, 20);
  return captionedGrid(adjusted.set, chosen, {
    title: titled(
      run,
      `Labels changed by the teacher: ${adjusted.changed.length} of ${adjusted.before.length}`,
    ),
    finding: changesText(adjusted),
    captionOf: (i) => `${nameOf(adjusted.before[i]!)}\n→ ${nameOf(adjusted.set.labels[i]!)}`,
  });
}

/** What the teacher changed: the most frequent change of class, or how far labels moved. */
function changesText({ set: { task, labels }, before, changed }: Adjusted): string {
  if (task.kind === "regression") {
    const moves = Array.from(changed, (i) => Math.abs(labels[i]! - before[i]!));
    return `Labels moved by ${numberText(quantile(moves, 0.5))} ${task.unit} in the median, by ` +
      `${numberText(maximum(moves))} at most.`;
  }
  const counts = new Map<string, number>();
  for (const i of changed) {
    const change = `${task.classNames[before[i]!]} to ${task.classNames[labels[i]!]}`;
    counts.set(change, (counts.get(change) ?? 0) + 1);
  }
  const [change, count] = [...counts].reduce((most, entry) => entry[1] > most[1] ? entry : most);
  return `The most frequent change is from ${change}: ${count} of ${changed.length}.`;
}
