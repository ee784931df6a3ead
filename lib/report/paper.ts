/**
 * The published numbers of Ding et al. (arXiv 2104.03164), looked up by cell. The values lie in
 * `paper/*.csv`, copied as they were published; `paper/README.md` names the source of each file.
 */
import { readFileSync } from "node:fs";

/** Metric of a published value; the unit is the last word. */
export type PublishedMetric = "error_rate_pct" | "mae_degrees" | "mae_years";

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
 * Names that a published cell must carry; what is left out matches anything. Case, spaces, hyphens
 * and underscores do not count: "shufflenet_v2" finds "ShuffleNetV2".
 */
export interface PublishedQuery {
  /** As in {@link PublishedResult}. */
  readonly table?: string;
  /** For instance "CIFAR-10". */
  readonly dataset?: string;
  /** For instance "C-10K". */
  readonly setting?: string;
  /** Leave out (or give "", "-", "–", "none") for methods that have no teacher. */
  readonly teacher?: string;
  /** For instance "ShuffleNetV2". */
  readonly student?: string;
  /** For instance "cGAN-KD+BLKD". */
  readonly method?: string;
}

/** The steps of the component ablation, from no fake image at all to the whole of M1 and M2. */
export const PROCESSING_STEPS = [
  "NOKD",
  "unprocessed",
  "subsampling",
  "subsampling+filtering",
  "subsampling+filtering+adjustment",
] as const;

/** A bar of the figure "effect of components"; read off the figure. */
export interface PublishedComponent {
  readonly dataset: string;
  readonly setting: string;
  /** As the paper prints it. */
  readonly student: string;
  readonly processing: typeof PROCESSING_STEPS[number];
  /** What `value` measures. */
  readonly metric: PublishedMetric;
  readonly value: number;
}

/** A point of the figure of error against the number of processed fakes; read off the figure. */
export interface PublishedFakeCount {
  readonly dataset: string;
  readonly setting: string;
  /** As the paper prints it. */
  readonly student: string;
  /** Number of processed fake images in the training set, M^g. */
  readonly fakes: number;
  /** What `value` measures. */
  readonly metric: PublishedMetric;
  readonly value: number;
}

const NO_TEACHER = new Set(["", "-", "–", "none"]);
const cache = new Map<string, readonly Record<string, string>[]>();

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

/**
 * The bars of the figure "effect of components" (C-10K and R-5), read off the figure.
 *
 * @returns 30 bars, fewer under a query; a teacher, method or table in the query is ignored.
 */
export function publishedComponents(query: PublishedQuery = {}): PublishedComponent[] {
  return readRows("figure_effect_of_components.csv").map((row) => ({
    dataset: row["dataset"]!,
    setting: row["setting"]!,
    student: row["student"]!,
    processing: processingOf(row["fake_data_processing"]!),
    metric: metricOf(row["metric"]!),
    value: Number(row["value_read_off_figure"]),
  })).filter((row) => matches(row, figureQuery(query)));
}

/**
 * The points of the figures of error against the number of processed fakes M^g (C-10K and R-5),
 * read off the figures.
 *
 * @returns 63 points, fewer under a query; a teacher, method or table in the query is ignored.
 */
export function publishedFakeCounts(query: PublishedQuery = {}): PublishedFakeCount[] {
  return readRows("figure_error_vs_nfake.csv").map((row) => ({
    dataset: row["dataset"]!,
    setting: row["setting"]!,
    student: row["student"]!,
    fakes: Number(row["processed_fake_images"]),
    metric: metricOf(row["metric"]!),
    value: Number(row["value_read_off_figure"]),
  })).filter((row) => matches(row, figureQuery(query)));
}

/** The unit of a published metric, as run records spell it. */
export function publishedUnit(metric: PublishedMetric): PublishedUnit {
  return metric === "error_rate_pct" ? "percent" : metric === "mae_degrees" ? "degrees" : "years";
}

function figureQuery(query: PublishedQuery): PublishedQuery {
  const { dataset, setting, student } = query;
  return {
    ...(dataset === undefined ? {} : { dataset }),
    ...(setting === undefined ? {} : { setting }),
    ...(student === undefined ? {} : { student }),
  };
}

function matches(row: PublishedQuery, query: PublishedQuery): boolean {
  return (["table", "dataset", "setting", "teacher", "student", "method"] as const).every((key) => {
    const wanted = query[key];
    if (wanted === undefined) return true;
    if (key === "teacher" && NO_TEACHER.has(wanted.trim().toLowerCase())) return true;
    return plain(row[key] ?? "", key) === plain(wanted, key);
  });
}

function plain(name: string, key: keyof PublishedQuery): string {
  // "7" and "7-v3" are two tables; everywhere else only letters, digits and the plus sign count.
  if (key === "table") return name.trim();
  return name.toLowerCase().replace(/[\s_-]/g, "");
}

function metricOf(text: string): PublishedMetric {
  if (text === "error_rate_pct" || text === "mae_degrees" || text === "mae_years") return text;
  throw new SyntaxError(
    `Cannot read a published value: found metric "${text}", want "error_rate_pct", ` +
      `"mae_degrees" or "mae_years"`,
  );
}

function processingOf(text: string): typeof PROCESSING_STEPS[number] {
  const step = PROCESSING_STEPS.find((name) => name === text);
  if (step !== undefined) return step;
  throw new SyntaxError(
    `Cannot read a published value: found processing "${text}", want one of ` +
      PROCESSING_STEPS.map((name) => `"${name}"`).join(", "),
  );
}

function readRows(file: string): readonly Record<string, string>[] {
  const kept = cache.get(file);
  if (kept !== undefined) return kept;
  const text = readFileSync(new URL(`./paper/${file}`, import.meta.url), "utf8");
  const [head, ...lines] = text.split(/\r?\n/).filter((line) => line !== "");
  const names = (head ?? "").split(",");
  const rows = lines.map((line, index) => {
    const fields = line.split(",");
    if (fields.length !== names.length) {
      throw new SyntaxError(
        `Cannot read ${file}: found ${fields.length} fields in row ${index + 1}, ` +
          `want ${names.length}`,
      );
    }
    return Object.fromEntries(names.map((name, column) => [name, fields[column]!]));
  });
  cache.set(file, rows);
  return rows;
}
