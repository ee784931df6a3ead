/** `deno task setup [--data required|optional|none] [--quiet]`: sets up what is missing. */
import { setUp } from "../setup/set_up.ts";
import { parseTask } from "./arguments.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE = "deno task setup [--data required|optional|none] [--quiet]";

await runMain(async () => {
  const { words, changes, values } = parseTask(Deno.args, {
    usage: USAGE,
    options: { quiet: { type: "boolean" }, data: { type: "string", default: "none" } },
  });
  const surplus = [...words, ...Object.keys(changes)][0];
  if (surplus !== undefined) {
    throw new UsageError(`Cannot use "${surplus}": want only options\nUsage: ${USAGE}`);
  }
  const { data, quiet } = values;
  if (data !== "required" && data !== "optional" && data !== "none") {
    throw new UsageError(
      `Cannot use --data "${data}": known values are "required", "optional", "none"\nUsage: ${USAGE}`,
    );
  }
  await setUp({ data, verbose: quiet !== true });
});
