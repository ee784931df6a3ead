/** Arquero tables that print themselves: `show()` and notebook cells know titles, units and digits. */
import { ColumnTable, escape, op } from "arquero";
import { type Displayable, guardedBundle, JUPYTER_DISPLAY, type MimeBundle } from "./display.ts";
import {
  type CellValue,
  type ColumnLook,
  isMissing,
  renderTable,
  type TableForm,
  type TableLook,
} from "./render_table.ts";

export type { CellValue, ColumnLook, TableForm, TableLook } from "./render_table.ts";

/** A column of a {@link DataTable}: its name, and how it is printed. */
export interface Column extends ColumnLook {
  /** Name of the column in the table, property of the rows. */
  readonly key: string;
}

/** The parts of a {@link DataTable}. */
export interface DataTableParts extends Omit<TableLook, "columns"> {
  /** From left to right. */
  readonly columns: readonly Column[];
  /** Values by the key of their column; other properties are left out. */
  readonly rows: readonly Readonly<Record<string, CellValue>>[];
}

/**
 * An arquero table with its look: all verbs of arquero work on it, and what they give prints the columns that it still
 * has as before. Title and notes are those of the whole table, so what verbs make of it has none.
 *
 * Three verbs differ from those of arquero 8.0.3, which sorts what is missing to the front (so that the best of a table may
 * be what nobody ran) and the columns of a pivot as text (1000, 10000, 250), shows the first of several seeds in a cell of
 * a pivot, and drops columns that the first of several tables has not: here the rows that {@link DataTable.orderby} sorts
 * by a column end with those that are missing there, {@link DataTable.pivot} puts numbers in the order of their size and
 * asks what several rows of a cell become, and {@link DataTable.concat} keeps every column. Plain tables of arquero do
 * none of it: filter them by `op.is_finite(row.error)` before they are sorted.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const table = DataTable.of({
 *   columns: [{ key: "method", title: "method" }, { key: "error", title: "error", unit: "%", digits: 1 }],
 *   rows: [{ method: "NOKD", error: 22.84 }, { method: "BLKD", error: 21.7 }],
 * });
 * const best = table.orderby("error").slice(0, 1);
 * const lines = best.toText().split("\n");
 * assert.deepEqual(lines, ["method  error (%)", "──────  ─────────", "BLKD         21.7"]);
 * ```
 */
export class DataTable extends ColumnTable implements Displayable {
  #look: TableLook = {};

  /**
   * A table of rows.
   *
   * @throws {RangeError} There is no column, or two columns have one key.
   */
  static of({ title, notes, columns, rows }: DataTableParts): DataTable {
    const keys = columns.map(({ key }) => key);
    if (keys.length === 0 || new Set(keys).size !== keys.length) {
      throw new RangeError(
        `Cannot build a table: found columns [${keys.join(", ")}], want at least one, each once`,
      );
    }
    const values = Object.fromEntries(keys.map((key) => [key, rows.map((row) => row[key])]));
    const table = new DataTable(values, keys);
    const looks = columns.map(({ key, ...look }) => [key, look] as const);
    table.#look = { title, notes, columns: Object.fromEntries(looks) };
    return table;
  }

  /** Above the table. */
  get title(): string | undefined {
    return this.#look.title;
  }

  /** Values by the name of their column, in the order of the table. */
  get rows(): readonly Readonly<Record<string, CellValue>>[] {
    return this.objects() as Readonly<Record<string, CellValue>>[];
  }

  /** Sentences below the table. */
  get notes(): readonly string[] {
    return this.#look.notes ?? [];
  }

  /** A table that a verb of arquero makes of this one. */
  override create(options?: Parameters<ColumnTable["create"]>[0]): this {
    const table = super.create(options);
    table.#look = { columns: this.#look.columns };
    return table;
  }

  /**
   * Sorts rows; ties by the next key. Rows whose column is missing or not finite come last, with `desc()` as well. A key
   * that is an expression, `(row) => ...`, sorts as in arquero, what is missing first.
   */
  override orderby(...keys: Parameters<ColumnTable["orderby"]>): this {
    return super.orderby(...keys.flat().flatMap((key) => this.#missingLast(key)) as typeof keys);
  }

  #missingLast(key: unknown): unknown[] {
    const inner = (key as { readonly expr?: unknown } | null)?.expr ?? key;
    if (typeof inner === "object" && inner !== null) {
      return Object.values(inner).flatMap((own) => this.#missingLast(own));
    }
    const name = typeof inner === "number" ? this.columnName(inner) : inner;
    if (typeof name !== "string") return [key];
    const isLast = escape((row: Record<string, CellValue>) => isMissing(row[name]) ? 1 : 0);
    return [isLast, key];
  }

  /**
   * Spreads rows over columns, one for each value of a key; columns of one numeric key are in the order of their numbers,
   * others in that of their text.
   *
   * @throws {RangeError} A cell has several rows, such as those of three seeds, and `values` names columns: an aggregate
   * says what becomes of them, `{ error: op.mean("error") }`.
   */
  override pivot(...all: Parameters<ColumnTable["pivot"]>): this {
    const [keys, values, options = {}] = all;
    if ([values].flat().every((value) => typeof value === "string" || typeof value === "number")) {
      this.#refuseSeveralRows(keys, String([values].flat().at(-1)));
    }
    const { limit = Infinity, valueSeparator = "_", sort = true, ...rest } = options;
    const wide = super.pivot(keys, values, { ...rest, valueSeparator, sort });
    const fixed = this.isGrouped() ? this.groups()!.names.length : 0;
    const names = wide.columnNames();
    const made = names.slice(fixed);
    const isOne = !Array.isArray(values) && typeof values !== "object" || values.length === 1;
    // Of several values, columns are named after the value and the key.
    const keyOf = (name: string) =>
      isOne ? name : name.slice(name.lastIndexOf(valueSeparator) + valueSeparator.length);
    const numbers = [...new Set(made.map(keyOf))].toSorted((a, b) => Number(a) - Number(b));
    const isNumeric = !(Array.isArray(keys) && keys.length > 1) &&
      numbers.every((key) => key.trim() !== "" && Number.isFinite(Number(key)));
    if (!isNumeric || !sort) return super.pivot(keys, values, options);
    const kept = limit > 0 ? numbers.slice(0, limit) : numbers;
    const stems = new Set(made.map((name) => name.slice(0, name.length - keyOf(name).length)));
    return wide.select(
      ...names.slice(0, fixed),
      ...[...stems].flatMap((stem) => kept.map((key) => stem + key)),
    );
  }

  /** Of several rows arquero would take the first. */
  #refuseSeveralRows(keys: Parameters<ColumnTable["pivot"]>[0], value: string): void {
    const counts = super.pivot(keys, { rows: op.count() });
    const groups = this.isGrouped() ? this.groups()!.names : [];
    for (const name of counts.columnNames().slice(groups.length)) {
      const row = counts.array(name).findIndex((rows: unknown) => Number(rows ?? 0) > 1);
      if (row < 0) continue;
      const cell = [...groups.map((group) => counts.get(group, row)), name].join(", ");
      throw new RangeError(
        `Cannot turn a table wide: found ${
          counts.get(name, row)
        } rows for the cell of ${cell}, want one; ` +
          `group by what tells them apart, or give an aggregate: { ${value}: op.mean("${value}") }`,
      );
    }
  }

  /**
   * Rows of other tables below those of this one. Columns that only some have are kept, and their cells are missing in
   * the rows of the others.
   */
  override concat(...tables: Parameters<ColumnTable["concat"]>): this {
    const others = tables.flat() as ColumnTable[];
    const own = this.columnNames();
    const added = new Set(others.flatMap((table) => table.columnNames()));
    own.forEach((name) => added.delete(name));
    // arquero takes the columns of the first table.
    const missing = Object.fromEntries(Array.from(added, (name) => [name, escape(() => null)]));
    const wide = added.size === 0 ? this : this.derive(missing);
    const all = ColumnTable.prototype.concat.call(wide, ...others) as this;
    const looks = others.map((table) => table instanceof DataTable ? table.#look.columns : {});
    all.#look = { columns: Object.assign({}, ...looks.toReversed(), this.#look.columns) };
    return all;
  }

  /** The table in one of the forms. */
  render(form: TableForm): string {
    return renderTable(this, form, this.#look);
  }

  /** For a terminal. */
  toText(): string {
    return this.render("text");
  }

  /** For a notebook. */
  override toHTML(): string {
    return this.render("html");
  }

  /** For a README or an issue. */
  override toMarkdown(): string {
    return this.render("markdown");
  }

  /** For a spreadsheet or a program: names as heading, all digits. */
  override toCSV(): string {
    return this.render("csv");
  }

  /** For a paper; needs the package booktabs. */
  toLatex(): string {
    return this.render("latex");
  }

  /** Representations for `show()`. */
  bundle(): MimeBundle {
    return { "text/html": this.toHTML(), "text/plain": this.toText() };
  }

  /** The same for a cell that ends in the value. */
  [JUPYTER_DISPLAY](): Promise<MimeBundle> {
    return guardedBundle(() => this.bundle());
  }
}
