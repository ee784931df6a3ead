/**
 * The published numbers of Ding et al. (arXiv 2104.03164), looked up by cell. The values lie in
 * `paper/*.csv`, copied as they were published; `paper/README.md` names the source of each file.
 */
import { matches, metricOf, type PublishedMetric, type PublishedQuery, readRows } from "./rows.ts";

export type { PublishedMetric, PublishedQuery } from "./rows.ts";

/** Unit of a published value as run records spell it. */
export type PublishedUnit = "percent" | "degrees" | "years";

/** One cell of a published table: one run of the authors, without repetitions. */
export interface PublishedResult {
  /** "1", "2", "3", "7", or "7-v3" for the UTKFace table of version 3. */
  readonly table: string;
  /** For instance "CIFAR-10". */
  readonly dataset: string;
  /** For instance "C-10K". */
  readonly setting: string;
  /** As the paper prints it. */
  readonly teacher: string;
  /** The teacher's own test error or MAE in the unit of `metric`; absent where none is given. */
  readonly teacherMetric?: number;
  /** As the paper prints it. */
  readonly student: string;
  /** For instance "cGAN-KD+BLKD". */
  readonly method: string;
  /** What `value` measures. */
  readonly metric: PublishedMetric;
  /** Test error rate in percent, or mean absolute error in degrees or years. */
  readonly value: number;
}

/**
 * Every published table cell, in the order of the paper's tables.
 *
 * @returns 291 cells: 162 of Table 1, 18 of Table 2, 81 of Table 3, 18 of Table 7, 12 of 7-v3.
 */
export function publishedResults(): readonly PublishedResult[] {
  return readRows("reported_results.csv").map((row) => ({
    table: row["table"]!,
    dataset: row["dataset"]!,
    setting: row["setting"]!,
    teacher: row["teacher"]!,
    ...(row["teacher_metric"] ? { teacherMetric: Number(row["teacher_metric"]) } : {}),
    student: row["student"]!,
    method: row["method"]!,
    metric: metricOf(row["metric"]!),
    value: Number(row["value"]),
  }));
}

/**
 * The published cells that fit a query, in the order of the paper.
 *
 * @param query Names to match; an empty query gives all 291 cells.
 * @returns The cells, none where nothing was published.
 */
export function publishedTable(query: PublishedQuery = {}): PublishedResult[] {
  return publishedResults().filter((row) => matches(row, query));
}

/**
 * The published value of one cell.
 *
 * NOKD and cGAN-KD of Table 1 do not depend on the teacher: without a teacher in the query the
 * value is found if all teachers' rows agree on it.
 *
 * @returns Error rate in percent, or MAE in degrees or years; undefined where the paper has none.
 * @throws RangeError if the cells that fit hold different values, as NOKD does in Tables 1 and 3.
 */
export function publishedValue(query: PublishedQuery): number | undefined {
  return publishedCell(query)?.value;
}

/**
 * The published cell of a query, as {@link publishedValue}, with its metric and table.
 *
 * @throws RangeError if the cells that fit hold different values.
 */
export function publishedCell(query: PublishedQuery): PublishedResult | undefined {
  const found = publishedTable(query);
  const values = new Set(found.map((row) => row.value));
  if (values.size > 1) {
    const cells = found.map((row) =>
      `${row.value} (Table ${row.table}, ${row.setting}, teacher ${row.teacher}, ` +
      `${row.student}, ${row.method})`
    );
    const shown = cells.slice(0, 4).join("; ");
    throw new RangeError(
      `Cannot tell which published value is meant: found ${shown}` +
        `${cells.length > 4 ? "; ..." : ""}, want a query with one value`,
    );
  }
  return found[0];
}

/**
 * The published test error or MAE of a teacher itself.
 *
 * @returns The value in the unit of the table; undefined where the paper has none.
 * @throws RangeError if the tables that fit disagree (each table trained its own teachers).
 */
export function publishedTeacher(query: PublishedQuery): number | undefined {
  const found = publishedTable(query).filter((row) => row.teacherMetric !== undefined);
  const values = [...new Set(found.map((row) => row.teacherMetric!))];
  if (values.length > 1) {
    throw new RangeError(
      `Cannot tell which published teacher is meant: found values ${values.join(", ")}, ` +
        "want a query that names table, setting and teacher",
    );
  }
  return values[0];
}

/** The unit of a published metric, as run records spell it. */
export function publishedUnit(metric: PublishedMetric): PublishedUnit {
  return metric === "error_rate_pct" ? "percent" : metric === "mae_degrees" ? "degrees" : "years";
}
