/** The reproduction report: records of all experiments beside the paper's values. */
import { readRecords, type RunRecord } from "../base/disk/records.ts";
import { relative } from "node:path";
import { cellNames } from "../chain/stages/student_choice.ts";
import { type Experiment, PRESETS, resolve } from "../experiments/specification/experiment.ts";
import { changesOfPreset } from "../experiments/specification/kept_changes.ts";
import { publishedComponents } from "../report/paper/figures.ts";
import { publishedResults } from "../report/paper/published.ts";
import { tableStatements } from "../report/reproduction/claims.ts";
import { componentStatements } from "../report/reproduction/component_claims.ts";
import type { ReproductionSource, RunnableSetting } from "../report/reproduction/commands.ts";
import { countOrderings } from "../report/reproduction/orderings.ts";
import { COMPARED_PRESETS, ourRuns } from "../report/reproduction/ours.ts";
import { reproductionPage } from "../report/reproduction/page.ts";
import { reproductionRows } from "../report/reproduction/rows.ts";
import { EXPERIMENTS } from "../experiments/by_name.ts";

/** Name of the page in the folder of results. */
export const REPORT_FILE = "REPRODUCTION.md";

/** The page, and what is wrong with records that it leaves out. */
export interface ReproductionReport {
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * The report of a folder of results. A record that cannot be read is named and left out.
 *
 * @param folder With `<experiment>/records/<preset>`.
 */
export async function reproductionReport(folder: string): Promise<ReproductionReport> {
  const published = publishedResults();
  const datasets = new Set(published.map(({ dataset }) => dataset));
  const loaded = await Promise.all(Object.values(EXPERIMENTS).map((load) => load()));
  // Others show no data set of the paper by its own students.
  const experiments = loaded.filter(({ title }) => datasets.has(title));
  const records: RunRecord[] = [];
  const skipped: string[] = [];
  const warnings: string[] = [];
  for (const { name } of experiments) {
    for (const preset of COMPARED_PRESETS) {
      const found = await readRecords(folder, name, preset, (path, error) => {
        skipped.push(relative(folder, path));
        warnings.push(error.message);
      });
      // A file that was copied from another's folder is no run of this experiment at this preset.
      records.push(...found.filter((one) => one.experiment === name && one.preset === preset));
    }
  }
  const byName = new Map(experiments.map((experiment) => [experiment.name, experiment]));
  const runs = ourRuns(
    records,
    ({ experiment, preset, cell, changes = {} }) =>
      changesOfPreset(byName.get(experiment)!, {
        preset,
        setting: cell.setting,
        method: cell.method,
        changes,
      }),
  );
  const statements = [...tableStatements(published), ...componentStatements(publishedComponents())];
  const changed = runs.filter(({ changes }) => Object.keys(changes).length > 0).map((run) => {
    const words = Object.entries(run.changes).map(([path, value]) => `${path}=${value}`);
    return `${run.experiment}, ${run.preset}, ${run.setting}, ${run.student}, ${run.method}: ` +
      words.join(" ");
  });
  const text = reproductionPage({
    rows: reproductionRows(published, runs),
    orderings: countOrderings(statements, runs),
    sources: experiments.map(sourceOf),
    changed: changed.sort(),
    skipped: skipped.sort(),
  });
  return { text, warnings };
}

function sourceOf(experiment: Experiment): ReproductionSource {
  const { name, title, deviations } = experiment;
  const settings = PRESETS.filter((preset) => preset !== "smoke").flatMap((preset) =>
    resolve(experiment, preset).settings.map((setting): RunnableSetting => {
      const specification = resolve(experiment, preset, {}, setting);
      const { teachers } = specification;
      return { preset, setting, cells: cellNames(specification), teachers };
    })
  );
  return { experiment: name, dataset: title, settings, deviations };
}
