/** `deno task demo EXPERIMENT ...`: a page with the generator, the teacher and students of an experiment. */
import { countOption, parseTask } from "./arguments.ts";
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
  const { preset, setting, cells, out, seeds } = task.values as Record<string, string | undefined>;
  const seedCount = countOption("--seeds", seeds, 1000);

  const { openExperiment } = await import("../estimate/open_experiment.ts");
  const { startSession } = await import("../chain/session.ts");
  const { writeDemo } = await import("../demo/demo.ts");
  const session = startSession();
  const run = await openExperiment(await experiment.load(), {
    preset,
    setting,
    seeds: seedCount,
    changes: task.changes,
    session,
  });
  const students = await session.live(run.students({ cells }));
  console.log(await session.live(writeDemo(run, students, { out: out! })));
});
