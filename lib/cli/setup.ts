/** `deno task setup [--data required|optional|none] [--quiet]`: sets up what is missing. */
import { setUp } from "../setup/set_up.ts";
import { parseTask, wantNoWord } from "./arguments.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE = "deno task setup [--data required|optional|none] [--quiet]";

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: { quiet: { type: "boolean" }, data: { type: "string", default: "none" } },
  });
  wantNoWord(task, USAGE);
  const { data, quiet } = task.values;
  if (data !== "required" && data !== "optional" && data !== "none") {
    throw new UsageError(
      `Cannot use --data "${data}": known values are "required", "optional", "none"\nUsage: ${USAGE}`,
    );
  }
  await setUp({ data, verbose: quiet !== true });
});
