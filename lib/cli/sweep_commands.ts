/** What the commands of `deno task sweep` do; loads TensorFlow, so after the command line was checked. */
import { readRecords } from "../base/disk/records.ts";
import { basename, dirname, join } from "../base/disk/path.ts";
import { Store } from "../base/disk/store.ts";
import { backendInfo } from "../base/tf.ts";
import { openRun } from "../chain/open_run.ts";
import { planRuns } from "../chain/plan_runs.ts";
import { startSession } from "../chain/session.ts";
import { PROJECT } from "../chain/student_record.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { tableOfRun } from "../figures/table_of_run.ts";
import type { TableForm } from "../report/tables.ts";
import { absolutePath } from "../setup/folders.ts";
import { recordHeld } from "../sweep/collect.ts";
import { failureLines, runLocally } from "../sweep/local.ts";
import {
  manifestFile,
  type ManifestStage,
  plannedSweep,
  planSweep,
  readManifest,
  type SweepOptions,
} from "../sweep/manifest.ts";
import { planTable } from "../sweep/plan_table.ts";
import { type SlurmOptions, slurmScripts, submit } from "../sweep/slurm.ts";
import { statusOf, statusText } from "../sweep/status.ts";
import { thisMachine, workersFor } from "../sweep/workers.ts";
import { workOn } from "../sweep/work.ts";
import { EXPERIMENTS } from "../experiments/by_name.ts";
import { LeftOut } from "./left_out.ts";
import { UsageError } from "./main.ts";

const RESULTS = join(PROJECT, "results");

/** Measures, writes the manifest and prints what the sweep will take. */
export async function plan(
  experiment: Experiment,
  options: SweepOptions,
  workers?: number,
): Promise<void> {
  const session = startSession();
  const { manifest, folder } = await planSweep(experiment, {
    ...options,
    session,
    isMeasured: true,
  });
  const open = manifest.stages.filter(({ held }) => !held);
  const kind = backendInfo.device === "GPU" ? "GPU" : "worker";
  const count = workers ?? workersFor(open, await thisMachine());
  console.log(planTable(manifest, { workers: count, kind }).toText());
  console.log(manifestFile(folder));
}

/** Runs all stages side by side, then prints the table. */
export async function local(
  experiment: Experiment,
  options: SweepOptions,
  workers?: number,
): Promise<number> {
  const session = startSession();
  const { manifest, folder } = await planSweep(experiment, { ...options, session });
  const { stages } = manifest;
  const open = stages.filter(({ held }) => !held);
  const machine = await thisMachine();
  const count = workers ?? workersFor(open, machine);
  console.error(
    `${open.length} of ${stages.length} stages are to be made, ${count} at once on ${
      machine.gpus.length > 0 ? `${machine.gpus.length} GPUs` : `${machine.processors} processors`
    }; logs: ${join(folder, "logs")}`,
  );
  const outcomes = await session.live(
    runLocally(stages, { folder, workers: count, session, ...machine }),
  );
  const code = await collect(experiment, options, "text");
  const failures = await failureLines(stages, outcomes, folder);
  for (const failure of failures) console.error(`\n${failure}`);
  return failures.length === 0 ? code : 1;
}

/** Prints how far the sweep is; with `isWatching` again and again until nothing is at work. */
export async function status(
  experiment: Experiment,
  options: SweepOptions,
  isWatching: boolean,
): Promise<number> {
  // Without a manifest whoever works is a notebook or a plain run: the stages are the same.
  const { manifest, folder } = await plannedSweep(experiment, options);
  const store = new Store(join(RESULTS, ".work"), join(RESULTS, "parts"));
  const isScreen = Deno.stdout.isTerminal();
  while (true) {
    const statuses = await statusOf(store, manifest.stages);
    const text = statusText(statuses);
    console.log(isWatching && isScreen ? `\x1b[2J\x1b[H${text}` : text);
    const isOver = !statuses.some(({ state }) => state === "running" || state === "waiting");
    if (!isWatching || isOver) {
      if (!isWatching) console.log(`Manifest, logs and scripts: ${folder}`);
      return statuses.some(({ state }) => state === "failed") ? 1 : 0;
    }
    await new Promise((resolve) => setTimeout(resolve, isScreen ? 1000 : 10_000));
  }
}

/** Prints the tables of what is there, as `deno task results` does. */
export async function collect(
  experiment: Experiment,
  options: SweepOptions,
  format: TableForm,
): Promise<number> {
  const { preset = "quick" } = options;
  const { manifest } = await plannedSweep(experiment, options);
  const planned = new Map(planRuns(experiment, options).map((run) => [run.setting, run]));
  const missing = await recordHeld(manifest, {
    results: RESULTS,
    store: new Store(join(RESULTS, ".work"), join(RESULTS, "parts")),
    specificationOf: (setting) => planned.get(setting)!.specification,
    runOf: (setting) => openRun(experiment, { ...options, cells: undefined, setting }),
  });
  const damaged = new LeftOut();
  const records = await readRecords(RESULTS, experiment.name, preset, damaged.add);
  const table = tableOfRun({ experiment, preset, changes: options.changes ?? {} }, records);
  console.log(table.render(format).replace(/\n$/, ""));
  if (missing > 0) console.error(`${missing} students are not there yet`);
  return damaged.tell();
}

/** Writes the scripts of job arrays, and submits them. */
export async function slurm(
  experiment: Experiment,
  options: SweepOptions,
  asked: SlurmOptions & { readonly isDry: boolean },
): Promise<void> {
  const { manifest, folder } = await planSweep(experiment, options);
  const scripts = slurmScripts(manifest, { ...asked, folder, program: Deno.execPath() });
  if (scripts.length === 0) {
    console.log(`Nothing is left to do: all ${manifest.stages.length} stages are in the store.`);
    return;
  }
  for (const line of await submit(scripts, { folder, isDry: asked.isDry })) console.log(line);
}

/** Makes one stage of the sweep in a folder. */
export async function makeStage(
  given: string,
  which: string | { readonly level: number; readonly index: number },
): Promise<number> {
  const path = absolutePath(given);
  const folder = basename(path) === "manifest.json" ? dirname(path) : path;
  const manifest = await readManifest(folder);
  const stage = typeof which === "string"
    ? manifest.stages.find(({ id }) => id === which)
    : manifest.stages.filter(({ level }) => level === which.level)[which.index];
  if (stage === undefined) throw noStage(manifest.stages, which);
  const experiment = await EXPERIMENTS[manifest.experiment]!();
  const session = startSession();
  // Slurm's early signal: the same as the one that ends a job.
  Deno.addSignalListener("SIGUSR1", () => Deno.kill(Deno.pid, "SIGTERM"));
  await workOn(stage, { manifest, folder, experiment, session });
  return 0;
}

function noStage(
  stages: readonly ManifestStage[],
  which: string | { readonly level: number; readonly index: number },
): UsageError {
  const levels = Math.max(...stages.map(({ level }) => level));
  const found = typeof which === "string"
    ? `stage "${which}"`
    : `stage ${which.index} of level ${which.level}`;
  return new UsageError(
    `Cannot find ${found}: the manifest has ${stages.length} stages on levels 0 to ${levels}`,
  );
}
