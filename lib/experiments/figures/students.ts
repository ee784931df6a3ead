/** Students: curves, the table beside the paper, and what follows. */
import { backendInfo, tf } from "../../base/tf.ts";
import { type Chart, studentCurves } from "../../report/charts.ts";
import { renderedAfter } from "../../report/published_figure.ts";
import { DataTable, resultRows, resultTable } from "../../report/tables.ts";
import type { ExperimentRun, StudentResult } from "../run.ts";
import { titled } from "./titled.ts";

/** Test error of every student over its epochs. */
export function studentsFigure(run: ExperimentRun, students: readonly StudentResult[]): Chart {
  const rows = students.flatMap(({ cell, seed, network }) =>
    network.curve.map(({ epoch, test }) => ({
      series: `${cell.student}, ${cell.method}`,
      seed,
      epoch,
      value: test,
    }))
  );
  const { metric } = run.experiment;
  return studentCurves(rows, {
    title: titled(run, "Students"),
    yTitle: `${metric.title} (${metric.unit})`,
  });
}

/** Ours beside the paper's, from the records of this preset. */
export async function resultsTable(run: ExperimentRun): Promise<DataTable> {
  return resultTable(await run.records(), {
    title: `${run.experiment.title}, preset ${run.preset}`,
    paperTable: run.experiment.paperTables[0],
  });
}

/** What is said of the paper's change where it is not of our images or our protocol. */
const PAPER_WORDS = {
  nothing: "",
  images: ", on the authors' images",
  protocol: " version 3, another protocol",
} as const;

/** Which methods beat plain training and by how much, in sentences made from the records. */
export async function conclusion(run: ExperimentRun): Promise<string> {
  const rows = resultRows(await run.records(), { paperTable: run.experiment.paperTables[0] });
  const { title, unit } = run.experiment.metric;
  const isRendered = renderedAfter(run.dataset.name) !== undefined;
  const lines = rows.filter(({ method }) => method !== "NOKD").flatMap((row) => {
    const plain = rows.find(({ setting, student, method, specification }) =>
      method === "NOKD" && setting === row.setting && student === row.student &&
      specification === row.specification
    );
    if (plain?.ours === undefined || row.ours === undefined) return [];
    const change = row.ours - plain.ours;
    const spread = Math.hypot(row.halfWidth ?? Infinity, plain.halfWidth ?? Infinity);
    const sure = Math.abs(change) > spread
      ? ""
      : "; within the intervals of so few seeds this may be chance";
    const paper = row.paper === undefined || plain.paper === undefined
      ? ""
      : ` (paper${PAPER_WORDS[row.differs ?? "nothing"]}: ${signed(row.paper - plain.paper)})`;
    return [
      `${row.student} on ${row.setting}${
        isRendered ? " (rendered by us)" : ""
      }, ${row.method}: ${title} ${signed(change)} ${unit} against ` +
      `NOKD${paper}${sure}.`,
    ];
  });
  return lines.length === 0 ? "No method was run beside NOKD." : lines.join("\n");
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

/** What computed this, and how long each student took. */
export async function versionsTable(run: ExperimentRun): Promise<DataTable> {
  const records = await run.records();
  const last = records.at(-1);
  const { dataset } = run;
  const seconds = records.reduce((sum, record) => sum + record.wallSeconds, 0);
  const rows = [
    ["backend", `${backendInfo.name} ${backendInfo.version}, ${backendInfo.device}`],
    ["Deno", Deno.version.deno],
    ["TensorFlow.js", tf.version.tfjs],
    ["revision", last?.revision ?? "no record yet"],
    ["data", `${dataset.name} ${dataset.setting}, checksum ${dataset.checksum}`],
    ["source", dataset.source],
    ["students trained", `${records.length}, ${(seconds / 60).toFixed(1)} minutes in all`],
  ];
  return new DataTable({
    title: "Versions and time",
    columns: [{ key: "what", title: "what" }, { key: "value", title: "value" }],
    rows: rows.map(([what, value]) => ({ what, value })),
  });
}
