/** Tables of results, made only from run records: the paper's number, ours, and how sure ours is. */
import { checkList, checkOptionNames } from "../base/check_argument.ts";
import { type Column, DataTable } from "./data_table.ts";
import { DIFFERENCE_NOTES, isInPaper, renderedAfter } from "./paper/comparable.ts";
import { checkRecords, type RecordRow, type Records, rowsOf } from "./record_table.ts";
import { cellKey, type ResultRow, type ResultRowOptions, resultRows } from "./result_rows.ts";
import { unitOfDifferences } from "./words.ts";

export {
  type CellValue,
  type Column,
  type ColumnLook,
  DataTable,
  type DataTableParts,
  type TableForm,
  type TableLook,
} from "./data_table.ts";

export { type RecordRow, type Records, recordTable } from "./record_table.ts";
export { type ResultRow, type ResultRowOptions, resultRows } from "./result_rows.ts";

/** What {@link resultTable} needs beside the records. */
export interface ResultTableOptions extends ResultRowOptions {
  /** Above the table. */
  readonly title?: string;
  /** Digits after the point; default: 2. */
  readonly digits?: number;
  /** A last sentence below the table. */
  readonly remark?: string;
}

/**
 * Ours beside the paper's, one row per cell: setting, teacher, student, method, paper, ours, half-width
 * of the 95 % interval, difference, number of seeds. What nobody ran is a dash, and so is what failed.
 *
 * @param records Of one experiment at one preset, as they are read or as a table.
 * @throws {RangeError} Presets, experiments or metrics are mixed; says which.
 */
export function resultTable(
  records: Records,
  options: ResultTableOptions = {},
): DataTable {
  checkRecords("resultTable()", records);
  checkOptionNames("resultTable()", options, {
    known: {
      paperTable: true,
      cells: true,
      metric: true,
      title: true,
      digits: true,
      remark: true,
    },
    example: '{ paperTable: "1" }',
  });
  const rows = resultRows(records, options);
  const { metric, digits = 2 } = options;
  const first = rowsOf(records).find((row) => metric === undefined || row.metric === metric);
  const ran = rows.filter((row) => row.seeds + row.failed > 0);
  const keys = ran.map(cellKey);
  const repeated = new Set(keys).size < keys.length;
  const datasets = new Set(rows.map((row) => row.dataset));
  // Columns of dashes where the images are one's own.
  const hasPaper = datasets.size === 0 || [...datasets].some(isInPaper);
  const shared = sharedChanges(ran);
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
    ...(shared === undefined && ran.some(({ changes }) => changes !== undefined)
      ? [{ key: "changes", title: "changed" }]
      : []),
    ...(rows.some(({ weights }) => weights !== undefined)
      ? [
        { key: "weights", title: "weights (M)", digits: 2 },
        { key: "gflops", title: "GFLOPs", digits: 4 },
      ]
      : []),
    ...(placesOf(rows).length === 1
      ? [{ key: "imagesPerSecond", title: "images/s", digits: 0 }]
      : []),
    ...(hasPaper ? [{ key: "paper", title: "paper", digits }] : []),
    { key: "ours", title: "ours", digits },
    { key: "halfWidth", title: "95 %", digits, plusMinus: true },
    ...(hasPaper
      ? [{
        key: "difference",
        title: first === undefined ? "difference" : `difference (${unitOfDifferences(first.unit)})`,
        digits,
        signed: true,
      }]
      : []),
    { key: "seeds", title: "seeds", digits: 0 },
    ...(rows.some(({ failed }) => failed > 0)
      ? [{ key: "failed", title: "failed", digits: 0 }]
      : []),
  ];
  return DataTable.of({
    title: options.title ?? titleOf(first, rows),
    columns,
    rows: rows.map(({ values: _values, specifications: _specifications, ...row }) => ({
      ...row,
      seeds: row.seeds === 0 ? undefined : row.seeds,
      failed: row.failed === 0 ? undefined : row.failed,
    })),
    notes: [
      ...notesOf(first, rows),
      ...shared === undefined ? [] : [`Changed in every row: ${shared}.`],
      ...options.remark === undefined ? [] : [options.remark],
    ],
  });
}

/** What is changed alike in all rows, where there are several: said once in place of a column. */
function sharedChanges(rows: readonly ResultRow[]): string | undefined {
  const all = new Set(rows.map(({ changes }) => changes));
  return rows.length > 1 && all.size === 1 ? rows[0]!.changes : undefined;
}

/** Where students' paces were measured. */
function placesOf(rows: readonly ResultRow[]): string[] {
  return [...new Set(rows.flatMap(({ speedWhere }) => speedWhere ?? []))];
}

function titleOf(first: RecordRow | undefined, rows: readonly ResultRow[]): string {
  const name = [...new Set(rows.map(({ dataset }) => dataset))].join(", ") || "Results";
  if (first === undefined) return `${name}: not run`;
  return `${name}: ${metricWords(first, partWord(rows))}, preset "${first.preset}"`;
}

function metricWords({ metric, unit }: RecordRow, part: string): string {
  if (metric.startsWith("error")) return `${part} error (${unit === "percent" ? "%" : unit})`;
  if (metric.startsWith("mae")) return `mean absolute ${part} error (${unit})`;
  return `${metric} (${unit})`;
}

/** How settings end whose errors are not of test images, and what these are called. */
const OTHER_PARTS = [[", validation", "validation"], [", unused", "held-out"]] as const;

/** What errors were measured on. */
function partWord(rows: readonly ResultRow[]): string {
  const partOf = ({ setting }: ResultRow): string =>
    OTHER_PARTS.find(([end]) => setting.endsWith(end))?.[1] ?? "test";
  const parts = new Set(rows.map(partOf));
  return ["test", "validation", "held-out"].filter((part) => parts.has(part)).join(" or ") ||
    "test";
}

function notesOf(first: RecordRow | undefined, rows: readonly ResultRow[]): string[] {
  const notes: string[] = [];
  if (first !== undefined) {
    notes.push(
      `Ours: mean over seeds at preset "${first.preset}", with half the width of Student's 95 % ` +
        "interval.",
    );
  }
  if (rows.some(({ weights }) => weights !== undefined)) {
    notes.push(
      "Weights: trainable numbers of our student. GFLOPs: twice the multiply-adds of its convolutions and matrix " +
        "products for one image.",
    );
  }
  const places = placesOf(rows);
  if (places.length === 1) {
    notes.push(
      `Images/s: what the student takes in inference, the best of three passes right after its training, with whatever ` +
        `else ran then; on ${places[0]}.`,
    );
  }
  if (places.length > 1) {
    notes.push(
      "Images a second were measured in several places, which do not compare: run.records() has each.",
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

/**
 * Curves of a training as a table, for instance `historyTable((await run.gan()).history)` or the `curve` of a student:
 * a row a step or epoch, a column a metric; what was not measured at a step is missing.
 */
export function historyTable(
  history: readonly Readonly<Record<string, number>>[],
  title?: string,
): DataTable {
  checkList("historyTable()", history, "a history, such as (await run.gan()).history");
  const names = new Set(history.flatMap((row) => Object.keys(row)));
  if (names.size === 0) names.add("step");
  return DataTable.of({ title, columns: [...names].map((key) => ({ key })), rows: history });
}
