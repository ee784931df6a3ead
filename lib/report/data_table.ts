/** A table that prints itself everywhere: notebook, terminal, Markdown, CSV, LaTeX. */
import { type ColumnTable, from } from "arquero";
import { type Displayable, escapeMarkup, JUPYTER_DISPLAY, type MimeBundle } from "./display.ts";

/** A cell's content; undefined, null and NaN are what nobody ran, shown as a dash. */
export type CellValue = string | number | null | undefined;

/** How a column is titled and printed. */
export interface Column {
  /** Property of the rows. */
  readonly key: string;
  /** Heading, with the unit where there is one. */
  readonly title: string;
  /** Digits behind the point; numbers without it are printed as they are. */
  readonly digits?: number;
  /** True for differences: a plus sign before what is positive. */
  readonly signed?: boolean;
  /** True for half-widths of intervals: "± " before the number. */
  readonly plusMinus?: boolean;
}

/** The parts of a {@link DataTable}. */
export interface DataTableParts {
  /** Above the table. */
  readonly title?: string;
  /** From left to right. */
  readonly columns: readonly Column[];
  /** Values by the key of their column. */
  readonly rows: readonly Readonly<Record<string, CellValue>>[];
  /** Sentences below the table. */
  readonly notes?: readonly string[];
}

const DASH = "–";

/**
 * Rows and columns with the ways to print them. Numbers are aligned to the right; whatever is missing
 * is a dash, in CSV an empty field so that programs read the column as numbers.
 */
export class DataTable implements Displayable {
  /** Above the table. */
  readonly title: string | undefined;
  /** From left to right. */
  readonly columns: readonly Column[];
  /** Values by the key of their column. */
  readonly rows: readonly Readonly<Record<string, CellValue>>[];
  /** Sentences below the table. */
  readonly notes: readonly string[];

  /**
   * Keeps the rows as they are.
   *
   * @throws RangeError if there is no column or two columns have one key.
   */
  constructor(parts: DataTableParts) {
    const keys = parts.columns.map((column) => column.key);
    if (keys.length === 0 || new Set(keys).size !== keys.length) {
      throw new RangeError(
        `Cannot build a table: found columns [${keys.join(", ")}], want at least one, each once`,
      );
    }
    this.title = parts.title;
    this.columns = parts.columns;
    this.rows = parts.rows;
    this.notes = parts.notes ?? [];
  }

  /** The rows as an arquero table, for sorting, filtering and grouping of one's own. */
  toArquero(): ColumnTable {
    return from(
      this.rows.map((row) => Object.fromEntries(this.columns.map(({ key }) => [key, row[key]]))),
    );
  }

  /** The table for a terminal: aligned columns, a rule below the heading. */
  toText(): string {
    const { head, body, isNumeric } = this.#texts();
    const widths = head.map((title, column) =>
      Math.max(...[title, ...body.map((cells) => cells[column]!)].map((text) => [...text].length))
    );
    const line = (cells: readonly string[]) =>
      cells.map((text, column) => {
        const gap = " ".repeat(widths[column]! - [...text].length);
        return isNumeric[column] ? gap + text : text + gap;
      }).join("  ").trimEnd();
    const rule = widths.map((width) => "─".repeat(width)).join("  ");
    return [
      ...(this.title === undefined ? [] : [this.title]),
      line(head),
      rule,
      ...body.map(line),
      ...this.notes,
    ].join("\n");
  }

  /** The table for a notebook; colours are the editor's own, so that it fits any theme. */
  toHTML(): string {
    const { head, body, isNumeric } = this.#texts();
    const cell = (tag: string, text: string, column: number, extra = "") =>
      `<${tag} style="text-align:${isNumeric[column] ? "right" : "left"};padding:2px 10px;` +
      `white-space:nowrap${extra}">${escapeMarkup(text)}</${tag}>`;
    const caption = this.title === undefined
      ? ""
      : `<caption style="text-align:left;font-weight:600;padding:4px 10px">` +
        `${escapeMarkup(this.title)}</caption>`;
    const rule = ";border-bottom:1px solid currentColor";
    const notes = this.notes.map((note) =>
      `<div style="font-size:90%;opacity:0.8;padding:0 10px">${escapeMarkup(note)}</div>`
    );
    return `<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">${caption}` +
      `<thead><tr>${head.map((title, i) => cell("th", title, i, rule)).join("")}</tr></thead>` +
      `<tbody>${
        body.map((cells) => `<tr>${cells.map((text, i) => cell("td", text, i)).join("")}</tr>`)
          .join("")
      }</tbody></table>${notes.join("")}`;
  }

  /** The table for a README or an issue. */
  toMarkdown(): string {
    const { head, body, isNumeric } = this.#texts();
    const line = (cells: readonly string[]) =>
      `| ${cells.map((text) => text.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
    return [
      ...(this.title === undefined ? [] : [`**${this.title}**`, ""]),
      line(head),
      `|${isNumeric.map((right) => (right ? " ---: |" : " --- |")).join("")}`,
      ...body.map(line),
      ...this.notes.flatMap((note) => ["", note]),
    ].join("\n");
  }

  /** The table for a spreadsheet or a program: keys as heading, all digits, RFC 4180 quoting. */
  toCSV(): string {
    const quote = (text: string) =>
      /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    const lines = [
      this.columns.map(({ key }) => quote(key)),
      ...this.rows.map((row) =>
        this.columns.map(({ key }) => isMissing(row[key]) ? "" : quote(String(row[key])))
      ),
    ];
    return lines.map((cells) => `${cells.join(",")}\n`).join("");
  }

  /** The table for a paper; needs the package booktabs. */
  toLatex(): string {
    const { head, body, isNumeric } = this.#texts();
    const line = (cells: readonly string[]) => `${cells.map(latexText).join(" & ")} \\\\`;
    return [
      "\\begin{table}",
      "\\centering",
      ...(this.title === undefined ? [] : [`\\caption{${latexText(this.title)}}`]),
      `\\begin{tabular}{${isNumeric.map((right) => (right ? "r" : "l")).join("")}}`,
      "\\toprule",
      line(head),
      "\\midrule",
      ...body.map(line),
      "\\bottomrule",
      "\\end{tabular}",
      ...this.notes.map((note) => `\\par\\footnotesize ${latexText(note)}`),
      "\\end{table}",
    ].join("\n");
  }

  bundle(): MimeBundle {
    return { "text/html": this.toHTML(), "text/plain": this.toText() };
  }

  /** The same for a cell that ends in the value. */
  [JUPYTER_DISPLAY](): MimeBundle {
    return this.bundle();
  }

  #texts(): { head: string[]; body: string[][]; isNumeric: boolean[] } {
    return {
      head: this.columns.map((column) => column.title),
      body: this.rows.map((row) => this.columns.map((column) => cellText(row[column.key], column))),
      isNumeric: this.columns.map(({ key, digits }) =>
        digits !== undefined ||
        (this.rows.some((row) => typeof row[key] === "number") &&
          this.rows.every((row) => isMissing(row[key]) || typeof row[key] === "number"))
      ),
    };
  }
}

function isMissing(value: CellValue): boolean {
  return value === undefined || value === null || value === "" || Number.isNaN(value);
}

function cellText(value: CellValue, column: Column): string {
  if (isMissing(value)) return DASH;
  if (typeof value === "string") return value;
  const number = value as number;
  const digits = column.digits === undefined
    ? String(Math.abs(number))
    : Math.abs(number).toFixed(column.digits);
  // A value that rounds to zero has no sign, or the table would show "−0.00".
  const isZero = Number(digits) === 0;
  const sign = number < 0 && !isZero ? "−" : column.signed && !isZero ? "+" : "";
  return `${column.plusMinus ? "± " : ""}${sign}${digits}`;
}

const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "&": "\\&",
  "%": "\\%",
  "$": "\\$",
  "#": "\\#",
  "_": "\\_",
  "{": "\\{",
  "}": "\\}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "–": "--",
  "−": "$-$",
  "±": "$\\pm$",
  "×": "$\\times$",
  "ρ": "$\\rho$",
  "θ": "$\\theta$",
  "Δ": "$\\Delta$",
  "Λ": "$\\Lambda$",
  "δ": "$\\delta$",
};

function latexText(text: string): string {
  return [...text].map((character) => LATEX[character] ?? character).join("");
}
