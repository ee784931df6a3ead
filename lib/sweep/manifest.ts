/** The manifest of a sweep: all of its stages, what each needs and takes, in one file that any scheduler can read. */
import * as v from "valibot";
import { codeRevision } from "../base/disk/records.ts";
import {
  AnyObject,
  Count,
  makeFolder,
  parseAs,
  readTextIfThere,
  writeTextAtomically,
} from "../base/disk/files.ts";
import { canonicalJson, shortHash } from "../base/disk/identity.ts";
import { dirname, join } from "../base/disk/path.ts";
import { Store } from "../base/disk/store.ts";
import { openRun } from "../chain/open_run.ts";
import { planRuns } from "../chain/plan_runs.ts";
import type { RunOptions } from "../chain/run_options.ts";
import { PROJECT } from "../chain/student_record.ts";
import { estimateRun } from "../estimate/estimate.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { stagesOfRun, type SweepStage } from "./stages.ts";

/** What a sweep is of; the same words of a command line give the same one. */
export type SweepOptions = Pick<
  RunOptions,
  "preset" | "setting" | "cells" | "seeds" | "changes" | "results" | "session"
>;

/** A stage with what it will take on the machine that planned it. */
export interface ManifestStage extends SweepStage {
  /** Measured, not known: one step, times the steps that are left; absent where nothing was measured. */
  readonly hours?: number;
  /** At its peak, in bytes; the process itself comes on top. */
  readonly memory?: number;
}

/** All stages of a sweep. */
export interface Manifest {
  /** Name of the experiment. */
  readonly experiment: string;
  /** One of its presets. */
  readonly preset: string;
  /** As on the command line; absent where it was not given. */
  readonly setting?: string;
  /** As on the command line. */
  readonly cells?: string;
  /** As on the command line. */
  readonly seeds?: number;
  /** As on the command line. */
  readonly changes: Readonly<Record<string, string>>;
  /** Of the code; another one may give stages other names. */
  readonly revision: string;
  /** In an order in which each comes after those that it needs. */
  readonly stages: readonly ManifestStage[];
}

const Stored = v.looseObject({
  experiment: v.string(),
  preset: v.string(),
  setting: v.optional(v.string()),
  cells: v.optional(v.string()),
  seeds: v.optional(Count),
  changes: v.record(v.string(), v.string()),
  revision: v.string(),
  stages: v.array(v.looseObject({
    id: v.string(),
    title: v.string(),
    setting: v.string(),
    needs: v.array(v.string()),
    level: Count,
    part: AnyObject,
    held: v.boolean(),
    hours: v.optional(v.number()),
    memory: v.optional(v.number()),
  })),
});

/** Folder of results, from that of a sweep. */
export function resultsOf(folder: string): string {
  return dirname(dirname(dirname(folder)));
}

/** The store that a sweep's folder lies in. */
export function storeOf(folder: string): Store {
  const results = resultsOf(folder);
  return new Store(join(results, ".work"), join(results, "parts"));
}

/** Folder of a sweep's manifest, scripts and logs. */
export async function sweepFolder(experiment: string, options: SweepOptions): Promise<string> {
  const { preset = "quick", setting, cells, seeds, changes = {} } = options;
  const { results = join(PROJECT, "results") } = options;
  const further = { setting, cells, seeds, ...(Object.keys(changes).length > 0 && { changes }) };
  const text = canonicalJson(further);
  const mark = text === "{}" ? "" : `-${(await shortHash(text)).slice(0, 8)}`;
  return join(results, ".work", "sweeps", `${experiment}-${preset}${mark}`);
}

/**
 * Lists every stage of a sweep, each once however many students need it, and writes the manifest; trains nothing.
 *
 * @param options.isMeasured Whether steps are measured, which takes some ten seconds to some minutes a setting. Else times
 *   are those of the last manifest of the same sweep, where it had any.
 * @returns The manifest and its folder.
 * @throws {RangeError} An unknown preset, setting, path of a change or cell.
 */
export async function planSweep(
  experiment: Experiment,
  { isMeasured = false, ...options }: SweepOptions & { readonly isMeasured?: boolean },
): Promise<{ readonly manifest: Manifest; readonly folder: string }> {
  const { cells, session } = options;
  const folder = await sweepFolder(experiment.name, options);
  const costs = new Map<string, Pick<ManifestStage, "hours" | "memory">>();
  const earlier = await readManifest(folder).catch(() => undefined);
  for (const { id, hours, memory } of earlier?.stages ?? []) costs.set(id, { hours, memory });
  const stages = new Map<string, SweepStage>();
  for (const planned of planRuns(experiment, options)) {
    const run = await openRun(planned, options);
    for (const stage of await stagesOfRun(run, { cells })) stages.set(stage.id, stage);
    if (!isMeasured) continue;
    const estimating = estimateRun(run, { cells });
    const { rows } = await (session?.live(estimating) ?? estimating);
    for (const { ids, runs, held, hours, memory } of rows) {
      // What is held costs nothing, and is not measured.
      if (runs === held) continue;
      for (const id of ids) costs.set(id, { hours: hours / (runs - held), memory });
    }
  }
  const measured = [...stages.values()].map((stage) => ({
    ...stage,
    ...known(costs.get(stage.id)),
  }));
  const manifest = await manifestOf(experiment.name, options, measured);
  await writeManifest(folder, manifest);
  return { manifest, folder };
}

/** The manifest of stages that were found. */
export async function manifestOf(
  experiment: string,
  { preset = "quick", setting, cells, seeds, changes = {} }: SweepOptions,
  stages: readonly ManifestStage[],
): Promise<Manifest> {
  return {
    experiment,
    preset,
    ...(setting !== undefined && { setting }),
    ...(cells !== undefined && { cells }),
    ...(seeds !== undefined && { seeds }),
    changes,
    revision: await codeRevision(PROJECT),
    stages,
  };
}

/** Writes a manifest into a folder, which is made where it is missing. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await makeFolder(folder);
  await writeTextAtomically(manifestFile(folder), JSON.stringify(manifest, null, 1) + "\n");
}

/** The manifest that was written by this very code, else a new one that measures nothing. */
export async function plannedSweep(
  experiment: Experiment,
  options: SweepOptions,
): Promise<{ readonly manifest: Manifest; readonly folder: string }> {
  const folder = await sweepFolder(experiment.name, options);
  const manifest = await readManifest(folder).catch(() => undefined);
  // What "+changes" were made nobody knows.
  const isOurs = manifest !== undefined && /^[0-9a-f]+$/.test(manifest.revision) &&
    manifest.revision === await codeRevision(PROJECT);
  return isOurs ? { manifest, folder } : await planSweep(experiment, options);
}

/**
 * The manifest in a folder.
 *
 * @throws {RangeError} There is none.
 * @throws {SyntaxError} It is damaged.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = manifestFile(folder);
  const text = await readTextIfThere(path);
  if (text === undefined) {
    throw new RangeError(
      `Cannot read the manifest of a sweep: found no "${path}"; run "deno task sweep plan" first`,
    );
  }
  const purpose = { task: `read manifest "${path}"`, remedy: 'run "deno task sweep plan" again' };
  return parseAs(Stored, text, purpose) as unknown as Manifest;
}

/** The manifest's own file. */
export function manifestFile(folder: string): string {
  return join(folder, "manifest.json");
}

function known<T extends object>(costs: T | undefined): Partial<T> {
  const entries = Object.entries(costs ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
