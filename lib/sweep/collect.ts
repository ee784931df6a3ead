/** Records of students that are in the store without one. */
import { readRecords } from "../base/disk/records.ts";
import { openRun } from "../chain/open_run.ts";
import { planRuns } from "../chain/plan_runs.ts";
import type { ExperimentRun } from "../chain/run.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { type Manifest, resultsOf, storeOf } from "./manifest.ts";

/**
 * Writes the record of each student of a sweep that is in the store and has none; workers write those of all that they
 * make.
 *
 * @returns How many students are not in the store.
 */
export async function recordHeld(
  experiment: Experiment,
  { manifest, folder }: { readonly manifest: Manifest; readonly folder: string },
): Promise<number> {
  const { preset, seeds, changes } = manifest;
  const store = storeOf(folder);
  const results = resultsOf(folder);
  const records = await readRecords(results, experiment.name, preset);
  const recorded = new Set(records.map(({ stages }) => stages.student));
  const runs = new Map<string, ExperimentRun>();
  let missing = 0;
  for (const { id, setting, part } of manifest.stages) {
    if (part.name !== "student" || !id.startsWith("student-")) continue;
    if (!await store.has(id)) missing++;
    else if (!recorded.has(id)) {
      const options = { preset, setting, seeds, changes, results };
      const run = runs.get(setting) ?? await openRun(planRuns(experiment, options)[0]!, options);
      runs.set(setting, run);
      await run.student(part.choice);
    }
  }
  return missing;
}
