/**
 * `deno task start [EXPERIMENT] [--preset P] [--setting NAME] [--fresh]`: set-up, a notebook, its table. Without a name it
 * is RC-49: its images are rendered here, and its student gains by fakes.
 */
import { projectFolder } from "../setup/folders.ts";
import { setUp } from "../setup/set_up.ts";
import { findName, parseTask } from "./arguments.ts";
import { runMain, UsageError } from "./main.ts";
import {
  needNotebookRunner,
  NOTEBOOK_OPTIONS,
  notebookParameters,
  runNamedNotebook,
} from "./notebook.ts";

const USAGE = "deno task start [rc49|cifar10|tiny_imagenet|utkface|distillers|walkthrough] " +
  "[--preset smoke|quick|desk|paper] [--setting NAME] [--fresh] [key=value ...]";

/** Notebooks of the experiments that need nothing of the user's own, the default first. */
const NOTEBOOKS: Readonly<Record<string, string>> = {
  rc49: "03_rc49",
  cifar10: "01_cifar10",
  tiny_imagenet: "02_tiny_imagenet",
  utkface: "04_utkface",
  distillers: "05_distillers",
  walkthrough: "00_walkthrough",
};
/** What set-up downloads for them. */
const ON_CIFAR10: readonly string[] = ["cifar10", "distillers"];

await runMain(async () => {
  const task = parseTask(Deno.args, { usage: USAGE, options: NOTEBOOK_OPTIONS });
  const [word = "rc49", ...others] = task.words;
  if (others.length > 0) {
    throw new UsageError(`Cannot use "${others[0]}": want one experiment\nUsage: ${USAGE}`);
  }
  const experiment = findName(Object.keys(NOTEBOOKS), word, "experiment");
  const parameters = notebookParameters(task);
  // Toy shapes need no download.
  const isDownloaded = parameters.preset !== "smoke" && ON_CIFAR10.includes(experiment);
  needNotebookRunner(await setUp({ data: isDownloaded ? "required" : "none", verbose: true }));
  const code = await runNamedNotebook(NOTEBOOKS[experiment]!, parameters);
  if (code !== 0) return code;
  const { code: tableCode } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "results", experiment, "--preset", parameters.preset],
    cwd: projectFolder(),
    stdin: "null",
  }).spawn().status;
  return tableCode;
});
