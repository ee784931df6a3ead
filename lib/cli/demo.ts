/** `deno task demo EXPERIMENT ...`: a page with the generator, the teacher and students of an experiment. */
import { countOption, parseTask } from "./arguments.ts";
import { absolutePath } from "../setup/folders.ts";
import { makeWritableFolder } from "../setup/writable_folder.ts";
import { namedExperiment } from "./experiments.ts";
import { runMain } from "./main.ts";

const USAGE =
  "deno task demo EXPERIMENT [--cells PATTERN] [--seeds N] [--out FOLDER] [--preset P] [--setting S] " +
  "[key=value ...]\n       what is not trained yet is trained first";

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: {
      preset: { type: "string", default: "quick" },
      setting: { type: "string" },
      cells: { type: "string" },
      seeds: { type: "string", default: "1" },
      out: { type: "string", default: "demo" },
    },
  });
  const experiment = namedExperiment(task, USAGE);
  const { preset, setting, cells, seeds } = task.values as Record<string, string | undefined>;
  const out = absolutePath(task.values.out as string);
  const seedCount = countOption("--seeds", seeds, 1000);

  const { openExperiment } = await import("../estimate/open_experiment.ts");
  const { startSession } = await import("../chain/session.ts");
  const { checkDemo, writeDemo } = await import("../demo/demo.ts");
  await makeWritableFolder(out);
  const session = startSession();
  const run = await openExperiment(await experiment.load(), {
    preset,
    setting,
    seeds: seedCount,
    changes: task.changes,
    session,
  });
  checkDemo(run);
  const students = await session.live(run.students({ cells }));
  console.log(`Open in a browser: ${await session.live(writeDemo(run, students, { out }))}`);
});
