/** Records of students that are in the store without one. */
import { readRecords } from "../base/disk/records.ts";
import type { Store } from "../base/disk/store.ts";
import type { ExperimentRun } from "../chain/run.ts";
import { settingTitle } from "../chain/student_record.ts";
import type { Specification } from "../experiments/specification/schema.ts";
import type { Manifest } from "./manifest.ts";
import { errorStages } from "./stages.ts";

/**
 * Writes the record of each student of a sweep that is in the store, measured, and has none; workers write those of all
 * that they make.
 *
 * @param options.specificationOf What a setting's run is of; it takes no images to know.
 * @param options.runOf Opens the run of a setting.
 * @returns How many students are not in the store, or not measured.
 */
export async function recordHeld(
  { experiment, preset, stages }: Manifest,
  { results, store, specificationOf, runOf }: {
    readonly results: string;
    readonly store: Store;
    readonly specificationOf: (setting: string) => Specification;
    readonly runOf: (setting: string) => Promise<ExperimentRun>;
  },
): Promise<number> {
  // A damaged record is none: its student is recorded again.
  const records = await readRecords(results, experiment, preset, () => {});
  // The same student has a record for each set of images that its error was measured on.
  const nameOf = (student: string | undefined, setting: string | undefined) =>
    `${student} on ${setting}`;
  const recorded = new Set(records.map(({ stages, cell }) => nameOf(stages.student, cell.setting)));
  const errors = errorStages(stages);
  const runs = new Map<string, ExperimentRun>();
  let missing = 0;
  for (const { id, setting, part } of stages) {
    if (part.name !== "student" || !id.startsWith("student-")) continue;
    const title = settingTitle(specificationOf(setting), setting);
    if (!await store.has(errors.get(id)?.id ?? id)) missing++;
    else if (!recorded.has(nameOf(id, title))) {
      const run = runs.get(setting) ?? await runOf(setting);
      runs.set(setting, run);
      await run.student(part.choice);
    }
  }
  return missing;
}
