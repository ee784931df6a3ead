/** `deno task start [--preset P] [--setting NAME] [--fresh]`: set-up, the CIFAR-10 notebook on real images, the table. */
import { projectFolder } from "../setup/folders.ts";
import { setUp } from "../setup/set_up.ts";
import { parseTask } from "./arguments.ts";
import { runMain, UsageError } from "./main.ts";
import {
  needNotebookRunner,
  NOTEBOOK_OPTIONS,
  notebookParameters,
  runNamedNotebook,
} from "./notebook.ts";

const USAGE = "deno task start [--preset smoke|quick|desk|paper] [--setting NAME] [--fresh] " +
  "[key=value ...]";

await runMain(async () => {
  const task = parseTask(Deno.args, { usage: USAGE, options: NOTEBOOK_OPTIONS });
  if (task.words.length > 0) {
    throw new UsageError(`Cannot use "${task.words[0]}": want only options\nUsage: ${USAGE}`);
  }
  const parameters = notebookParameters(task);
  // Toy shapes need no download.
  const data = parameters.preset === "smoke" ? "none" : "required";
  needNotebookRunner(await setUp({ data, verbose: true }));
  const code = await runNamedNotebook("01_cifar10", parameters);
  if (code !== 0) return code;
  const { code: tableCode } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "results", "cifar10", "--preset", parameters.preset],
    cwd: projectFolder(),
    stdin: "null",
  }).spawn().status;
  return tableCode;
});
