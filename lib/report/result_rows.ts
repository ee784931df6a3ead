/** The rows of a table of results: what the seeds of each cell come to, beside the paper's number. */
import { spreadOf } from "../base/metrics.ts";
import type { Cell } from "../base/disk/records.ts";
import { type PublishedDifference, publishedFor } from "./paper/comparable.ts";
import { type RecordRow, type Records, rowsOf } from "./record_table.ts";
import { groupRows } from "./vega/rows.ts";

/** What {@link resultRows} needs beside the records. */
export interface ResultRowOptions {
  /** Table of the paper to compare with, for instance "1"; needed where tables share cells. */
  readonly paperTable?: string;
  /** Cells the table must have, in this order, whether run or not; others follow. */
  readonly cells?: readonly Cell[];
  /** The metric to show; needed when the records hold several. */
  readonly metric?: string;
}

/** One cell of a result table. */
export interface ResultRow {
  readonly dataset: string;
  readonly setting: string;
  readonly teacher: string | undefined;
  readonly student: string | undefined;
  readonly method: string;
  /** Weights of the student in millions; undefined where its records have none. */
  readonly weights: number | undefined;
  /** 2e-9 times the student's multiply-adds for one image; undefined where its records have none. */
  readonly gflops: number | undefined;
  /** Images that the student took in a second, the best of its seeds where the newest was measured. */
  readonly imagesPerSecond: number | undefined;
  /** Where that was: paces of other places do not compare. */
  readonly speedWhere: string | undefined;
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
  /** What the run changed of its preset, as on the command line; of several that share the row, that with the fewest words. */
  readonly changes: string | undefined;
  /** Runs that it belongs to: students without fakes are of every run that changes only fakes. */
  readonly specifications: readonly string[];
}

/**
 * The rows of a result table: one per cell, over all its seeds.
 *
 * Of two records of one cell, recipe and seed the newer counts. Runs of one cell whose students were trained by
 * different recipes (an override on the command line, other images, another generator) get a row each.
 *
 * @param records Of one experiment at one preset.
 * @returns The wanted cells first, then the others in order of appearance.
 * @throws {RangeError} Presets, experiments or metrics are mixed; says which.
 */
export function resultRows(
  records: Records,
  options: ResultRowOptions = {},
): ResultRow[] {
  const chosen = rowsOf(records).filter(({ metric }) =>
    options.metric === undefined || metric === options.metric
  );
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
  const ordered: (readonly [Cell, readonly RecordRow[]])[] = [
    ...wanted.flatMap((cell): [Cell, readonly RecordRow[]][] => {
      const own = ran.filter((group) => cellKey(group[0]!) === cellKey(cell));
      return own.length === 0 ? [[cell, []]] : own.map((group) => [cell, group]);
    }),
    ...ran.filter((group) => !wantedKeys.has(cellKey(group[0]!)))
      .map((group) => [group[0]!, group] as const),
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
      ...sizeOf(group),
      ...speedOf(group),
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
      changes: fewestChanges(group),
      specifications: [...new Set(group.map(({ specification }) => specification))],
    };
  });
}

/** Of none the preset itself is one: what others changed decided nothing of this row. */
function fewestChanges(group: readonly RecordRow[]): string | undefined {
  // A list of undefined and text sorts undefined to its end, whatever compares them.
  const [fewest] = group.map(({ changes }) => changes ?? "").sort((a, b) => a.length - b.length);
  return fewest === "" ? undefined : fewest;
}

/** One recipe trains one network, so whatever record says its size says that of all. */
function sizeOf(group: readonly RecordRow[]): Pick<ResultRow, "weights" | "gflops"> {
  const { weights, multiplyAdds } = group.find((row) => row.weights !== undefined) ?? {};
  return {
    weights: weights === undefined ? undefined : weights / 1e6,
    gflops: multiplyAdds === undefined ? undefined : 2 * multiplyAdds / 1e9,
  };
}

/** The best counts, since whatever else ran can only have slowed a measurement down. */
function speedOf(group: readonly RecordRow[]): Pick<ResultRow, "imagesPerSecond" | "speedWhere"> {
  const measured = group.filter(({ imagesPerSecond }) => imagesPerSecond !== undefined);
  const newest = measured.toSorted((a, b) => a.time < b.time ? -1 : 1).at(-1);
  if (newest === undefined) return { imagesPerSecond: undefined, speedWhere: undefined };
  const { speedWhere } = newest;
  const own = measured.filter((row) => row.speedWhere === speedWhere);
  return { speedWhere, imagesPerSecond: Math.max(...own.map((row) => row.imagesPerSecond!)) };
}

/** Values by seed, the newest run of each; and how many of these have none. */
export function newest(
  records: readonly (Pick<RecordRow, "seed" | "time"> & { readonly value?: number })[],
): { readonly values: Map<number, number>; readonly failed: number } {
  const sorted = records.toSorted((a, b) => a.seed - b.seed || (a.time < b.time ? -1 : 1));
  const last = [...new Map(sorted.map((record) => [record.seed, record])).values()];
  const values = new Map(
    last.flatMap(({ seed, value }) => value === undefined ? [] : [[seed, value] as const]),
  );
  return { values, failed: last.length - values.size };
}

/** What the seeds of a row have in common. */
function rowKey(row: RecordRow): string {
  return `${cellKey(row)} ${row.recipe}`;
}

/** Cells with the same key are one cell. */
export function cellKey(cell: Cell | ResultRow): string {
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
