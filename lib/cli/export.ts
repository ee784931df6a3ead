/** `deno task export EXPERIMENT ...`: trained networks for TensorFlow.js, Keras and ONNX, with model cards. */
import { didYouMean } from "../base/options/did_you_mean.ts";
import { countOption, parseTask } from "./arguments.ts";
import { namedExperiment } from "./experiments.ts";
import { runMain, UsageError } from "./main.ts";

const FORMATS = ["layers", "keras", "onnx"] as const;
const PARTS = ["students", "teacher", "generator"] as const;
const USAGE =
  `deno task export EXPERIMENT [--part ${PARTS.join("|")}] [--format ${
    FORMATS.join("|")
  }] [--cells PATTERN] [--seeds N] ` +
  "[--out FOLDER] [--preset P] [--setting S] [key=value ...]\n" +
  "       --part and --format may be given several times; what is not trained yet is trained first";

/** The values of an option that takes some words, several times. */
function someOf<T extends string>(option: string, values: unknown, known: readonly T[]): T[] {
  const given = values as readonly string[];
  return given.map((value) => {
    const found = known.find((one) => one === value);
    if (found !== undefined) return found;
    throw new UsageError(
      `Cannot use ${option} ${value}: want ${known.join(", ")}${
        didYouMean(value, known)
      }\nUsage: ${USAGE}`,
    );
  });
}

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: {
      preset: { type: "string", default: "quick" },
      setting: { type: "string" },
      cells: { type: "string" },
      seeds: { type: "string" },
      part: { type: "string", multiple: true, default: ["students"] },
      format: { type: "string", multiple: true, default: ["layers"] },
      out: { type: "string", default: "export" },
    },
  });
  const experiment = namedExperiment(task, USAGE);
  const { preset, setting, cells, out } = task.values as Record<string, string | undefined>;
  const parts = someOf("--part", task.values.part, PARTS);
  const formats = someOf("--format", task.values.format, FORMATS);
  // They choose students.
  const choosing = ["cells", "seeds"].find((option) => task.values[option] !== undefined);
  if (choosing !== undefined && !parts.includes("students")) {
    throw new UsageError(
      `Cannot use --${choosing} with --part ${
        parts.join(", ")
      }: it chooses students, want --part students as well\n` +
        `Usage: ${USAGE}`,
    );
  }
  const seeds = countOption("--seeds", task.values.seeds as string | undefined, 1000);

  const { openExperiment } = await import("../estimate/open_experiment.ts");
  const { startSession } = await import("../chain/session.ts");
  const session = startSession();
  const run = await openExperiment(await experiment.load(), {
    preset,
    setting,
    seeds,
    changes: task.changes,
    session,
  });
  const request = { out: out!, formats };
  for (const part of parts) {
    const exported = part === "students" ? await session.live(run.students({ cells })) : [part];
    for (const one of exported) console.log(await session.live(run.export(one, request)));
  }
});
