/** `deno task results EXPERIMENT ...`: the table, made from the records only. */
import { join } from "../base/disk/path.ts";
import { readRecords } from "../base/disk/records.ts";
import { resultTable, type TableForm } from "../report/tables.ts";
import { findName, onlyWord, parseTask } from "./arguments.ts";
import { EXPERIMENTS } from "./experiments.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE = "deno task results EXPERIMENT [--preset smoke|quick|desk|paper] " +
  "[--format text|csv|markdown|latex|html]";

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: {
      preset: { type: "string", default: "quick" },
      format: { type: "string", default: "text" },
    },
  });
  const word = onlyWord(task, { what: "experiment", usage: USAGE });
  const name = findName(Object.keys(EXPERIMENTS), word, "experiment");
  const preset = task.values.preset as string;
  const format = task.values.format as string;
  const formats: readonly TableForm[] = ["text", "csv", "markdown", "latex", "html"];
  if (!formats.includes(format as TableForm)) {
    throw new UsageError(
      `Cannot print format "${format}": known formats are ${formats.join(", ")}\nUsage: ${USAGE}`,
    );
  }
  const folder = join(import.meta.dirname!, "..", "..", "results");
  const records = await readRecords(folder, name, preset);
  if (records.length === 0) {
    throw new UsageError(
      `Cannot make a table of "${name}" at preset "${preset}": found no records in "${
        join(folder, name, "records", preset)
      }"; run "deno task run ${name} --preset ${preset}" first`,
    );
  }
  const { title, paperTables } = await EXPERIMENTS[name]!();
  const table = resultTable(records, {
    title: `${title}, preset ${preset}`,
    paperTable: paperTables[0],
  });
  // CSV has its own line end: with another, arquero 8.0.3 reads an empty row.
  console.log(table.render(format as TableForm).replace(/\n$/, ""));
});
