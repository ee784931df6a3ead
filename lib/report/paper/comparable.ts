/** Which published number stands beside a cell of ours, and whether the two can be compared. */
import type { Cell } from "../../base/disk/records.ts";
import {
  publishedCell,
  publishedResults,
  publishedTable,
  publishedTeacher,
  publishedUnit,
} from "./published.ts";

/** A published number beside a cell of ours. */
export interface PublishedFigure {
  /** In the unit of our metric. */
  readonly value: number;
  /** What is not the same on both sides; absent where images and protocol are. */
  readonly differs?: PublishedDifference;
}

/** Why no difference from a published number is taken. */
export type PublishedDifference = "images" | "protocol";

/** What a reader must know of numbers that cannot be compared, as a sentence below a table. */
export const DIFFERENCE_NOTES: Readonly<Record<PublishedDifference, string>> = {
  images: "Paper: on the authors' images; ours on images rendered by us. No difference is taken, " +
    "only the order of the methods can be compared.",
  protocol:
    "Paper: from version 3 of the paper, whose protocol is another one (teacher VGG13, no " +
    "repeated faces, students tuned from NOKD, ages as integers). No difference is taken.",
};

const RENDERED = /^(.*\S) \(rendered\b.*\)$/;

/**
 * The word that tells images of ours from the published ones.
 *
 * @param dataset A name such as "RC-49 (rendered by us)".
 * @returns Name of the set that ours resembles, "RC-49"; undefined for all other sets.
 */
export function renderedAfter(dataset: string): string | undefined {
  return RENDERED.exec(dataset)?.[1];
}

/** Whether the paper has a number on a set, or on the one that it resembles. */
export function isInPaper(dataset: string): boolean {
  const name = renderedAfter(dataset) ?? dataset;
  return publishedResults().some((one) => one.dataset === name);
}

/**
 * The published number to print beside a cell; none where the unit is another. A set that was rendered by us finds
 * the numbers of the set that it resembles, and tables of version 3 are found where no other is: both say so in
 * `differs`.
 *
 * @param unit Of our metric.
 * @param table Of the paper, where tables share cells; default, and where it does not have the cell: the first that has.
 * @throws {RangeError} Published cells that fit hold different values.
 */
export function publishedFor(
  cell: Cell,
  unit: string | undefined,
  table: string | undefined,
): PublishedFigure | undefined {
  const { setting, teacher, student, method } = cell;
  const resembled = renderedAfter(cell.dataset);
  const isTeacher = method === "teacher" || student === undefined;
  const named = {
    dataset: resembled ?? cell.dataset,
    setting,
    ...(teacher === undefined ? {} : { teacher }),
    ...(isTeacher ? {} : { student, method }),
  };
  const has = table !== undefined && publishedTable({ ...named, table }).length > 0;
  const wanted = has ? table : publishedTable(named)[0]?.table;
  const query = wanted === undefined ? named : { ...named, table: wanted };
  const images = resembled === undefined ? {} : { differs: "images" as const };
  if (isTeacher) {
    // A teacher's metric has the unit of its table's cells, which the data set decides.
    const value = teacher === undefined ? undefined : publishedTeacher(query);
    return value === undefined ? undefined : { value, ...images };
  }
  const published = publishedCell(query);
  if (published === undefined) return undefined;
  const isSame = unit === undefined || normalUnit(unit) === publishedUnit(published.metric);
  if (!isSame) return undefined;
  const differs = differenceFrom(published, cell.dataset);
  return { value: published.value, ...(differs === undefined ? {} : { differs }) };
}

/** What keeps a run of ours on a data set from being compared with a published value; undefined where nothing does. */
export function differenceFrom(
  { table }: { readonly table: string },
  dataset: string,
): PublishedDifference | undefined {
  if (table.endsWith("-v3")) return "protocol";
  return renderedAfter(dataset) === undefined ? undefined : "images";
}

/** A unit as published values spell it. */
export function normalUnit(unit: string): string {
  return unit === "%" || unit === "pct" ? "percent" : unit;
}
