/** `deno task publish EXPERIMENT ...`: copies trained parts to `results/parts`, for version control. */
import { parseTask } from "./arguments.ts";
import { namedExperiment } from "./experiments.ts";
import { runMain } from "./main.ts";

const USAGE = "deno task publish EXPERIMENT [--preset quick|desk] [--setting NAME] [key=value ...]";

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: { preset: { type: "string", default: "desk" }, setting: { type: "string" } },
  });
  const experiment = namedExperiment(task, USAGE);
  const { openExperiment } = await import("../estimate/open_experiment.ts");
  const { startSession } = await import("../chain/session.ts");
  const session = startSession();
  const run = await openExperiment(await experiment.load(), {
    preset: task.values.preset as string,
    setting: task.values.setting as string | undefined,
    changes: task.changes,
    session,
  });
  // Of a pool of fakes the accepted draws are kept, not the pixels.
  // One after the other: two trainings at once look like a leak of tensors to each other.
  const parts = [
    await session.live(run.teacher()),
    await session.live(run.gan()),
    await session.live(run.features()),
    await session.live(run.judge()),
    // Where nothing is subsampled nothing uses a ratio, and its fit may cost more than all the rest.
    ...run.specification.synthesis.steps.includes("subsample")
      ? [await session.live(run.ratio())]
      : [],
    await session.live(run.pool()),
  ];
  // The cGAN's name says what it was made from: without those a new machine would train them to find it.
  const { id: embedding } = await run.condition();
  const { guide } = await run.gan();
  const ids = new Set(parts.map(({ artifact }) => artifact.id));
  for (const id of [embedding, guide?.id]) if (id !== undefined) ids.add(id);
  for (const id of ids) console.log(await run.context.store.publish(id));
});
