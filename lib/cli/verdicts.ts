/** Verdicts on fakes beside what they changed, from the records of all experiments. */
import { readRecords, type RunRecord } from "../base/disk/records.ts";
import { type FakesRecord, readFakesRecords } from "../bound/fakes_record.ts";
import { type Experiment, resolve } from "../experiments/specification/experiment.ts";
import { changesOfPreset } from "../experiments/specification/kept_changes.ts";
import { COMPARED_PRESETS } from "../report/reproduction/ours.ts";
import { verdictsPage } from "../report/verdicts/page.ts";
import { verdictRows } from "../report/verdicts/rows.ts";
import { EXPERIMENTS } from "../experiments/by_name.ts";

/** Name of the page in the folder of results. */
export const VERDICTS_FILE = "VERDICTS.md";

/** Whose records stay out of version control: toy shapes, and images that nobody else has. */
const NOT_KEPT: readonly string[] = ["walkthrough", "own_images", "own_labels"];

/**
 * The page of a folder of results, and what is wrong with records that it leaves out.
 *
 * @param folder With `<experiment>/records/<preset>` and `<experiment>/fakes/<preset>`.
 */
export async function verdictsReport(
  folder: string,
): Promise<{ readonly text: string; readonly warnings: readonly string[] }> {
  const all = await Promise.all(Object.values(EXPERIMENTS).map((load) => load()));
  const loaded = all.filter(({ name }) => !NOT_KEPT.includes(name));
  const byName = new Map(loaded.map((experiment) => [experiment.name, experiment]));
  const records: RunRecord[] = [];
  const fakes: FakesRecord[] = [];
  const warnings: string[] = [];
  const onDamaged = (_path: string, { message }: SyntaxError) => void warnings.push(message);
  for (const { name } of loaded) {
    for (const preset of COMPARED_PRESETS) {
      const found = await readRecords(folder, name, preset, onDamaged);
      records.push(...found.filter((one) => one.experiment === name && one.preset === preset));
      fakes.push(...await readFakesRecords(folder, name, preset, onDamaged));
    }
  }
  const experimentOf = ({ experiment }: RunRecord) => byName.get(experiment)!;
  const rows = verdictRows(records, fakes, {
    changesOf: (record, method) => {
      const { preset, cell: { setting }, changes = {} } = record;
      return changesOfPreset(experimentOf(record), { preset, setting, method, changes });
    },
    hasEqualSteps: (record) => hasEqualSteps(experimentOf(record), record),
  });
  return { text: verdictsPage(rows), warnings };
}

/** Whether all students of the run of a record take equal steps. */
function hasEqualSteps(
  experiment: Experiment,
  { preset, cell, changes: { studentEpochs } = {} }: RunRecord,
): boolean {
  // Behind a comma tables say that images are held out, or fewer.
  const [setting] = cell.setting.split(", ");
  const changes: Record<string, string> = studentEpochs === undefined ? {} : { studentEpochs };
  return resolve(experiment, preset, changes, setting).studentEpochs === "real images";
}
