/** The students of a run side by side: each by a worker of its own, all that they share once. */
import type { ExperimentRun, StudentFilter } from "../chain/run.ts";
import type { Session } from "../chain/session.ts";
import { makeFolder } from "../base/disk/files.ts";
import { recordHeld } from "./collect.ts";
import { failureLines, runLocally } from "./local.ts";
import { manifestOf, sweepFolder, writeManifest } from "./manifest.ts";
import { stagesOfRun } from "./stages.ts";
import { thisMachine, workersFor } from "./workers.ts";

/** How the students of a run are trained side by side. */
export interface SideBySideOptions extends StudentFilter {
  /** How many at once; default: one a GPU, or one a processor, as many as memory has room for. */
  readonly workers?: number;
  /** How many seeds the run was opened with, where that was said. */
  readonly seeds?: number;
  readonly session: Session;
}

/** How many students of a run can be trained at once here; 1 where at most one is left. */
export async function studentsAtOnce(
  run: ExperimentRun,
  filter: StudentFilter,
): Promise<number> {
  const stages = (await stagesOfRun(run, filter)).filter(({ held }) => !held);
  return workersFor(stages, await thisMachine());
}

/**
 * Trains every student of the table that is not in the store, and what they need, with the bits of `run.students`; each
 * leaves its record.
 *
 * @returns Why some failed, a line each; none of the others is the worse for it.
 * @throws {TrainingStopped} The session was stopped; every worker has written its checkpoint.
 */
export async function trainSideBySide(
  run: ExperimentRun,
  { workers, seeds, session, ...filter }: SideBySideOptions,
): Promise<string[]> {
  const stages = await stagesOfRun(run, filter);
  const { preset, changes, results, context: { setting } } = run;
  const { cells } = filter;
  // Seeds are among the changes of a run, and words of their own in a manifest.
  const { seeds: _seeds, ...others } = changes;
  const options = {
    preset,
    setting,
    cells,
    seeds,
    changes: seeds === undefined ? changes : others,
  };
  const folder = await sweepFolder(run.experiment.name, { ...options, results });
  await makeFolder(folder);
  const manifest = await manifestOf(run.experiment.name, options, stages);
  await writeManifest(folder, manifest);
  const machine = await thisMachine();
  const atOnce = workers ?? workersFor(stages.filter(({ held }) => !held), machine);
  const outcomes = await session.live(
    runLocally(stages, { folder, workers: atOnce, session, ...machine }),
  );
  await recordHeld(manifest, {
    results,
    store: run.context.store,
    specificationOf: () => run.specification,
    runOf: () => Promise.resolve(run),
  });
  return await failureLines(stages, outcomes, folder);
}
