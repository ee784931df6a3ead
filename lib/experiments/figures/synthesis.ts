/** What the teacher did to the fakes: filter and new labels. */
import { agreementByClass, type Chart, teacherScoreHistogram } from "../../report/charts.ts";
import { captionedGrid, type ImageGrid } from "../../report/images.ts";
import type { ExperimentRun } from "../run.ts";
import { classNames } from "./class_names.ts";
import { titled } from "./titled.ts";

/** The teacher's scores on the fakes with the cut-off. */
export async function filterFigure(run: ExperimentRun): Promise<Chart | string> {
  const { filtered } = await run.processed();
  if (filtered === undefined) return 'This run has no step "filter": it keeps every fake.';
  const rho = run.specification.synthesis.rho[run.context.setting]!;
  const { task } = run.dataset.train;
  return teacherScoreHistogram({
    scores: filtered.scores,
    threshold: filtered.cutOff,
    kept: filtered.kept.length,
    rho,
    ...(task.kind === "regression" && { scoreTitle: `|teacher − label| (${task.unit})` }),
  }, { title: titled(run, "Teacher filter") });
}

/** Share of fakes of each class whose label the teacher confirms, before and after the filter. */
export async function agreementFigure(run: ExperimentRun): Promise<Chart> {
  const pool = (await run.pool()).open();
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
  const { task } = adjusted.set;
  const nameOf = (label: number) =>
    task.kind === "classification" ? task.classNames[label]! : label.toFixed(1);
  const stride = Math.max(1, Math.floor(adjusted.changed.length / 20));
  const chosen = Array.from(adjusted.changed).filter((_, i) => i % stride === 0).slice(0, 20);
  return captionedGrid(adjusted.set, chosen, {
    title: `${adjusted.changed.length} of ${adjusted.before.length} labels changed by the teacher`,
    captionOf: (i) => `${nameOf(adjusted.before[i]!)}\n→ ${nameOf(adjusted.set.labels[i]!)}`,
  });
}
