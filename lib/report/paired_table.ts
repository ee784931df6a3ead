/** What methods change against the same students without them: differences seed by seed, with intervals and tests. */
import { checkOptionNames } from "../base/check_argument.ts";
import { holm, pairedDifference } from "../base/paired.ts";
import { DataTable } from "./data_table.ts";
import { checkRecords, type Records, rowsOf } from "./record_table.ts";
import { type ResultRow, type ResultRowOptions, resultRows } from "./result_rows.ts";
import { type SizedStudent, sizesText } from "./student_sizes.ts";
import { counted, unitOfDifferences } from "./words.ts";

/** What a method is compared with: the same one without fakes; without a teacher, where it has no fakes. */
function baseOf(method: string): string | undefined {
  if (method === "NOKD") return undefined;
  if (!method.startsWith("cGAN-KD+")) return "NOKD";
  // What is in place of fakes is no part of the method without them.
  return method.slice("cGAN-KD+".length).replace(
    /( \(|, )real in place of fakes\)$/,
    (_, before) => before === ", " ? ")" : "",
  );
}

/** The row of a method's base: of the same run, or else the only one there is; of a student of the same size. */
function baseRow(row: ResultRow, rows: readonly ResultRow[]): ResultRow | undefined {
  const method = baseOf(row.method);
  const candidates = rows.filter((other) =>
    other.method === method && other.dataset === row.dataset && other.setting === row.setting &&
    other.student === row.student && isOfSize(other, row) &&
    (other.teacher === undefined || other.teacher === row.teacher)
  );
  const ofRun = candidates.filter(({ specifications }) =>
    specifications.some((one) => row.specifications.includes(one))
  );
  if (ofRun.length > 0) return ofRun[0];
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** Whether two rows may be of one student, as far as their records say. */
export function isOfSize(a: ResultRow, b: ResultRow): boolean {
  return a.weights === undefined || b.weights === undefined || a.weights === b.weights;
}

/** Rows as what students of them take. */
function sized(rows: readonly ResultRow[]): SizedStudent[] {
  return rows.map(({ student, weights, gflops, imagesPerSecond, speedWhere }) => ({
    student,
    ...(weights !== undefined && gflops !== undefined &&
      { size: { weights: weights * 1e6, multiplyAdds: gflops * 1e9 / 2 } }),
    ...(imagesPerSecond !== undefined && speedWhere !== undefined &&
      { speed: { imagesPerSecond, where: speedWhere } }),
  }));
}

/**
 * A row for each method and student that has a base with a seed in common: mean of the paired differences, half of Student's
 * 95 % interval, and the p-value of the t-test by Holm's correction for all tests of the table.
 *
 * @param records Of one experiment at one preset.
 * @throws {RangeError} Presets, experiments or metrics are mixed; says which.
 */
export function pairedTable(
  records: Records,
  options: ResultRowOptions & { readonly title?: string } = {},
): DataTable {
  checkRecords("pairedTable()", records);
  checkOptionNames("pairedTable()", options, {
    known: { paperTable: true, cells: true, metric: true, title: true },
    example: '{ title: "Gains" }',
  });
  const { metric } = options;
  const unit = rowsOf(records).find((row) => metric === undefined || row.metric === metric)?.unit ??
    "";
  const rows = resultRows(records, options);
  const compared = rows.flatMap((row) => {
    const base = baseRow(row, rows);
    if (base === undefined) return [];
    const differences = [...row.values].flatMap(([seed, value]) => {
      const other = base.values.get(seed);
      return other === undefined ? [] : [value - other];
    });
    return differences.length === 0 ? [] : [{ row, base, paired: pairedDifference(differences) }];
  });
  const tested = compared.filter(({ paired }) => paired.pValue !== undefined);
  const corrected = new Map(
    holm(tested.map(({ paired }) => paired.pValue!)).map((p, i) => [tested[i], p] as const),
  );
  const has = (test: (one: typeof compared[number]) => boolean) => compared.some(test);
  return DataTable.of({
    title: options.title ?? "Paired differences",
    columns: [
      { key: "setting", title: "setting" },
      { key: "student", title: "student" },
      ...(has(({ row }) => row.teacher !== undefined)
        ? [{ key: "teacher", title: "teacher" }]
        : []),
      { key: "method", title: "method" },
      { key: "against", title: "against" },
      {
        key: "difference",
        title: `difference (${unitOfDifferences(unit)})`,
        digits: 2,
        signed: true,
      },
      { key: "halfWidth", title: "95 %", digits: 2, plusMinus: true },
      { key: "pValue", title: "p (Holm)", digits: 3 },
      { key: "pairs", title: "pairs", digits: 0 },
      ...(has(({ row }) => row.changes !== undefined)
        ? [{ key: "changes", title: "changed" }]
        : []),
    ],
    rows: compared.map((one) => ({
      setting: one.row.setting,
      student: one.row.student,
      teacher: one.row.teacher,
      method: one.row.method,
      against: one.base.method,
      difference: one.paired.mean,
      halfWidth: one.paired.halfWidth,
      pValue: corrected.get(one),
      pairs: one.paired.count,
      changes: one.row.changes,
    })),
    notes: [
      "Below 0 is a gain. Differences are of students of the same seed" +
      (tested.length === 0
        ? "; a single pair has no interval and no p-value."
        : "; ± is half of Student's 95 % interval. p: t-test of the paired differences, by Holm's correction for " +
          `${counted(tested.length, "test")}; a single pair has none.`),
      ...sizesText(sized(compared.map(({ row }) => row))),
    ],
  });
}
