/** Rows of a table as files with labels and parts; what cannot be used is named with its line. */
import { basename } from "../../base/disk/path.ts";
import type { Archive } from "../files/archive.ts";
import { type CsvTable, readCsv } from "../files/csv.ts";
import type { LeftOut } from "../files/skipped.ts";
import { type LabelKind, scalarFault, type ScalarLabels, sortedClasses } from "../own/labels.ts";
import { fileFinder, type Part, partOfWord, plainName } from "../own/written_names.ts";

/** A file with its label. */
export interface LabelledFile {
  /** In the archive. */
  readonly name: string;
  /** Class index, or amount as float32 keeps it. */
  readonly label: number;
  /** "" where the table says nothing of parts. */
  readonly part: Part | "";
}

/** What a table says. */
export interface TableRows {
  readonly kind: LabelKind;
  /** In the order of their names, whatever that of the rows. */
  readonly files: readonly LabelledFile[];
  /** Files that are not there. */
  readonly missing: readonly LeftOut[];
}

/** How to read a table. */
export interface RowOptions {
  /** Of the table, for errors. */
  readonly path: string;
  readonly archive: Archive;
  /** Folder of the archive that written names begin at. */
  readonly beside: string;
  /** Names of columns. */
  readonly file: string;
  readonly label: string;
  /** Of parts; without one, "split" where there is such a column. */
  readonly split?: string;
  /** What scalar labels are; without it, labels are names of classes. */
  readonly scalar?: ScalarLabels;
}

/** A number as tables write it. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Reads a table of files and labels.
 *
 * @throws {SyntaxError} No table.
 * @throws {RangeError} A column that is not there, a file twice, a label that is empty, no number or out of its range, an
 *   unknown part, fewer than two classes or different labels; names the line.
 */
export function readRows(bytes: Uint8Array, options: RowOptions): TableRows {
  const { path, scalar } = options;
  const table = readCsv(bytes, path);
  const column = (option: string, name: string) => {
    const at = table.columns.indexOf(name);
    if (at >= 0) return at;
    throw new RangeError(
      `Cannot use "${path}": found columns ${
        table.columns.map((one) => `"${one}"`).join(", ")
      } in line ${table.line}, want "${name}"; name yours with ${option} = "..."`,
    );
  };
  const [file, label] = [column("file", options.file), column("label", options.label)];
  const hasParts = options.split !== undefined || table.columns.includes("split");
  const split = hasParts ? column("split", options.split ?? "split") : -1;
  const refuse = (found: string, want: string) =>
    new RangeError(`Cannot use "${path}": found ${found}, want ${want}`);

  const find = fileFinder(options.archive, options.beside);
  const lineOf = new Map<string, number>();
  const rows = table.rows.map(({ line, cells }) => {
    const written = cells[file]!;
    if (written === "") throw refuse(`no file in line ${line}`, "a name in each");
    const name = find(written);
    const key = name ?? plainName(written);
    const before = lineOf.get(key);
    if (before !== undefined) {
      throw refuse(`"${written}" in lines ${before} and ${line}`, "each file once");
    }
    lineOf.set(key, line);
    if (cells[label] === "") throw refuse(`no label in line ${line}`, "one in each");
    const part: Part | "" = hasParts ? partOfWord(cells[split]!, `"${path}", line ${line}`) : "";
    return { key, isThere: name !== undefined, text: cells[label]!, part, line };
  });
  rows.sort((a, b) => a.key < b.key ? -1 : 1);
  const { kind, labels } = scalar ? amounts(rows, scalar, refuse) : classes(rows, refuse, table);
  return {
    kind,
    files: rows.flatMap(({ key: name, isThere, part }, i) =>
      isThere ? [{ name, label: labels[i]!, part }] : []
    ),
    missing: rows.flatMap(({ key: name, isThere, line }) =>
      isThere ? [] : [{ name, rule: "not there", detail: `line ${line} of "${basename(path)}"` }]
    ),
  };
}

type Rows = readonly { readonly text: string; readonly line: number }[];
type Refuse = (found: string, want: string) => RangeError;

function classes(rows: Rows, refuse: Refuse, { rows: { length } }: CsvTable) {
  const classNames = sortedClasses(rows.map(({ text }) => text));
  if (classNames.length < 2) {
    const found = classNames.length === 0 ? "no row" : `only class "${classNames[0]}"`;
    throw refuse(`${found} in ${length} rows`, "two classes at least");
  }
  const indexOf = new Map(classNames.map((name, index) => [name, index]));
  const kind: LabelKind = { kind: "classes", classNames };
  return { kind, labels: rows.map(({ text }) => indexOf.get(text)!) };
}

function amounts(rows: Rows, kind: ScalarLabels, refuse: Refuse) {
  const labels = rows.map(({ text, line }) => {
    if (NUMBER.test(text)) return Math.fround(Number(text));
    throw refuse(
      `label "${text}" in line ${line}`,
      'a number such as 2.5, or task = "classes" where labels are names',
    );
  });
  const fault = scalarFault(labels, kind, (i) => `in line ${rows[i]!.line}`);
  if (fault !== undefined) throw refuse(fault.found, fault.want);
  if (labels.length === 0) throw refuse("no row", "some");
  return { kind, labels };
}
