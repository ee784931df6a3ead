/** Runs of ours as published values want them: by preset and recipe, the best first. */
import type { RunRecord } from "../../base/disk/records.ts";
import { renderedAfter } from "../paper/comparable.ts";
import { matches } from "../paper/rows.ts";
import { cellKey, newest } from "../result_rows.ts";
import { groupRows } from "../vega/rows.ts";

/** Presets whose runs stand beside published values, the best first; "smoke" only tries whether all works. */
export const COMPARED_PRESETS: readonly string[] = ["paper", "desk", "quick"];

/** Seeds of one cell that one recipe trained at one preset. */
export interface OurRun {
  readonly experiment: string;
  readonly preset: string;
  readonly dataset: string;
  readonly setting: string;
  /** Absent where no teacher takes part. */
  readonly teacher?: string;
  readonly student: string;
  readonly method: string;
  readonly metric: string;
  readonly unit: string;
  /** What differs from the preset, as on the command line; empty for runs of the preset itself. */
  readonly changes: Readonly<Record<string, string>>;
  /** By seed, of the newest record of each. */
  readonly values: ReadonlyMap<number, number>;
  /** Seeds whose training came to no number. */
  readonly failed: number;
  /** Of the newest record. */
  readonly time: string;
}

/** A cell of the paper, and what a run changes of its preset. */
export interface WantedRun {
  /** As the paper names it, "RC-49". */
  readonly dataset: string;
  readonly setting: string;
  /** Not looked at where ours has none. */
  readonly teacher?: string;
  readonly student: string;
  readonly method: string;
  /** Default: nothing is changed. */
  readonly changes?: Readonly<Record<string, string>>;
}

/**
 * Runs of students in the records of several experiments and presets; seeds share a run where they share the recipe.
 *
 * @param changesOf What a record changes of its preset; default: as it says, seeds aside.
 */
export function ourRuns(
  records: readonly RunRecord[],
  changesOf: (record: RunRecord) => Readonly<Record<string, string>> = statedChanges,
): OurRun[] {
  const students = records.filter(({ cell, preset }) =>
    cell.student !== undefined && COMPARED_PRESETS.includes(preset)
  );
  const groups = groupRows(
    students,
    ({ experiment, preset, cell, metric, recipe }) =>
      JSON.stringify([experiment, preset, cellKey(cell), metric, recipe]),
  );
  return [...groups.values()].map((group) => {
    const { experiment, preset, cell, metric, unit } = group[0]!;
    const { dataset, setting, teacher, student, method } = cell;
    // One recipe, so whatever else its records changed was no part of this student.
    const [changes] = group.map(changesOf).sort((a, b) => size(a) - size(b));
    const rows = group.map(({ seed, time, value }) => ({ seed, time, value }));
    return {
      experiment,
      preset,
      dataset,
      setting,
      ...(teacher === undefined ? {} : { teacher }),
      student: student!,
      method,
      metric,
      unit,
      changes: changes!,
      ...newest(rows),
      time: group.map(({ time }) => time).sort().at(-1)!,
    };
  });
}

/**
 * The runs of a cell, the best first: by preset, then authors' images before ours, runs with a result before those
 * without, the newest recipe before those of earlier versions of the preset.
 */
export function runsOf(runs: readonly OurRun[], wanted: WantedRun): OurRun[] {
  const { setting, student, method } = wanted;
  const changes = changesKey(wanted.changes ?? {});
  return runs.filter((run) =>
    changesKey(run.changes) === changes &&
    matches({ ...run, dataset: renderedAfter(run.dataset) ?? run.dataset }, {
      dataset: wanted.dataset,
      setting,
      student,
      method,
      ...(wanted.teacher === undefined || run.teacher === undefined
        ? {}
        : { teacher: wanted.teacher }),
    })
  ).sort((a, b) =>
    COMPARED_PRESETS.indexOf(a.preset) - COMPARED_PRESETS.indexOf(b.preset) ||
    Number(isRendered(a)) - Number(isRendered(b)) ||
    Number(a.values.size === 0) - Number(b.values.size === 0) ||
    b.time.localeCompare(a.time)
  );
}

function isRendered({ dataset }: OurRun): boolean {
  return renderedAfter(dataset) !== undefined;
}

function statedChanges({ changes = {} }: RunRecord): Record<string, string> {
  const { seeds: _seeds, ...rest } = changes;
  return rest;
}

function size(changes: Readonly<Record<string, string>>): number {
  return Object.keys(changes).length;
}

function changesKey(changes: Readonly<Record<string, string>>): string {
  // Spaces of a JSON list say nothing.
  const plain = Object.entries(changes).map(([path, text]) =>
    `${path}=${text.replaceAll(" ", "")}`
  );
  return plain.sort().join(" ");
}
