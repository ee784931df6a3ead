/** The start of every notebook and task: an experiment is opened, and a long run says first what it will take. */
import type { Dataset } from "../base/contracts.ts";
import { checkCall } from "../chain/check_call.ts";
import { openRun, throughGate } from "../chain/open_run.ts";
import type { ExperimentRun } from "../chain/run.ts";
import type { PlannedRun, RunOptions } from "../chain/run_options.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { changesOfOtherSettings } from "../experiments/specification/other_settings.ts";
import { leftOutLines } from "../data/parts/left_out.ts";
import { counted } from "../report/words.ts";
import { estimateRun, estimateTable } from "./estimate.ts";

/**
 * Opens an experiment: resolves its preset, loads its data, finds its store. At preset "paper" the session
 * shows how long a run will take on this machine and how much memory it needs, which takes a minute or
 * two to measure; nothing is trained before.
 *
 * @param what An experiment, of which the first run is opened that the options ask for; or one of its planned runs.
 * @throws {TypeError} No experiment, or an option of another kind.
 * @throws {RangeError} An unknown option, preset, setting, path of a change, name or cell; a number out of range.
 */
export async function openExperiment(
  what: Experiment | PlannedRun,
  options: RunOptions = {},
): Promise<ExperimentRun> {
  await throughGate(options, () => checkCall(what, options));
  const run = await openRun(what, options);
  const { session, cells } = options;
  // Only notebooks have a gate; a command says itself where its results are.
  if (session?.gate && session.tell) {
    await session.tell(
      `Records go to results/${run.experiment.name}/records/${run.preset}. Figures stay in this page; ` +
        "`deno task notebook` writes them to results/ as well.",
    );
  }
  const { setting, specification } = run.context;
  for (const { path, here, value } of changesOfOtherSettings(specification, setting, run.changes)) {
    await session?.tell?.(
      `${path} changes nothing here: the setting of this run is "${setting}", for which ${here} = ${value} counts`,
    );
  }
  const ruled = Object.entries(run.byRule).map(([path, text]) => `${path}=${text}`);
  if (ruled.length > 0) {
    await session?.tell?.(
      `Set by rule from the number of images and labels, except what you changed: ${
        ruled.join(" ")
      }${fewTestImages(run.dataset)}`,
    );
  }
  // Notebooks have a table of it.
  if (session?.gate === undefined) {
    const { inspection, name } = run.dataset;
    for (const line of leftOutLines(inspection)) await session?.tell?.(`${name}: ${line}`);
  }
  if (run.preset === "paper" && session?.tell) {
    await session.tell(`Measuring what ${run.context.setting} will take on this machine ...`);
    const estimate = await session.live(estimateRun(run, { cells }));
    await session.tell(estimateTable(estimate));
  }
  return run;
}

/** Of own images: what a single test image moves an error rate by, where that is half a point or more. */
function fewTestImages({ test: { labels: { length }, task } }: Dataset): string {
  if (task.kind === "regression" || length > 200) return "";
  return `\nErrors are measured on ${counted(length, "test image")}, so one image is ${
    (100 / length).toFixed(1)
  } points: smaller differences say nothing`;
}
