/** A user's own split of a folder of classes: a list of the images to test on, or a table of parts. */
import type { Archive } from "../files/archive.ts";
import { readCsv, readCsvRows } from "../files/csv.ts";
import { fileFinder, type Part, partOfWord } from "../own/written_names.ts";
import type { ListedFile } from "./layout.ts";

/** A list, and the folder that it is for. */
export interface ListRequest {
  /** Of the list, for errors. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly archive: Archive;
  readonly files: readonly ListedFile[];
}

/**
 * Images with the parts that a list gives them: a name a line, each to be tested on, or a CSV with columns `file` and, if
 * some are named to train on, `split`. What it does not name is trained on.
 *
 * @returns The files in their order.
 * @throws {SyntaxError} No text, or a table with rows of different lengths.
 * @throws {RangeError} The folder has parts already; a name of no image of a class, or twice; an unknown part; no name.
 *   Names the line.
 */
export function withListedParts({ path, bytes, archive, files }: ListRequest): ListedFile[] {
  const refuse = (found: string, want: string) =>
    new RangeError(`Cannot use the list "${path}": found ${found}, want ${want}`);
  if (files.some(({ part }) => part !== "")) {
    throw refuse(`folders of parts in "${archive.path}"`, "one or the other");
  }
  const find = fileFinder(archive);
  const known = new Set(files.map(({ name }) => name));
  const listed = new Map<string, { readonly part: Part; readonly line: number }>();
  for (const { line, written, part } of namesOf(bytes, path, refuse)) {
    const name = find(written);
    if (name === undefined || !known.has(name)) {
      throw refuse(
        `"${written}" in line ${line}`,
        `an image of a class in "${archive.path}", such as "${files[0]?.name}"`,
      );
    }
    const before = listed.get(name);
    if (before !== undefined) {
      throw refuse(`"${written}" in lines ${before.line} and ${line}`, "each image once");
    }
    listed.set(name, { part, line });
  }
  if (listed.size === 0) throw refuse("no name", "those of images to test on");
  return files.map((file) => ({ ...file, part: listed.get(file.name)?.part ?? "train" }));
}

interface Listed {
  readonly line: number;
  readonly written: string;
  readonly part: Part;
}

function namesOf(
  bytes: Uint8Array,
  path: string,
  refuse: (found: string, want: string) => RangeError,
): Listed[] {
  const rows = readCsvRows(bytes, path);
  if (!rows[0]?.cells.includes("file")) {
    return rows.map(({ line, cells }) => {
      const [written = "", ...more] = cells;
      if (more.length === 0) return { line, written, part: "test" };
      throw refuse(
        `${cells.length} cells in line ${line}`,
        'a name in each line, or "file" and "split" as the first one',
      );
    });
  }
  const table = readCsv(bytes, path);
  const [file, split] = [table.columns.indexOf("file"), table.columns.indexOf("split")];
  return table.rows.map(({ line, cells }) => ({
    line,
    written: cells[file]!,
    part: split < 0 ? "test" : partOfWord(cells[split]!, `the list "${path}", line ${line}`),
  }));
}
