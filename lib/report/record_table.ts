/** Records of runs as an arquero table, one row a run. */
import { checkArgument, listOf } from "../base/check_argument.ts";
import { ColumnTable } from "arquero";
import type { Cell, RunRecord } from "../base/disk/records.ts";
import { type Column, DataTable } from "./data_table.ts";

/** A record without its nested parts; what it lacks is undefined. */
export interface RecordRow extends Cell {
  /** Name of the experiment, for instance "cifar10". */
  readonly experiment: string;
  /** Results of different presets never share a table. */
  readonly preset: string;
  /** Of the student. */
  readonly seed: number;
  /** What `value` measures, for instance "error_rate_pct". */
  readonly metric: string;
  /** Of `value`. */
  readonly unit: string;
  /** The result, in `unit`; undefined where the run failed. */
  readonly value: number | undefined;
  /** Why there is no result. */
  readonly failure: string | undefined;
  /** Trainable numbers of the student; undefined in records of older versions. */
  readonly weights: number | undefined;
  /** Multiply-adds of the student for one image; undefined in records of older versions. */
  readonly multiplyAdds: number | undefined;
  /** Images that the student took in a second when it was trained last; undefined in records of older versions. */
  readonly imagesPerSecond: number | undefined;
  /** Where that was. */
  readonly speedWhere: string | undefined;
  /** Seconds of training. */
  readonly seconds: number;
  /** What was changed of the preset, as on the command line, seeds aside. */
  readonly changes: string | undefined;
  /** Hash of what trained the student, its seed left out. */
  readonly recipe: string;
  /** Hash of what all cells of the run have in common. */
  readonly specification: string;
  /** What computed it: "CPU" or "GPU". */
  readonly device: string;
  /** Of the code. */
  readonly revision: string;
  /** When it ran, ISO 8601. */
  readonly time: string;
}

const COLUMNS: readonly (Column & { readonly key: keyof RecordRow })[] = [
  { key: "experiment" },
  { key: "preset" },
  { key: "dataset" },
  { key: "setting" },
  { key: "teacher" },
  { key: "student" },
  { key: "method" },
  { key: "seed" },
  { key: "metric" },
  { key: "unit" },
  { key: "value", digits: 2 },
  { key: "failure" },
  { key: "weights", digits: 0 },
  { key: "multiplyAdds", digits: 0 },
  { key: "imagesPerSecond", digits: 0 },
  { key: "speedWhere" },
  { key: "seconds", digits: 0 },
  { key: "changes" },
  { key: "recipe" },
  { key: "specification" },
  { key: "device" },
  { key: "revision" },
  { key: "time" },
];

/** Records as they are read, or a table of them, filtered as one likes. */
export type Records = readonly RunRecord[] | ColumnTable;

/**
 * Records as an arquero table, in their order: `records.filter((d) => d.method === "NOKD")`. A run that failed has no
 * value, which the aggregates of arquero leave out, and a reason in `failure`.
 */
export function recordTable(records: readonly RunRecord[]): DataTable {
  checkArgument("recordTable()", records, {
    ...LIST,
    want: "records, as from await run.recordList()",
  });
  return DataTable.of({
    columns: COLUMNS,
    rows: records.map((record) => ({ ...rowOf(record) })),
  });
}

/**
 * Throws unless a call was given records, from whichever form.
 *
 * @param call As it is written in a cell, such as "resultTable()".
 * @throws {TypeError} Something else.
 */
export function checkRecords(call: string, records: unknown): void {
  checkArgument(call, records, {
    want: "records, as from await run.records()",
    fits: (value) => value instanceof ColumnTable || LIST.fits(value),
  });
}

const LIST = listOf("records", (record) => "metric" in record && "cell" in record);

/**
 * The rows of records, from whichever form.
 *
 * @throws {RangeError} A table lacks a column that those of records have; names it.
 */
export function rowsOf(records: Records): RecordRow[] {
  if (!(records instanceof ColumnTable)) return records.map(rowOf);
  const names = new Set(records.columnNames());
  const missing = COLUMNS.find(({ key }) => !names.has(key));
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot read records from a table: found no column "${missing.key}", want those of ` +
        "run.records(), whose rows may be filtered",
    );
  }
  return records.objects() as RecordRow[];
}

function rowOf(record: RunRecord): RecordRow {
  const { experiment, preset, cell, seed, metric, unit, value, failure, wallSeconds } = record;
  const { recipe, specification, backend, revision, time, size } = record;
  const speed = record.confirmed?.speed ?? record.speed;
  return {
    experiment,
    preset,
    ...cell,
    seed,
    metric,
    unit,
    value,
    failure,
    weights: size?.weights,
    multiplyAdds: size?.multiplyAdds,
    imagesPerSecond: speed?.imagesPerSecond,
    speedWhere: speed?.where,
    seconds: wallSeconds,
    changes: changesOf(record),
    recipe,
    specification,
    device: backend.device,
    revision,
    time,
  };
}

function changesOf(record: RunRecord): string | undefined {
  const changes = Object.entries(record.changes ?? {}).filter(([path]) => path !== "seeds");
  if (changes.length === 0) return undefined;
  return changes.map(([path, value]) => `${path}=${value}`).join(" ");
}
