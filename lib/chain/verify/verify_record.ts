/** A recorded student trained again from its record alone, and compared. */
import type { RunRecord } from "../../base/disk/records.ts";
import { TrainingFailed } from "../../base/training/failures.ts";
import type { Experiment } from "../../experiments/specification/experiment.ts";
import { openRun } from "../open_run.ts";
import type { ExperimentRun } from "../run.ts";
import type { RunOptions } from "../run_options.ts";
import { compareRecords, type Verification } from "./compare_records.ts";
import { recordedChoice } from "./recorded_choice.ts";

/**
 * Opens the run of a record.
 *
 * @param options Where to keep what is made; nothing of it decides a result.
 * @throws {RangeError} The experiment has no such preset, setting or option any more.
 */
export function openRecorded(
  experiment: Experiment,
  { preset, cell: { setting }, changes }: RunRecord,
  options: Pick<RunOptions, "results" | "store" | "session">,
): Promise<ExperimentRun> {
  // Errors on held-out images stand under a title of their own.
  const [name] = setting.split(", ");
  return openRun(experiment, { ...options, preset, setting: name, changes });
}

/**
 * Trains the student of a record, with all that it needs and the run's store does not hold, and compares.
 *
 * @param run Of the record; its results lie elsewhere than the record.
 * @throws {RangeError} The run has no such student; says why.
 */
export async function verifyRecord(run: ExperimentRun, record: RunRecord): Promise<Verification> {
  const choice = recordedChoice(record, run.specification);
  try {
    const { record: here } = await run.student(choice);
    return compareRecords(record, here);
  } catch (error) {
    if (!(error instanceof TrainingFailed)) throw error;
    const failed = (await run.recordList()).find((one) =>
      one.failure !== undefined && one.seed === record.seed &&
      one.cell.method === record.cell.method
    );
    if (failed === undefined) throw error;
    return compareRecords(record, failed);
  }
}
