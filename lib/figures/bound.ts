/** The error bound beside what was measured. */
import { spreadOf } from "../base/metrics.ts";
import { distinctCount } from "../data/parts/all_images.ts";
import { type Chart, errorBoundChart } from "../report/all_charts.ts";
import { DataTable } from "../report/tables.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { boundComparison } from "../chain/stages/bound_stage.ts";
import { titled } from "./titled.ts";

/**
 * Terms of the bound stacked, without and with fakes, beside the students' measured test errors: error rates, or mean
 * absolute errors over the label scale, both at most 1.
 */
export async function boundFigure(
  run: ExperimentRun,
  students: readonly StudentResult[],
): Promise<Chart> {
  const bound = await run.bound();
  const { task } = run.dataset.train;
  const [greatest, unit] = task.kind === "classification"
    ? [100, "error rate, 1 = 100 %"]
    : [task.scale, `mean |error|, 1 = ${task.scale} ${task.unit}`];
  const measured = measuredErrors(students).map(({ cell, values }) => {
    const { mean, halfWidth } = spreadOf(values.map((value) => value / greatest));
    return {
      cell,
      value: mean,
      ...(halfWidth === undefined ? {} : { low: mean - halfWidth, high: mean + halfWidth }),
    };
  });
  return errorBoundChart(boundComparison(bound, distinctCount(run.dataset)), measured, {
    title: titled(run, "Error bound and measured test error"),
    vacuousAbove: 1,
    unit,
    measuredTitle: "measured test error",
  });
}

/**
 * Errors without and with fakes, a number a seed: the mean over the students that both methods have with the most
 * seeds, so that every number is of the same networks.
 */
export function measuredErrors(
  students: readonly Pick<StudentResult, "cell" | "seed" | "record">[],
): { readonly cell: "real only" | "cGAN-KD"; readonly values: readonly number[] }[] {
  const errorsOf = (method: string) => {
    const errors = new Map<string, Map<number, number>>();
    for (const { cell, seed, record } of students) {
      if (cell.method !== method) continue;
      const name = cell.student ?? "";
      errors.set(name, (errors.get(name) ?? new Map<number, number>()).set(seed, record.value));
    }
    return errors;
  };
  const methods = [
    { cell: "real only" as const, errors: errorsOf("NOKD") },
    { cell: "cGAN-KD" as const, errors: errorsOf("cGAN-KD") },
  ].filter(({ errors }) => errors.size > 0);
  if (methods.length === 0) return [];
  const shared = [...methods[0]!.errors].map(([name, own]) => ({
    name,
    seeds: [...own.keys()].filter((seed) =>
      methods.every(({ errors }) => errors.get(name)?.has(seed))
    ),
  }));
  const most = Math.max(...shared.map(({ seeds }) => seeds.length));
  const kept = shared.filter(({ seeds }) => seeds.length === most);
  const seeds = kept[0]!.seeds.filter((seed) => kept.every((other) => other.seeds.includes(seed)));
  return methods.map(({ cell, errors }) => ({
    cell,
    values: seeds.map((seed) =>
      kept.reduce((sum, { name }) => sum + errors.get(name)!.get(seed)!, 0) / kept.length
    ),
  })).filter(({ values }) => values.length > 0);
}

/** The measured terms as a table. */
export async function boundTable(run: ExperimentRun): Promise<DataTable> {
  const { totalVariation, floor, certified, labelTerm, terms, b } = await run.bound();
  const isMeasurable = totalVariation.value > floor.value || certified > 0;
  const row = (term: string, value: number, low?: number, high?: number) => ({
    term,
    value,
    low,
    high,
  });
  return new DataTable({
    title: titled(run, "Terms of the error bound"),
    columns: [
      { key: "term", title: "term" },
      { key: "value", title: "value", digits: 3 },
      { key: "low", title: "95 % from", digits: 3 },
      { key: "high", title: "to", digits: 3 },
    ],
    rows: [
      row("TV, plug-in", totalVariation.value, totalVariation.low, totalVariation.high),
      row("TV, plug-in, real against real", floor.value, floor.low, floor.high),
      row("TV of images with labels, certified to be at least", certified),
      row(
        "Λ, disagreement with another network",
        labelTerm.value,
        labelTerm.low,
        labelTerm.high,
      ),
      row("Δ = TV + Λ, with the larger of the two TV", terms.gap),
      row("right side of the bound", terms.total),
    ],
    notes: [
      `𝓡_n = b / (4 √n) with b = ${b}, from the paper's errors of students without fakes; not measured here.`,
      ...(isMeasurable ? [] : [
        "TV is not above that of real against real: so few images do not show how far fakes are from real ones.",
      ]),
    ],
  });
}
