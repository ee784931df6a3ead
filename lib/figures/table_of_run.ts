/** The table that a run ends with. */
import type { RunRecord } from "../base/disk/records.ts";
import type { ExperimentRun } from "../chain/run.ts";
import { recordsOfChanges } from "../experiments/specification/kept_changes.ts";
import { type DataTable, resultRows, resultTable } from "../report/tables.ts";
import { counted } from "../report/words.ts";

/**
 * Ours beside the paper's for the options of this run: its students, and those that earlier runs trained with the same
 * options. Rows of other options, such as former trials, are counted below the table.
 *
 * @param records Of the experiment at the preset of the run.
 */
export function tableOfRun(
  { experiment, preset, changes }: Pick<ExperimentRun, "experiment" | "changes"> & {
    readonly preset: string;
  },
  records: readonly RunRecord[],
): DataTable {
  const { own, others } = recordsOfChanges(experiment, records, changes);
  const [paperTable] = experiment.paperTables;
  const more = resultRows(others, { paperTable }).filter(({ seeds, failed }) => seeds + failed > 0);
  return resultTable(own, {
    title: `${experiment.title}, preset ${preset}`,
    paperTable,
    ...(more.length > 0 && {
      remark: `${counted(more.length, "more row")} of other options: ` +
        `deno task results ${experiment.name} --preset ${preset}`,
    }),
  });
}
