/** Rows of `paper/*.csv`, and which of them a query means. */
import { readFileSync } from "node:fs";

/** Metric of a published value; the unit is the last word. */
export type PublishedMetric = "error_rate_pct" | "mae_degrees" | "mae_years";

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

const NO_TEACHER = new Set(["", "-", "–", "none"]);
const cache = new Map<string, readonly Record<string, string>[]>();

/** Whether a row carries the names of a query. */
export function matches(row: PublishedQuery, query: PublishedQuery): boolean {
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

/**
 * A metric by its name in the files.
 *
 * @throws {SyntaxError} Another name.
 */
export function metricOf(text: string): PublishedMetric {
  if (text === "error_rate_pct" || text === "mae_degrees" || text === "mae_years") return text;
  throw new SyntaxError(
    `Cannot read a published value: found metric "${text}", want "error_rate_pct", ` +
      `"mae_degrees" or "mae_years"`,
  );
}

/**
 * The rows of a file, each by column; read once.
 *
 * @throws {SyntaxError} A row has more or fewer fields than the head.
 */
export function readRows(file: string): readonly Record<string, string>[] {
  const kept = cache.get(file);
  if (kept !== undefined) return kept;
  const text = readFileSync(new URL(`./${file}`, import.meta.url), "utf8");
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
