/** Students: curves, the table beside the paper, and what follows. */
import { spreadOf } from "../base/metrics.ts";
import type { Cell } from "../base/disk/records.ts";
import { backendInfo, tf } from "../base/tf.ts";
import { groupRows } from "../report/vega/rows.ts";
import {
  bandOverSeeds,
  type Chart,
  type StudentCurveRow,
  studentCurves,
} from "../report/all_charts.ts";
import { renderedAfter } from "../report/paper/comparable.ts";
import { isOfSize } from "../report/paired_table.ts";
import { DataTable, resultRows } from "../report/tables.ts";
import { unitOfDifferences } from "../report/words.ts";
import { checkRun, checkRunAndStudents } from "../chain/check_run.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { tableOfRun } from "./table_of_run.ts";
import { titled } from "./titled.ts";

/** Test error of every student over its epochs. */
export function studentsFigure(run: ExperimentRun, students: readonly StudentResult[]): Chart {
  checkRunAndStudents("figures.studentsFigure()", run, students);
  const nameOf = ({ student, method }: Cell) => `${student}, ${method}`;
  /** Whether students of one name differ by something else. */
  const differBy = (cell: Cell, of: (student: StudentResult) => unknown) => {
    const named = students.filter((other) => nameOf(other.cell) === nameOf(cell));
    // Records of older versions have no size, which is no difference.
    return new Set(named.map(of).filter((value) => value !== undefined)).size > 1;
  };
  const seriesOf = ({ cell, record: { size } }: StudentResult) => {
    const teacher = differBy(cell, (other) => other.cell.teacher) ? ` from ${cell.teacher}` : "";
    const isOneOfSizes = differBy(cell, ({ record }) => record.size?.weights);
    return `${nameOf(cell)}${teacher}${isOneOfSizes ? sizeText(size?.weights) : ""}`;
  };
  const rows = students.flatMap((student) =>
    student.network.curve.map(({ epoch, test }) => ({
      series: seriesOf(student),
      seed: student.seed,
      epoch,
      value: test,
    }))
  );
  const { metric } = run.experiment;
  return studentCurves(rows, {
    title: titled(run, "Students"),
    yTitle: `${metric.title} (${metric.unit})`,
    finding: lastEpochText(rows, metric),
  });
}

/** " (0.58 million weights)", of students that nothing else tells apart. */
function sizeText(weights: number | undefined): string {
  return weights === undefined ? "" : ` (${(weights / 1e6).toFixed(2)} million weights)`;
}

/** Which series ends lowest, and how far below the next. */
function lastEpochText(
  rows: readonly StudentCurveRow[],
  { title, unit }: { readonly title: string; readonly unit: string },
): string {
  const band = bandOverSeeds(rows);
  const ends = [...groupRows(band, ({ series }) => series).values()]
    .map((group) => group.at(-1)!).sort((a, b) => a.mean - b.mean);
  const [best, next] = ends;
  if (best === undefined) return "No student was measured.";
  const lowest =
    `After its last epoch the lowest ${title}, ${best.mean.toFixed(2)} ${unit}, is that of ` +
    `${best.series}`;
  if (next === undefined) return `${lowest}.`;
  const isWithin = best.seeds > 1 && best.high >= next.low;
  const distance = (next.mean - best.mean).toFixed(2);
  if (Number(distance) === 0) return `${lowest}, and of ${next.series} as well.`;
  return `${lowest}, ${distance} ${unitOfDifferences(unit)} below ` +
    `${next.series}${
      best.seeds === 1
        ? "; another seed may order them otherwise"
        : isWithin
        ? "; the seeds of the two overlap"
        : ""
    }.`;
}

/**
 * Ours beside the paper's, from the records of this preset with the options of this run; rows of other options are counted
 * below.
 */
export async function resultsTable(run: ExperimentRun): Promise<DataTable> {
  checkRun("figures.resultsTable()", run);
  return tableOfRun(run, await run.recordList());
}

/** What is said of the paper's change where it is not of our images or our protocol. */
const PAPER_WORDS = {
  nothing: "",
  images: ", on the authors' images",
  protocol: " version 3, another protocol",
} as const;

/**
 * Which methods of this run beat plain training and by how much, in sentences made from the records. Differences are
 * taken seed by seed, where both methods have the seed.
 */
export async function conclusion(run: ExperimentRun): Promise<string> {
  checkRun("figures.conclusion()", run);
  const identity = await run.identity();
  const all = resultRows(await run.records(), { paperTable: run.experiment.paperTables[0] });
  const rows = all.filter(({ specifications }) => specifications.includes(identity));
  const { title, unit } = run.experiment.metric;
  const isRendered = renderedAfter(run.dataset.name) !== undefined;
  const lines = rows.filter(({ method }) => method !== "NOKD").flatMap((row) => {
    const plain = rows.find((other) =>
      other.method === "NOKD" && other.setting === row.setting && other.student === row.student &&
      isOfSize(other, row)
    );
    if (plain === undefined) return [];
    const differences = [...row.values].flatMap(([seed, value]) => {
      const other = plain.values.get(seed);
      return other === undefined ? [] : [value - other];
    });
    if (differences.length === 0) return [];
    const { mean, halfWidth = Infinity } = spreadOf(differences);
    const sure = Math.abs(mean) > halfWidth
      ? ` (± ${halfWidth.toFixed(2)} over ${differences.length} seeds)`
      : "; with so few seeds this may be chance";
    const paper = row.paper === undefined || plain.paper === undefined
      ? ""
      : ` (paper${PAPER_WORDS[row.differs ?? "nothing"]}: ${signed(row.paper - plain.paper)})`;
    const sizes = new Set(
      rows.flatMap(({ student, weights = [] }) => student === row.student ? weights : []),
    );
    const size = sizes.size > 1 && row.weights !== undefined ? sizeText(1e6 * row.weights) : "";
    const where = `${row.student}${size} on ${row.setting}${isRendered ? " (rendered by us)" : ""}`;
    const teacher = row.teacher === undefined ? "" : ` from ${row.teacher}`;
    return [
      `${where}, ${row.method}${teacher}: ${title} ${signed(mean)} ${
        unitOfDifferences(unit)
      } against NOKD${paper}${sure}.`,
    ];
  });
  return lines.length === 0 ? "No method was run beside NOKD." : lines.join("\n");
}

function signed(value: number): string {
  const digits = Math.abs(value).toFixed(2);
  return Number(digits) === 0 ? digits : `${value < 0 ? "−" : "+"}${digits}`;
}

/** What computed this, and how long each student took. */
export async function versionsTable(run: ExperimentRun): Promise<DataTable> {
  checkRun("figures.versionsTable()", run);
  const records = await run.recordList();
  // A confirmation is the later of two equal trainings, and the one of this machine.
  const latest = records.map(({ confirmed, time, revision, wallSeconds }) =>
    confirmed ?? { time, revision, wallSeconds }
  ).sort((a, b) => a.time.localeCompare(b.time));
  const last = latest.at(-1);
  const { dataset } = run;
  const seconds = latest.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0);
  const confirmed = records.filter((record) => record.confirmed !== undefined);
  const dayOf = (time: string | undefined) => time?.slice(0, 10) ?? "";
  const rows = [
    ["backend", `${backendInfo.name} ${backendInfo.version}, ${backendInfo.device}`],
    ["Deno", Deno.version.deno],
    ["TensorFlow.js", tf.version.tfjs],
    ["revision", last?.revision ?? "no record yet"],
    ["data", `${dataset.name} ${dataset.setting}, checksum ${dataset.checksum}`],
    ["source", dataset.source],
    ["students trained", `${records.length}, ${(seconds / 60).toFixed(1)} minutes in all`],
    ["last trained", last === undefined ? "no record yet" : dayOf(last.time)],
    ...(confirmed.length === 0 ? [] : [[
      "trained again with equal results",
      `${confirmed.length}: first on ${dayOf(confirmed[0]!.time)}, again on ${
        dayOf(confirmed.at(-1)!.confirmed!.time)
      }`,
    ]]),
  ];
  return DataTable.of({
    title: "Versions and time",
    columns: [{ key: "what", title: "what" }, { key: "value", title: "value" }],
    rows: rows.map(([what, value]) => ({ what, value })),
  });
}
