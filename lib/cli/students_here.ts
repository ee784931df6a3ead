/** The list of trained students that `deno task predict` prints. */
import { isFinished, readRecords } from "../base/disk/records.ts";
import type { Store } from "../base/disk/store.ts";
import { DataTable } from "../report/tables.ts";
import { PRESET_NAMES } from "./arguments.ts";
import { EXPERIMENTS } from "../experiments/by_name.ts";
import type { LeftOut } from "./left_out.ts";

/** Where records and weights are. */
export interface StudentsPlace {
  /** Folder of the records. */
  readonly results: string;
  readonly store: Store;
}

/**
 * Students of all records whose weights are on this machine.
 *
 * @param damaged Receives the records that cannot be read.
 */
export async function studentsHere(
  { results, store }: StudentsPlace,
  damaged: LeftOut,
): Promise<DataTable> {
  const rows: Record<string, string | number>[] = [];
  for (const experiment of Object.keys(EXPERIMENTS)) {
    for (const preset of PRESET_NAMES) {
      for (const record of await readRecords(results, experiment, preset, damaged.add)) {
        const { student } = record.stages;
        if (student === undefined || !isFinished(record) || !(await store.has(student))) continue;
        const { cell, seed, value, unit } = record;
        rows.push({
          name: student,
          experiment: `${experiment}, ${preset}`,
          student: `${cell.student}, ${cell.method} on ${cell.setting}, seed ${seed}`,
          error: `${value.toFixed(2)} ${unit}`,
        });
      }
    }
  }
  return DataTable.of({
    title: "Trained students on this machine",
    columns: ["name", "experiment", "student", "error"].map((key) => ({ key, title: key })),
    rows,
    notes: rows.length === 0
      ? [
        'None yet: "deno task run cifar10" trains some. Records of other machines come without weights.',
      ]
      : [
        "Weights: results/.work/NAME/arrays.safetensors; in a notebook openStudent and predictFiles.",
      ],
  });
}
