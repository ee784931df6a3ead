/** The students of a run side by side: each by a worker of its own, all that they share once. */
import { checkOptionNames } from "../base/check_argument.ts";
import { makeFolder } from "../base/disk/files.ts";
import { shortHash } from "../base/disk/identity.ts";
import { join } from "../base/disk/path.ts";
import { TrainingFailed } from "../base/training/failures.ts";
import { checkFilter, checkRun } from "../chain/check_run.ts";
import type { ExperimentRun, StudentFilter, StudentResult } from "../chain/run.ts";
import { EXPERIMENTS } from "../experiments/by_name.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { recordHeld } from "./collect.ts";
import { failureLines, runLocally } from "./local.ts";
import { manifestOf, sweepFolder, writeManifest } from "./manifest.ts";
import { stagesOfRun, type SweepStage } from "./stages.ts";
import { thisMachine, workersFor } from "./workers.ts";

/** How the students of a run are trained. */
export interface TrainStudentsOptions extends StudentFilter {
  /** How many at once, at most; default: one a GPU, or one a processor, as many as memory has room for. */
  readonly workers?: number;
}

/**
 * `run.students(filter)`, but those that are not trained yet are trained side by side, each by a process of its own with
 * its share of the processors; same students, same bits: `await session.live(trainStudents(run))`. One after the other,
 * in this process, where that is quicker or only this process can: where no more than one is left, at preset "smoke", in
 * a run that was opened with `fresh`, and where the experiment was made by the caller.
 *
 * @throws {RangeError} No cell holds the pattern; lists them.
 * @throws {TrainingFailed} Trainings came to nothing; all others were finished before.
 * @throws {TrainingStopped} The session was stopped; every worker has written its checkpoint.
 */
export async function trainStudents(
  run: ExperimentRun,
  options: TrainStudentsOptions = {},
): Promise<StudentResult[]> {
  checkRun("trainStudents()", run);
  checkOptionNames("trainStudents()", options, {
    known: { cells: true, trainOn: true, seeds: true, workers: true },
    example: '{ cells: "VGG11, cGAN-KD" }',
  });
  const { workers, ...filter } = options;
  checkFilter("trainStudents()", filter);
  if (workers !== undefined) wantWorkers(workers);
  const stages = await stagesOfRun(run, filter);
  const open = stages.filter(({ held }) => !held);
  // A toy's training takes no longer than the start of a process for it.
  const most = workers ?? (run.preset === "smoke" ? 1 : workersFor(open, await thisMachine()));
  const atOnce = await canBeShared(run) ? most : 1;
  if (atOnce > 1 && open.length > 0) {
    await trainSideBySide(run, stages, { atOnce, ...filter });
  }
  return await run.students(filter);
}

function wantWorkers(workers: unknown): void {
  if (Number.isInteger(workers) && workers as number >= 1) return;
  throw new RangeError(
    `Cannot call trainStudents(): found workers = ${workers}, want how many at once, such as 2`,
  );
}

/** Whether a process of its own makes the same stages in the same place: it knows experiments by name. */
async function canBeShared({ experiment, results, context }: ExperimentRun): Promise<boolean> {
  if (context.fresh) return false;
  if (context.store.work !== join(results, ".work")) return false;
  const known = await EXPERIMENTS[experiment.name]?.();
  // A run has the title of its metric from its split.
  const parts = Object.keys(experiment).filter((key) => key !== "metric") as (keyof Experiment)[];
  return known !== undefined && parts.every((key) => experiment[key] === known[key]);
}

/** Named after its stages: a planned sweep and another call, which may go on beside this one, have manifests of their own. */
async function studentsFolder(
  { experiment, preset, results }: ExperimentRun,
  stages: readonly SweepStage[],
): Promise<string> {
  const mark = await shortHash(stages.map(({ id }) => id).join(" "));
  return `${await sweepFolder(experiment.name, { preset, results })}-students-${mark.slice(0, 8)}`;
}

async function trainSideBySide(
  run: ExperimentRun,
  stages: readonly SweepStage[],
  { atOnce, cells }: StudentFilter & { readonly atOnce: number },
): Promise<void> {
  const { preset, changes, results, session, context: { setting, store } } = run;
  const options = { preset, setting, cells, changes };
  const folder = await studentsFolder(run, stages);
  await makeFolder(folder);
  const manifest = await manifestOf(run.experiment.name, options, stages);
  await writeManifest(folder, manifest);
  const machine = await thisMachine();
  const outcomes = await runLocally(stages, { folder, workers: atOnce, session, ...machine });
  await recordHeld(manifest, {
    results,
    store,
    specificationOf: () => run.specification,
    runOf: () => Promise.resolve(run),
  });
  const failures = await failureLines(stages, outcomes, folder);
  if (failures.length > 0) throw new TrainingFailed(failures.join("\n"), failures[0]!);
}
