/** Records of students that are in the store without one. */
import { readRecords } from "../base/disk/records.ts";
import type { Store } from "../base/disk/store.ts";
import type { ExperimentRun } from "../chain/run.ts";
import type { Manifest } from "./manifest.ts";

/**
 * Writes the record of each student of a sweep that is in the store and has none; workers write those of all that they
 * make.
 *
 * @param options.runOf Opens the run of a setting.
 * @returns How many students are not in the store.
 */
export async function recordHeld(
  { experiment, preset, stages }: Manifest,
  { results, store, runOf }: {
    readonly results: string;
    readonly store: Store;
    readonly runOf: (setting: string) => Promise<ExperimentRun>;
  },
): Promise<number> {
  // A damaged record is none: its student is recorded again.
  const records = await readRecords(results, experiment, preset, () => {});
  const recorded = new Set(records.map(({ stages }) => stages.student));
  const runs = new Map<string, ExperimentRun>();
  let missing = 0;
  for (const { id, setting, part } of stages) {
    if (part.name !== "student" || !id.startsWith("student-")) continue;
    if (!await store.has(id)) missing++;
    else if (!recorded.has(id)) {
      const run = runs.get(setting) ?? await runOf(setting);
      runs.set(setting, run);
      await run.student(part.choice);
    }
  }
  return missing;
}
