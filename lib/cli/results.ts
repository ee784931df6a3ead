/**
 * `deno task results EXPERIMENT ...`: the table, made from the records only. With `--report` it writes the pages on all
 * experiments in its place: the reproduction report, and verdicts beside what happened.
 */
import { writeTextAtomically } from "../base/disk/files.ts";
import { join } from "../base/disk/path.ts";
import { readRecords, type RunRecord } from "../base/disk/records.ts";
import { pairedTable } from "../report/paired_table.ts";
import { resultTable } from "../report/tables.ts";
import { formatOption, parseTask, PRESET_NAMES, type TaskArguments } from "./arguments.ts";
import { namedExperiment } from "./experiments.ts";
import { LeftOut } from "./left_out.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE = "deno task results EXPERIMENT [--preset smoke|quick|desk|paper] " +
  "[--paired] " +
  "[--format text|csv|markdown|latex|html]\n       deno task results --report";
const RESULTS = join(import.meta.dirname!, "..", "..", "results");

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: {
      preset: { type: "string" },
      format: { type: "string" },
      report: { type: "boolean" },
      paired: { type: "boolean" },
    },
  });
  if (task.values.report === true) return await writeReport(task);
  const { name, load } = namedExperiment(task, USAGE);
  const { preset = "quick" } = task.values as Record<string, string | undefined>;
  const format = formatOption(task, USAGE);
  const damaged = new LeftOut();
  const records = await readRecords(RESULTS, name, preset, damaged.add);
  if (records.length === 0 && damaged.count === 0) {
    const others: string[] = [];
    for (const other of PRESET_NAMES) {
      if ((await readRecords(RESULTS, name, other, () => {})).length > 0) others.push(other);
    }
    const there = others.length === 0
      ? ""
      : `, or ask for those that are there: ${others.map((one) => `--preset ${one}`).join(", ")}`;
    throw new UsageError(
      `Cannot make a table of "${name}" at preset "${preset}": found no records in "${
        join(RESULTS, name, "records", preset)
      }"; run "deno task run ${name} --preset ${preset}" first${there}`,
    );
  }
  // After the command line was checked: it loads the networks for their names.
  const { withKeptChanges } = await import("../experiments/specification/kept_changes.ts");
  const { resolve } = await import("../experiments/specification/experiment.ts");
  const experiment = await load();
  const { settings } = resolve(experiment, preset);
  // Behind a comma stands what was held out, or how few images there were.
  const place = ({ cell }: RunRecord) =>
    settings.indexOf(cell.setting.split(", ")[0]!) + 1 || Infinity;
  const inOrder = records.toSorted((a, b) => place(a) - place(b) || 0);
  const { title, paperTables } = experiment;
  const isPaired = task.values.paired === true;
  const table = (isPaired ? pairedTable : resultTable)(withKeptChanges(experiment, inOrder), {
    title: `${title}, ${isPaired ? "paired differences, " : ""}preset ${preset}`,
    paperTable: paperTables[0],
  });
  // CSV has its own line end: with another, arquero 8.0.3 reads an empty row.
  console.log(table.render(format).replace(/\n$/, ""));
  return damaged.tell();
});

async function writeReport({ words, values }: TaskArguments): Promise<number> {
  const found = [...words];
  for (const option of ["preset", "format", "paired"]) {
    if (option in values) found.push(`--${option}`);
  }
  if (found.length > 0) {
    throw new UsageError(
      `Cannot use ${
        found.join(", ")
      } with --report: it is of all experiments and presets, want nothing beside it\n` +
        `Usage: ${USAGE}`,
    );
  }
  // This one as well.
  const { REPORT_FILE, reproductionReport } = await import("./reproduction.ts");
  const { VERDICTS_FILE, verdictsReport } = await import("./verdicts.ts");
  const pages = [
    { file: REPORT_FILE, ...await reproductionReport(RESULTS) },
    { file: VERDICTS_FILE, ...await verdictsReport(RESULTS) },
  ];
  for (const { file, text } of pages) {
    const path = join(RESULTS, file);
    await writeTextAtomically(path, text);
    console.log(path);
  }
  return new LeftOut(pages.flatMap(({ warnings }) => warnings)).tell();
}
