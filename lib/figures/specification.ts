/** What a run does, and where it leaves the paper. */
import { DataTable } from "../report/tables.ts";
import type { ExperimentRun } from "../chain/run.ts";

/** The specification as a table: dotted names and values. */
export function specificationTable(run: ExperimentRun): DataTable {
  return new DataTable({
    title: `${run.experiment.title}, preset ${run.preset}, setting ${run.context.setting}`,
    columns: [{ key: "option", title: "option" }, { key: "value", title: "value" }],
    rows: [...flatten(run.specification)].map(([option, value]) => ({ option, value })),
  });
}

/** Differences from the paper, one a row: those of the preset, and what this run changed of it. */
export function deviationsTable(run: ExperimentRun): DataTable {
  return new DataTable({
    title: "Differences from the paper at this preset",
    columns: [{ key: "difference", title: "difference" }],
    rows: [
      ...run.experiment.deviations[run.preset],
      ...Object.entries(run.changes).map(([path, value]) =>
        `Changed by hand, whatever the lines above say: ${path} = ${value}`
      ),
    ].map((difference) => ({ difference })),
  });
}

function* flatten(value: unknown, path = ""): Generator<[string, string]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    yield [path, typeof value === "string" ? value : JSON.stringify(value)];
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    yield* flatten(entry, path === "" ? key : `${path}.${key}`);
  }
}
