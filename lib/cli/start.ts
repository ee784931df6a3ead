/** `deno task start [--preset P] [--fresh]`: set-up, the CIFAR-10 notebook on real images, the table. */
import { setUp } from "../native/setup/set_up.ts";
import { parseTask } from "./arguments.ts";
import { runMain } from "./main.ts";
import { needNotebookRunner, runNamedNotebook } from "./notebook.ts";

const USAGE = "deno task start [--preset smoke|quick|desk|paper] [--fresh] [key=value ...]";

await runMain(async () => {
  const { values, changes } = parseTask(Deno.args, {
    usage: USAGE,
    options: { preset: { type: "string", default: "quick" }, fresh: { type: "boolean" } },
  });
  const preset = values.preset as string;
  needNotebookRunner(await setUp({ data: "required", verbose: true }));
  const code = await runNamedNotebook("01_cifar10", {
    preset,
    fresh: values.fresh === true,
    changes,
  });
  if (code !== 0) return code;
  const { code: tableCode } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "results", "cifar10", "--preset", preset],
    stdin: "null",
  }).spawn().status;
  return tableCode;
});
