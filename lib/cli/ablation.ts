/** `deno task run EXPERIMENT --ablation NAME`: every point of an ablation; prints its table and writes its chart. */
import { join } from "../base/disk/path.ts";
import { ABLATIONS } from "../ablations/registry.ts";
import type { AblationOptions } from "../ablations/run_ablation.ts";
import type { Chart } from "../report/all_charts.ts";
import type { DataTable, TableForm } from "../report/tables.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { findName } from "./arguments.ts";
import { UsageError } from "./main.ts";

/** The word that lists all. */
export const LIST = "list";

/** Names with a sentence each. */
export function ablationList(): string {
  const longest = Math.max(...Object.keys(ABLATIONS).map(({ length }) => length));
  return Object.values(ABLATIONS).map(({ name, what }) => `${name.padEnd(longest)}  ${what}`)
    .join("\n");
}

/**
 * The name of an ablation.
 *
 * @throws {UsageError} There is none of this name, or another option that ablations know nothing of.
 */
export function ablationName(
  word: string,
  others: Readonly<Record<string, string | boolean | undefined>>,
): string {
  const name = findName(Object.keys(ABLATIONS), word, "ablation");
  const unfit = ["until", "options"].find((other) => others[other] !== undefined);
  if (unfit === undefined) return name;
  throw new UsageError(
    `Cannot use --${unfit} with --ablation: want one of them, since an ablation ends with its students`,
  );
}

/** Runs it; returns the exit code. */
export async function runAndPrint(
  experiment: Experiment,
  name: string,
  { format = "text", ...options }: AblationOptions & { readonly format?: TableForm },
): Promise<number> {
  // Loads TensorFlow, so after the command line was checked.
  const { runAblation } = await import("../ablations/run_ablation.ts");
  const { ablationTable } = await import("../ablations/ablation_table.ts");
  const { ablationFigure } = await import("../figures/ablation.ts");
  const { saveChart } = await import("../report/all_charts.ts");
  const { foretelling, foretellingTable } = await import("../ablations/foretelling.ts");
  const { foretellingFigure } = await import("../figures/foretelling.ts");
  const sweep = await runAblation(experiment, name, options);
  const show = (table: DataTable) => console.log(table.render(format).replace(/\n$/, ""));
  const results = join(import.meta.dirname!, "..", "..", "results");
  const save = async (chart: Chart, what: string) => {
    const file = `${sweep.setting.replaceAll(/[^\w-]+/g, "_")}_${what}`;
    const path = join(results, experiment.name, "ablations", sweep.preset, file);
    await saveChart(chart, `${path}.svg`);
    console.error(`\n${chart.finding ?? ""}\n${path}.svg`);
    try {
      await saveChart(chart, `${path}.png`);
      console.error(`${path}.png`);
    } catch (error) {
      // Fonts or the native library are missing: the SVG is there.
      console.error(error instanceof Error ? error.message : error);
    }
  };
  show(ablationTable(sweep));
  if (sweep.points.some(({ results }) => results.some(({ value }) => value !== undefined))) {
    await save(ablationFigure(sweep), name);
  }
  const isMeasured = sweep.points.some(({ measures }) => measures !== undefined);
  if (isMeasured && foretelling(sweep).length > 0) {
    console.log();
    show(foretellingTable(sweep));
    await save(foretellingFigure(sweep), `${name}_measures`);
  }
  // Test images choose nothing.
  if (name === "rho" && sweep.setting.endsWith("validation")) {
    const { chooseRho, rhoTable } = await import("../ablations/select_rho.ts");
    if (sweep.points.some(({ bound }) => bound !== undefined)) {
      console.log();
      show(rhoTable(chooseRho(sweep)));
    }
  }
  for (const failure of sweep.failures) console.error(`\n${failure}`);
  return sweep.failures.length === 0 ? 0 : 1;
}
