/** Rows as tables for a terminal or a README. */
import { type CellValue, DataTable } from "../report/data_table.ts";
import { isDisturbed, type Row } from "./row.ts";

/** One table a group, in the order of the rows. */
export function benchTables(rows: readonly Row[]): DataTable[] {
  const groups = Map.groupBy(rows, ({ group }) => group);
  return [...groups].map(([group, members]) => benchTable(group, members));
}

/** What a disturbed row does not show. */
const NO_TIMES = {
  ours_ms: undefined,
  eager_ms: undefined,
  compile_ms: undefined,
  ratio_eager: undefined,
  ratio_compile: undefined,
  share: undefined,
  images_per_s: undefined,
  scatter: undefined,
};
const NO_PROCESSOR_TIMES = { ratio_eager_cpu: undefined, ratio_compile_cpu: undefined };

function benchTable(title: string, rows: readonly Row[]): DataTable {
  const has = (key: keyof Row) => rows.some((row) => row[key] !== undefined);
  const columns = [
    { key: "work", title: "work" },
    { key: "ours_ms", title: "ours ms", digits: 1 },
    { key: "eager_ms", title: "eager ms", digits: 1 },
    { key: "compile_ms", title: "compile ms", digits: 1 },
    { key: "ratio_eager", title: "ours / eager", digits: 2 },
    { key: "ratio_compile", title: "ours / compile", digits: 2 },
    { key: "ratio_eager_cpu", title: "of CPU time", digits: 2 },
    { key: "ratio_compile_cpu", title: "of its CPU time", digits: 2 },
    { key: "share", title: "% of matmul", digits: 0 },
    { key: "reference_percent", title: "% of its step", digits: 1 },
    { key: "reference_cpu_percent", title: "% of its CPU time", digits: 1 },
    { key: "ours_peak_mb", title: "ours MB", digits: 0 },
    { key: "eager_peak_mb", title: "eager MB", digits: 0 },
    { key: "ratio_peak", title: "MB, ours / eager", digits: 2 },
    { key: "images_per_s", title: "images / s", digits: 0 },
    { key: "scatter", title: "± %", digits: 0 },
  ];
  const cells = rows.map((row): Record<string, CellValue> => ({
    ...row,
    work: row.work + (isDisturbed(row) ? " *" : ""),
    sleepy: undefined,
    // Of a single run, which judges no time.
    ...(row.ours_peak_mb === undefined ? {} : { ours_ms: undefined }),
    share: percent(row.share_of_matmul),
    reference_percent: percent(row.share_of_reference),
    reference_cpu_percent: percent(row.share_of_reference_cpu),
    scatter: row.ours_peak_mb === undefined ? percent(row.spread) : undefined,
    ...(isDisturbed(row) ? NO_TIMES : {}),
    ...(isDisturbed(row) && !row.sleepy ? NO_PROCESSOR_TIMES : {}),
  }));
  const references = rows.flatMap(({ reference }) => reference ?? []);
  return DataTable.of({
    title,
    columns: columns.filter(({ key }) => cells.some((cell) => cell[key] !== undefined)),
    rows: cells,
    notes: [
      ...(has("share_of_reference") ? [`Its step: ${references.join("; ")}.`] : []),
      ...(rows.some(isDisturbed)
        ? [
          "* Other processes took part of the machine, so times are left out. Ratios of processor time are " +
          "left out as well unless PyTorch's threads slept while they waited (--busy).",
        ]
        : []),
    ],
  });
}

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : 100 * share;
}
