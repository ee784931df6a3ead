/**
 * `deno task sweep WHAT EXPERIMENT ...`: the stages of a table as jobs, planned, run side by side on this machine or by
 * Slurm, watched and collected.
 */
import {
  countOption,
  findName,
  formatOption,
  parseTask,
  type TaskArguments,
  wantOptions,
} from "./arguments.ts";
import { namedExperiment } from "./experiments.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE = [
  "deno task sweep plan|local|slurm|status|collect EXPERIMENT [--preset smoke|quick|desk|paper] [--setting NAME] " +
  "[--cells PATTERN] [--seeds N] [key=value ...]",
  "         plan, local  [--workers N]",
  "         slurm        [--gpus N] [--cpus N] [--memory GB] [--time LIMIT] [--at-once N] " +
  '[--sbatch "OPTIONS"] [--dry-run]',
  "         status       [--watch]",
  "         collect      [--format text|csv|markdown|latex|html]",
  "       deno task sweep work FOLDER STAGE",
  "       deno task sweep work FOLDER --level L --index I",
].join("\n");
const WORDS = ["plan", "local", "slurm", "status", "collect", "work"] as const;
/** What names a sweep. */
const NAMING = ["preset", "setting", "cells", "seeds"];
/** Options of each command. */
const OPTIONS: Readonly<Record<typeof WORDS[number], readonly string[]>> = {
  plan: [...NAMING, "workers"],
  local: [...NAMING, "workers"],
  slurm: [...NAMING, "gpus", "cpus", "memory", "time", "at-once", "sbatch", "dry-run"],
  status: [...NAMING, "watch"],
  collect: [...NAMING, "format"],
  work: ["level", "index"],
};
/** As many as the list of the specification takes. */
const MOST_SEEDS = 1000;
const MOST_WORKERS = 4096;

const task = () =>
  parseTask(Deno.args, {
    usage: USAGE,
    // The folder of a worker may have any name.
    hasChanges: Deno.args[0] !== "work",
    options: {
      preset: { type: "string" },
      setting: { type: "string" },
      cells: { type: "string" },
      seeds: { type: "string" },
      workers: { type: "string" },
      gpus: { type: "string" },
      cpus: { type: "string" },
      "at-once": { type: "string" },
      time: { type: "string" },
      memory: { type: "string" },
      sbatch: { type: "string" },
      "dry-run": { type: "boolean" },
      watch: { type: "boolean" },
      format: { type: "string" },
      level: { type: "string" },
      index: { type: "string" },
    },
  });

await runMain(async () => {
  const asked = task();
  const [word, ...rest] = asked.words;
  if (word === undefined) throw new UsageError(`Usage: ${USAGE}`);
  const what = findName(WORDS, word, `"deno task sweep" command`) as typeof WORDS[number];
  wantOptions(asked.values, { beside: `"sweep ${what}"`, known: OPTIONS[what], usage: USAGE });
  if (what === "work") return await work(rest, asked);
  const { load } = namedExperiment({ ...asked, words: rest }, USAGE);
  const text = (option: string) => asked.values[option] as string | undefined;
  const options = {
    preset: text("preset") ?? "quick",
    setting: text("setting"),
    cells: text("cells"),
    seeds: countOption("--seeds", text("seeds"), MOST_SEEDS),
    changes: asked.changes,
  };
  const workers = countOption("--workers", text("workers"), MOST_WORKERS);
  const format = formatOption(asked, USAGE);

  // After the command line was checked: these load TensorFlow.
  const experiment = await load();
  const commands = await import("./sweep_commands.ts");
  switch (what) {
    case "plan":
      return await commands.plan(experiment, options, workers);
    case "local":
      return await commands.local(experiment, options, workers);
    case "status":
      return await commands.status(experiment, options, asked.values.watch === true);
    case "collect":
      return await commands.collect(experiment, options, format);
    case "slurm":
      return await commands.slurm(experiment, options, {
        gpus: text("gpus") === "0" ? 0 : countOption("--gpus", text("gpus"), 64),
        cpus: countOption("--cpus", text("cpus"), 1024),
        atOnce: countOption("--at-once", text("at-once"), MOST_WORKERS),
        memory: countOption("--memory", text("memory"), 100_000),
        time: text("time"),
        sbatch: text("sbatch"),
        isDry: asked.values["dry-run"] === true,
      });
  }
});

/** One stage, by its name or by its place in a level. */
async function work(words: readonly string[], { values }: TaskArguments): Promise<number> {
  const [folder, id] = words;
  const place = ["level", "index"].map((name) => values[name] as string | undefined);
  const isPlaced = place.every((text) => text !== undefined && /^\d+$/.test(text));
  if (folder === undefined || words.length > 2 || (id === undefined) !== isPlaced) {
    throw new UsageError(
      `Cannot tell the stage: found ${
        [...words, ...place].join(" ").trim() || "nothing"
      }, want a sweep's folder and ` +
        `a stage, or --level and --index\nUsage: ${USAGE}`,
    );
  }
  const { makeStage } = await import("./sweep_commands.ts");
  return await makeStage(folder, id ?? { level: Number(place[0]), index: Number(place[1]) });
}
