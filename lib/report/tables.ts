/** Tables of results, made from run records alone: the paper's number, ours, and how sure ours is. */
import { spreadOf } from "../base/metrics.ts";
import { type Cell, isFinished, type RunRecord } from "../base/records.ts";
import { groupRows } from "./vega/rows.ts";
import { unitOfDifferences } from "./words.ts";
import { type Column, DataTable } from "./data_table.ts";
import {
  DIFFERENCE_NOTES,
  type PublishedDifference,
  publishedFor,
  renderedAfter,
} from "./paper/comparable.ts";

export {
  type CellValue,
  type Column,
  type ColumnLook,
  DataTable,
  type DataTableParts,
  type TableForm,
  type TableLook,
} from "./data_table.ts";

/** What {@link resultRows} and {@link resultTable} need beside the records. */
export interface ResultTableOptions {
  /** Above the table. */
  readonly title?: string;
  /** Table of the paper to compare with, for instance "1"; needed where tables share cells. */
  readonly paperTable?: string;
  /** Cells the table must have, in this order, whether run or not; others follow. */
  readonly cells?: readonly Cell[];
  /** The metric to show; needed when the records hold several. */
  readonly metric?: string;
  /** Digits behind the point; 2. */
  readonly digits?: number;
}

/** One cell of a result table. */
export interface ResultRow {
  readonly dataset: string;
  readonly setting: string;
  readonly teacher: string | undefined;
  readonly student: string | undefined;
  readonly method: string;
  /** The published value, where there is one in the same unit. */
  readonly paper: number | undefined;
  /** Mean over seeds; undefined where nobody ran the cell. */
  readonly ours: number | undefined;
  /** Half the width of Student's 95 % interval of the mean; undefined below two seeds. */
  readonly halfWidth: number | undefined;
  /** Ours less the paper's; undefined where images or protocol differ. */
  readonly difference: number | undefined;
  /** What of the paper's run is not the same here; undefined where nothing is, or without a number. */
  readonly differs: PublishedDifference | undefined;
  readonly seeds: number;
  /** Runs that came to nothing; they are in no mean. */
  readonly failed: number;
  /** Ours, by seed. */
  readonly values: ReadonlyMap<number, number>;
  /** Short hash of what trained it; rows of one cell with another recipe stay apart. */
  readonly recipe: string | undefined;
  /** What the run changed of its preset, as on the command line; the first run's where several share the row. */
  readonly changes: string | undefined;
  /** Runs that it belongs to: students without fakes are of every run that changes fakes alone. */
  readonly specifications: readonly string[];
}

/**
 * The rows of a result table: one a cell, over all its seeds.
 *
 * Of two records of one cell, recipe and seed the newer counts. Runs of one cell whose students were trained by
 * different recipes (an override on the command line, other images, another generator) get a row each.
 *
 * @param records Records of one experiment at one preset.
 * @returns The wanted cells first, then the others in order of appearance.
 * @throws {RangeError} Presets, experiments or metrics are mixed; says which.
 */
export function resultRows(
  records: readonly RunRecord[],
  options: ResultTableOptions = {},
): ResultRow[] {
  const chosen = options.metric === undefined
    ? records
    : records.filter((record) => record.metric === options.metric);
  checkOne(chosen.map((record) => record.preset), "presets", "records of one preset");
  checkOne(chosen.map((record) => record.experiment), "experiments", "records of one experiment");
  checkOne(
    chosen.map((record) => `${record.metric} in ${record.unit}`),
    "metrics",
    "records of one metric, or the option that names it",
  );
  const unit = chosen[0]?.unit;
  const ran = [...groupRows(chosen, rowKey).values()];
  const wanted = options.cells ?? [];
  const wantedKeys = new Set(wanted.map(cellKey));
  const ordered: (readonly [Cell, readonly RunRecord[]])[] = [
    ...wanted.flatMap((cell): [Cell, readonly RunRecord[]][] => {
      const own = ran.filter((group) => cellKey(group[0]!.cell) === cellKey(cell));
      return own.length === 0 ? [[cell, []]] : own.map((group) => [cell, group]);
    }),
    ...ran.filter((group) => !wantedKeys.has(cellKey(group[0]!.cell)))
      .map((group) => [group[0]!.cell, group] as const),
  ];
  return ordered.map(([cell, group]) => {
    const paper = publishedFor(cell, unit, options.paperTable);
    const { values, failed } = newest(group);
    const spread = values.size === 0 ? undefined : spreadOf([...values.values()]);
    return {
      dataset: cell.dataset,
      setting: cell.setting,
      teacher: cell.teacher,
      student: cell.student,
      method: cell.method,
      paper: paper?.value,
      ours: spread?.mean,
      halfWidth: spread?.halfWidth,
      difference: spread === undefined || paper === undefined || paper.differs !== undefined
        ? undefined
        : spread.mean - paper.value,
      differs: paper?.differs,
      seeds: values.size,
      failed,
      values,
      recipe: group[0]?.recipe,
      changes: changesOf(group[0]),
      specifications: [...new Set(group.map(({ specification }) => specification))],
    };
  });
}

/**
 * Ours beside the paper's, one row a cell: setting, teacher, student, method, paper, ours, half-width
 * of the 95 % interval, difference, number of seeds. What nobody ran is a dash.
 *
 * @param records Records of one experiment at one preset.
 * @throws {RangeError} Presets, experiments or metrics are mixed; says which.
 */
export function resultTable(
  records: readonly RunRecord[],
  options: ResultTableOptions = {},
): DataTable {
  const rows = resultRows(records, options);
  const digits = options.digits ?? 2;
  const first = options.metric === undefined
    ? records[0]
    : records.find((record) => record.metric === options.metric);
  const keys = rows.filter((row) => row.seeds > 0).map((row) => cellKey(toCell(row)));
  const repeated = new Set(keys).size < keys.length;
  const datasets = new Set(rows.map((row) => row.dataset));
  const columns: Column[] = [
    // Whoever copies a row takes along that its images are not the paper's.
    ...(datasets.size > 1 || [...datasets].some(renderedAfter)
      ? [{ key: "dataset", title: "dataset" }]
      : []),
    { key: "setting", title: "setting" },
    { key: "teacher", title: "teacher" },
    { key: "student", title: "student" },
    { key: "method", title: "method" },
    ...(repeated ? [{ key: "recipe", title: "recipe" }] : []),
    ...(rows.some(({ changes }) => changes !== undefined)
      ? [{ key: "changes", title: "changed" }]
      : []),
    { key: "paper", title: "paper", digits },
    { key: "ours", title: "ours", digits },
    { key: "halfWidth", title: "95 %", digits, plusMinus: true },
    {
      key: "difference",
      title: first === undefined ? "difference" : `difference (${unitOfDifferences(first.unit)})`,
      digits,
      signed: true,
    },
    { key: "seeds", title: "seeds", digits: 0 },
    ...(rows.some(({ failed }) => failed > 0)
      ? [{ key: "failed", title: "failed", digits: 0 }]
      : []),
  ];
  return DataTable.of({
    title: options.title ?? titleOf(first, [...datasets]),
    columns,
    rows: rows.map(({ values: _values, specifications: _specifications, ...row }) => ({
      ...row,
      seeds: row.seeds === 0 ? undefined : row.seeds,
      failed: row.failed === 0 ? undefined : row.failed,
    })),
    notes: notesOf(first, rows),
  });
}

function titleOf(first: RunRecord | undefined, datasets: readonly string[]): string {
  const name = datasets.join(", ") || "Results";
  if (first === undefined) return `${name}: not run`;
  return `${name}: ${metricWords(first)}, preset "${first.preset}"`;
}

function metricWords({ metric, unit }: RunRecord): string {
  if (metric.startsWith("error")) return `test error (${unit === "percent" ? "%" : unit})`;
  if (metric.startsWith("mae")) return `mean absolute test error (${unit})`;
  return `${metric} (${unit})`;
}

function notesOf(first: RunRecord | undefined, rows: readonly ResultRow[]): string[] {
  const notes: string[] = [];
  if (first !== undefined) {
    notes.push(
      `Ours: mean over seeds at preset "${first.preset}", with half the width of Student's 95 % ` +
        "interval.",
    );
  }
  if (rows.some((row) => row.paper !== undefined)) {
    notes.push("Paper: one run of the authors at their own scale.");
  }
  const differences = new Set(
    rows.flatMap(({ differs }) => differs === undefined ? [] : [differs]),
  );
  for (const difference of differences) notes.push(DIFFERENCE_NOTES[difference]);
  if (rows.some((row) => row.failed > 0)) {
    notes.push("Failed: runs whose training came to no number; they are in no mean.");
  }
  if (rows.some((row) => row.ours === undefined && row.failed === 0)) {
    notes.push("A dash is what nobody ran.");
  }
  return notes;
}

/** Values by seed, the newest run of each; and how many of these have none. */
function newest(
  records: readonly RunRecord[],
): { readonly values: Map<number, number>; readonly failed: number } {
  const sorted = records.toSorted((a, b) => a.seed - b.seed || (a.time < b.time ? -1 : 1));
  const last = [...new Map(sorted.map((record) => [record.seed, record])).values()];
  const finished = last.filter(isFinished);
  return {
    values: new Map(finished.map(({ seed, value }) => [seed, value])),
    failed: last.length - finished.length,
  };
}

function changesOf(record: RunRecord | undefined): string | undefined {
  const changes = Object.entries(record?.changes ?? {}).filter(([path]) => path !== "seeds");
  if (changes.length === 0) return undefined;
  return changes.map(([path, value]) => `${path}=${value}`).join(" ");
}

/** What the seeds of a row have in common. */
function rowKey({ cell, recipe }: RunRecord): string {
  return `${cellKey(cell)} ${recipe}`;
}

function toCell(row: ResultRow): Cell {
  const { dataset, setting, method, teacher, student } = row;
  return {
    dataset,
    setting,
    method,
    ...(teacher === undefined ? {} : { teacher }),
    ...(student === undefined ? {} : { student }),
  };
}

function cellKey(cell: Cell): string {
  return JSON.stringify([
    cell.dataset,
    cell.setting,
    cell.teacher ?? "",
    cell.student ?? "",
    cell.method,
  ]);
}

function checkOne(values: readonly string[], what: string, wanted: string): void {
  const found = [...new Set(values)].sort();
  if (found.length > 1) {
    throw new RangeError(
      `Cannot build a table: found ${what} ${found.map((name) => `"${name}"`).join(" and ")}, ` +
        `want ${wanted}`,
    );
  }
}
