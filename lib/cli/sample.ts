/** `deno task sample EXPERIMENT --label LABEL ...`: images for labels of your choice, as a folder of PNGs. */
import { countOption, parseTask } from "./arguments.ts";
import { namedExperiment } from "./experiments.ts";
import { absolutePath } from "../setup/folders.ts";
import { makeWritableFolder } from "../setup/writable_folder.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE =
  "deno task sample EXPERIMENT --label LABEL [--label LABEL ...] [--count N] [--seed N] [--processed] " +
  "[--out FOLDER] [--preset P] [--setting S] [key=value ...]";

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: {
      preset: { type: "string", default: "quick" },
      setting: { type: "string" },
      label: { type: "string", multiple: true },
      count: { type: "string" },
      seed: { type: "string" },
      processed: { type: "boolean" },
      out: { type: "string", default: "sample" },
    },
  });
  const experiment = namedExperiment(task, USAGE);
  const { preset, setting, processed } = task.values;
  const out = absolutePath(task.values.out as string);
  const labels = (task.values.label ?? []) as unknown as readonly string[];
  if (labels.length === 0) {
    throw new UsageError(
      `Cannot draw images: found no --label, want at least one\nUsage: ${USAGE}`,
    );
  }
  const count = countOption("--count", task.values.count as string | undefined, 100_000);
  const seed = countOption(
    "--seed",
    task.values.seed as string | undefined,
    Number.MAX_SAFE_INTEGER,
  );

  const { openExperiment } = await import("../estimate/open_experiment.ts");
  const { startSession } = await import("../chain/session.ts");
  const { variesImages } = await import("../experiments/specification/varies_images.ts");
  const { writeImageFolder } = await import("../data/files/image_folder_writer.ts");
  // What is missing may take hours to train.
  await makeWritableFolder(out);
  const session = startSession();
  const run = await openExperiment(await experiment.load(), {
    preset: preset as string,
    setting: setting as string | undefined,
    changes: task.changes,
    session,
  });
  const request = { label: labels, count, seed, processed: processed === true };
  const set = await session.live(run.sample(request));
  const files = await writeImageFolder(set, out);
  console.log(
    `${set.labels.length} images and ${files.at(-1)} in ${Deno.realPathSync(out)}`,
  );
  if (variesImages(run.specification)) {
    console.log(
      "They vary training images and may look like them: show them only where you may show those.",
    );
  }
});
