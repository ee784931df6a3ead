/** The unit of work of every scheduler: one stage, made, resumed or found; as often as you like. */
import { codeRevision } from "../base/disk/records.ts";
import { openRun } from "../chain/open_run.ts";
import { planRuns } from "../chain/plan_runs.ts";
import type { Session } from "../chain/session.ts";
import { PROJECT } from "../chain/student_record.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { type Manifest, type ManifestStage, resultsOf, storeOf } from "./manifest.ts";
import { makePart } from "./part.ts";
import { TargetReached, TargetStore } from "./target_store.ts";

/**
 * Makes one stage of a sweep as a notebook would, and those that it needs where they are not there; a student leaves its
 * record. What is in the store is found.
 *
 * @param folder Of the sweep.
 * @throws {RangeError} The manifest is of other code, so that the stage has another name now.
 * @throws {TrainingFailed} The training came to nothing.
 * @throws {TrainingStopped} SIGINT or SIGTERM came; a checkpoint was written.
 */
export async function workOn(
  stage: ManifestStage,
  { manifest, folder, experiment, session }: {
    readonly manifest: Manifest;
    readonly folder: string;
    readonly experiment: Experiment;
    readonly session?: Session;
  },
): Promise<void> {
  const { preset, seeds, changes } = manifest;
  const store = new TargetStore(storeOf(folder), stage.id);
  const options = { preset, setting: stage.setting, seeds, changes, session, store };
  const planned = planRuns(experiment, options)[0]!;
  const run = await openRun(planned, { ...options, results: resultsOf(folder) });
  const making = makePart(run, stage.part).catch((error) => {
    if (!(error instanceof TargetReached)) throw error;
  });
  await (session?.live(making) ?? making);
  if (store.isReached) return;
  throw new RangeError(
    `Cannot make "${stage.id}" (${stage.title}): the manifest is of revision ${manifest.revision}, this code, of ` +
      `revision ${await codeRevision(
        PROJECT,
      )}, makes another stage in its place; run "deno task sweep plan" again`,
  );
}
