/**
 * `deno task run EXPERIMENT ...`: the work of its notebook without a notebook; ends with the table. With `--options` it
 * prints what can be changed, and runs nothing; with `--until generator` it ends with the measures of the generator,
 * with `--ablation NAME` it varies one thing.
 */
import { ablationList, ablationName, LIST, runAndPrint } from "./ablation.ts";
import { countOption, formatOption, parseTask, seedsOption, wantOptions } from "./arguments.ts";
import { namedExperiment } from "./experiments.ts";
import { LeftOut } from "./left_out.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE = "deno task run EXPERIMENT [--preset smoke|quick|desk|paper] [--setting NAME] " +
  "[--cells PATTERN] [--seeds N|FIRST-LAST] [--workers N] [--until generator] [--fresh] " +
  "[--format text|csv|markdown|latex|html] [key=value ...]\n" +
  "       deno task run EXPERIMENT --options [PREFIX] [--preset ...] [--setting NAME] [key=value ...]\n" +
  "       deno task run EXPERIMENT --ablation NAME [--preset ...] [--setting NAME] [--cells PATTERN] [--seeds N] " +
  "[--fresh] [--format text|csv|markdown|latex|html] [key=value ...]\n" +
  "       deno task run --ablation list";
/** As many as the list of the specification takes. */
const MOST_SEEDS = 1000;
const MOST_WORKERS = 4096;

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: {
      preset: { type: "string", default: "quick" },
      setting: { type: "string" },
      cells: { type: "string" },
      seeds: { type: "string" },
      until: { type: "string" },
      workers: { type: "string" },
      fresh: { type: "boolean" },
      options: { type: "boolean" },
      ablation: { type: "string" },
      format: { type: "string" },
    },
  });
  if (task.values.ablation === LIST) {
    console.log(ablationList());
    return;
  }
  const isListing = task.values.options === true;
  if (isListing) {
    const { options: _options, ...others } = task.values;
    wantOptions(others, { beside: "--options", known: ["preset", "setting"], usage: USAGE });
  }
  const prefix = isListing ? task.words[1] : undefined;
  const words = task.words.filter((_, place) => !(isListing && place === 1));
  const named = namedExperiment({ ...task, words }, USAGE);
  const { preset, setting, cells, seeds, fresh } = task.values;
  const { until } = task.values;
  if (until !== undefined && until !== "generator") {
    throw new UsageError(`Cannot stop at "${until}": want --until generator\nUsage: ${USAGE}`);
  }
  const format = formatOption(task, USAGE);
  const range = seedsOption(seeds as string | undefined, MOST_SEEDS);
  const workers = countOption("--workers", task.values.workers as string | undefined, MOST_WORKERS);
  const alone = ["fresh", "until", "ablation"].find((option) => task.values[option] !== undefined);
  if (range !== undefined && range.first > 1 && (task.values.ablation ?? until) !== undefined) {
    throw new UsageError(
      `Cannot use --seeds ${seeds} with --ablation or --until: want how many, such as 3`,
    );
  }
  if (alone !== undefined && workers !== undefined && workers > 1) {
    throw new UsageError(`Cannot use --workers ${workers} with --${alone}: want --workers 1`);
  }
  const ablation = task.values.ablation === undefined
    ? undefined
    : ablationName(task.values.ablation as string, task.values);

  // After the command line was checked: these load TensorFlow.
  if (isListing) {
    const { resolve } = await import("../experiments/specification/experiment.ts");
    const { optionsText } = await import("../experiments/specification/options_text.ts");
    const experiment = await named.load();
    const listed = resolve(experiment, preset as string, task.changes, setting as string);
    console.log(optionsText(listed, prefix));
    return;
  }
  const { backendInfo } = await import("../base/tf.ts");
  const { TrainingFailed } = await import("../base/training/failures.ts");
  const { planRuns } = await import("../chain/plan_runs.ts");
  const { openExperiment } = await import("../estimate/open_experiment.ts");
  const { startSession } = await import("../chain/session.ts");
  const { trainStudents } = await import("../sweep/students.ts");
  const { tableOfRun } = await import("../figures/table_of_run.ts");
  const { accuracyScoreTable } = await import("../figures/generator/accuracy_score.ts");
  const { generatorMeasuresTable } = await import("../figures/generator/generator_measures.ts");

  const experiment = await named.load();
  const filter = { cells: cells as string | undefined };
  const options = {
    ...filter,
    preset: preset as string,
    setting: setting as string | undefined,
    seeds: range?.last,
    changes: task.changes,
  };
  const planned = ablation === undefined ? planRuns(experiment, options) : [];
  console.error(
    `${experiment.title} at preset "${preset}" on ${backendInfo.name} ${backendInfo.version}, ` +
      `${backendInfo.device} (${backendInfo.reason})`,
  );
  const session = startSession();
  if (ablation !== undefined) {
    return runAndPrint(experiment, ablation, {
      ...options,
      fresh: fresh === true,
      session,
      format,
    });
  }
  // Of the last setting, which has the records of those before.
  let ended;
  const failures: string[] = [];
  const damaged = new LeftOut();
  for (const one of planned) {
    const run = await openExperiment(one, { ...filter, fresh: fresh === true, session });
    if (until === "generator") {
      for (const table of [generatorMeasuresTable, accuracyScoreTable]) {
        console.log((await session.live(table(run))).render(format).trimEnd());
      }
      continue;
    }
    const chosen = {
      ...filter,
      ...(range && { seeds: run.specification.seeds.slice(range.first - 1, range.last) }),
    };
    if (run.choices(chosen).some(({ trainOn }) => trainOn === "real+fake")) {
      const verdict = await session.live(run.verdict());
      console.error(`What to expect of the fakes of ${one.setting}: ${verdict.sentence}`);
    }
    try {
      await session.live(trainStudents(run, { ...chosen, workers }));
    } catch (error) {
      // The table says how many failed, and the other settings are no worse for it.
      if (!(error instanceof TrainingFailed)) throw error;
      failures.push(error.message);
    }
    ended = { run, records: await run.recordList(damaged.add) };
  }
  if (until === "generator") return 0;
  if (ended !== undefined) {
    console.log(tableOfRun(ended.run, ended.records).render(format).trimEnd());
  }
  for (const failure of failures) console.error(`\n${failure}`);
  return failures.length === 0 ? damaged.tell() : Math.max(1, damaged.tell());
});
