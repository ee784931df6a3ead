/** Renders an arquero table: for a terminal, a notebook, Markdown, a spreadsheet, LaTeX. */
import type { ColumnTable } from "arquero";
import { escapeMarkup } from "./display.ts";

/** A cell's content; undefined, null and what is not finite are not known, and shown as a dash. */
export type CellValue = string | number | null | undefined;

/** How a column is titled and printed. */
export interface ColumnLook {
  /** Heading; default: the column's name. */
  readonly title?: string;
  /** Follows the heading in parentheses, for instance "degrees". */
  readonly unit?: string;
  /** Digits after the point; default: as many as the number has, six significant ones at the most. */
  readonly digits?: number;
  /** True for differences: a plus sign before what is positive. */
  readonly signed?: boolean;
  /** True for half-widths of intervals: "± " before the number. */
  readonly plusMinus?: boolean;
}

/** How a table is titled and printed. */
export interface TableLook {
  /** Above the table. */
  readonly title?: string;
  /** By the column's name. */
  readonly columns?: Readonly<Record<string, ColumnLook>>;
  /** Sentences below the table. */
  readonly notes?: readonly string[];
}

/** What a table is rendered for: a terminal, a notebook, a README, a spreadsheet, a paper. */
export type TableForm = "text" | "html" | "markdown" | "csv" | "latex";

/**
 * A table as text in one of the forms. Numbers are aligned to the right; what is missing is a dash, in CSV an empty
 * field, so that programs read the column as numbers.
 *
 * @param table Filters and orders of it count, groups do not.
 */
export function renderTable(
  table: ColumnTable,
  form: TableForm,
  look: TableLook = {},
): string {
  return FORMS[form](textsOf(table, look));
}

/** A table whose cells are text. */
interface TableTexts {
  readonly title: string | undefined;
  readonly notes: readonly string[];
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
  readonly isNumeric: readonly boolean[];
  /** Names and values themselves. */
  readonly names: readonly string[];
  readonly rows: readonly Readonly<Record<string, CellValue>>[];
}

const FORMS: Record<TableForm, (texts: TableTexts) => string> = {
  text,
  html,
  markdown,
  csv,
  latex,
};

function textsOf(table: ColumnTable, { title, columns = {}, notes = [] }: TableLook): TableTexts {
  const names = table.columnNames();
  const rows = table.objects() as Record<string, CellValue>[];
  const looks = names.map((name) => columns[name] ?? {});
  return {
    title,
    notes,
    names,
    rows,
    head: looks.map(({ title, unit }, i) =>
      `${title ?? names[i]}${unit === undefined ? "" : ` (${unit})`}`
    ),
    body: rows.map((row) => names.map((name, i) => cellText(row[name], looks[i]!))),
    isNumeric: names.map((name, i) =>
      looks[i]!.digits !== undefined ||
      (rows.some((row) => typeof row[name] === "number") &&
        rows.every((row) => isMissing(row[name]) || typeof row[name] === "number"))
    ),
  };
}

/** For a terminal: aligned columns, a rule below the heading. */
function text({ title, head, body, isNumeric, notes }: TableTexts): string {
  const widths = head.map((title, column) =>
    Math.max(...[title, ...body.map((cells) => cells[column]!)].map((text) => [...text].length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((text, column) => {
      const gap = " ".repeat(widths[column]! - [...text].length);
      return isNumeric[column] ? gap + text : text + gap;
    }).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [...(title === undefined ? [] : [title]), line(head), rule, ...body.map(line), ...notes]
    .join("\n");
}

/** For a notebook; colours are the editor's own, so that it fits any theme. */
function html({ title, head, body, isNumeric, notes }: TableTexts): string {
  const cell = (tag: string, text: string, column: number, extra = "") =>
    `<${tag} style="text-align:${isNumeric[column] ? "right" : "left"};padding:2px 10px;` +
    `white-space:nowrap${extra}">${escapeMarkup(text)}</${tag}>`;
  const caption = title === undefined
    ? ""
    : `<caption style="text-align:left;font-weight:600;padding:4px 10px">` +
      `${escapeMarkup(title)}</caption>`;
  const rule = ";border-bottom:1px solid currentColor";
  const below = notes.map((note) =>
    `<div style="font-size:90%;opacity:0.8;padding:0 10px">${escapeMarkup(note)}</div>`
  );
  return `<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">${caption}` +
    `<thead><tr>${head.map((title, i) => cell("th", title, i, rule)).join("")}</tr></thead>` +
    `<tbody>${
      body.map((cells) => `<tr>${cells.map((text, i) => cell("td", text, i)).join("")}</tr>`)
        .join("")
    }</tbody></table>${below.join("")}`;
}

/** For a README or an issue. */
function markdown({ title, head, body, isNumeric, notes }: TableTexts): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [
    ...(title === undefined ? [] : [`**${title}**`, ""]),
    line(head),
    `|${isNumeric.map((right) => (right ? " ---: |" : " --- |")).join("")}`,
    ...body.map(line),
    ...notes.flatMap((note) => ["", note]),
  ].join("\n");
}

/** For a spreadsheet or a program: names as heading, all digits, RFC 4180 quoting. */
function csv({ names, rows }: TableTexts): string {
  const quote = (text: string) => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = [
    names.map(quote),
    ...rows.map((row) => names.map((name) => isMissing(row[name]) ? "" : quote(String(row[name])))),
  ];
  return lines.map((cells) => `${cells.join(",")}\n`).join("");
}

/** For a paper; needs the package booktabs. */
function latex({ title, head, body, isNumeric, notes }: TableTexts): string {
  const line = (cells: readonly string[]) => `${cells.map(latexText).join(" & ")} \\\\`;
  return [
    "\\begin{table}",
    "\\centering",
    ...(title === undefined ? [] : [`\\caption{${latexText(title)}}`]),
    `\\begin{tabular}{${isNumeric.map((right) => (right ? "r" : "l")).join("")}}`,
    "\\toprule",
    line(head),
    "\\midrule",
    ...body.map(line),
    "\\bottomrule",
    "\\end{tabular}",
    ...notes.map((note) => `\\par\\footnotesize ${latexText(note)}`),
    "\\end{table}",
  ].join("\n");
}

/** Whether a cell's content is not known. */
export function isMissing(value: CellValue): boolean {
  return value === undefined || value === null || value === "" ||
    (typeof value === "number" && !Number.isFinite(value));
}

function cellText(value: CellValue, { digits, signed, plusMinus }: ColumnLook): string {
  if (isMissing(value)) return DASH;
  if (typeof value !== "number") return String(value);
  const size = digits === undefined
    ? String(Number(Math.abs(value).toPrecision(6)))
    : Math.abs(value).toFixed(digits);
  // A value that rounds to zero has no sign, or the table would show "−0.00".
  const isZero = Number(size) === 0;
  const sign = value < 0 && !isZero ? "−" : signed && !isZero ? "+" : "";
  return `${plusMinus ? "± " : ""}${sign}${size}`;
}

const DASH = "–";

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
