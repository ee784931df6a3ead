/** A strict reader of tables of text, which knows the line of each row: what people write is refused with its place. */

/** A row with the line that it begins at, counted from 1. */
export interface CsvRow {
  readonly line: number;
  /** As many as there are columns, without blanks around them. */
  readonly cells: readonly string[];
}

/** A table whose first row names its columns. */
export interface CsvTable {
  /** Line of the names. */
  readonly line: number;
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

/**
 * Between two cells: the one that is most often in the first line that is not empty, quotes left out; spreadsheets write
 * the second in some languages.
 */
const SEPARATORS = [",", ";", "\t"] as const;

/**
 * Reads a table as RFC 4180 has it: cells with separators, quotes or line ends stand in quotes, and a quote in them is
 * written twice. Lines end with LF or CRLF; a byte order mark and empty lines are passed over. Commas, semicolons or
 * tabs separate cells.
 *
 * @param path Named in errors.
 * @throws {SyntaxError} Not UTF-8, a quote out of place, or a row with more or fewer cells than columns; names the line.
 * @throws {RangeError} No column, or two of one name.
 */
export function readCsv(bytes: Uint8Array, path: string): CsvTable {
  const [head, ...rows] = readCsvRows(bytes, path);
  if (head === undefined) {
    throw new RangeError(`Cannot use "${path}": found no line, want names of columns and rows`);
  }
  const { line, cells: columns } = head;
  const twice = columns.find((name, i) => columns.indexOf(name) < i);
  if (twice !== undefined) {
    throw new RangeError(
      `Cannot use "${path}": found two columns "${twice}" in line ${line}, want each name once`,
    );
  }
  for (const { line, cells } of rows) {
    if (cells.length === columns.length) continue;
    throw malformed(
      path,
      `${cells.length} cells in line ${line}`,
      `${columns.length}, one for each column; a cell with a separator in it stands in quotes`,
    );
  }
  return { line, columns, rows };
}

/**
 * The rows of a table, the names of columns included; see {@link readCsv}.
 *
 * @throws {SyntaxError} Not UTF-8, or a quote out of place; names the line.
 */
export function readCsvRows(bytes: Uint8Array, path: string): CsvRow[] {
  let text: string;
  try {
    // Drops a byte order mark.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed(path, "bytes that are not UTF-8", 'text: save the table as "CSV UTF-8"');
  }
  const separator = separatorOf(text);
  const rows: CsvRow[] = [];
  let [place, line] = [0, 1];
  while (place < text.length) {
    const start = line;
    const cells: string[] = [];
    for (;;) {
      const cell = text[place] === '"' ? quoted(place) : plain(place);
      cells.push(cell.text.trim());
      place = cell.end;
      if (text[place] !== separator) break;
      place++;
    }
    if (text[place] === "\r") place++;
    if (text[place] === "\n") place++;
    line++;
    if (cells.length > 1 || cells[0] !== "") rows.push({ line: start, cells });
  }
  return rows;

  function plain(from: number): { text: string; end: number } {
    let end = from;
    while (end < text.length && text[end] !== separator && text[end] !== "\n") end++;
    if (text[end] === "\n" && end > from && text[end - 1] === "\r") end--;
    const cell = text.slice(from, end);
    if (!cell.includes('"')) return { text: cell, end };
    throw malformed(
      path,
      `a quote within a cell in line ${line}`,
      "the whole cell in quotes, and each quote in it twice",
    );
  }

  function quoted(from: number): { text: string; end: number } {
    const opened = line;
    let cell = "";
    for (let at = from + 1; at < text.length; at++) {
      if (text[at] === '"' && text[at + 1] === '"') at++;
      else if (text[at] === '"') {
        const after = text[at + 1];
        const isEnd = after === undefined || [separator, "\n", "\r"].includes(after);
        if (isEnd) return { text: cell, end: at + 1 };
        throw malformed(
          path,
          `text after a closing quote in line ${line}`,
          "a separator, or each quote in the cell twice",
        );
      } else if (text[at] === "\n") line++;
      cell += text[at];
    }
    throw malformed(path, `a quote in line ${opened} that is never closed`, "a second one");
  }
}

function separatorOf(text: string): string {
  const first = /^.*\S.*$/m.exec(text)?.[0] ?? "";
  const bare = first.replaceAll(/"[^"]*"/g, "");
  const counts = SEPARATORS.map((separator) => bare.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}

function malformed(path: string, found: string, want: string): SyntaxError {
  return new SyntaxError(`Cannot read "${path}" as a table: found ${found}, want ${want}`);
}
