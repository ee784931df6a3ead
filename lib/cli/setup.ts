/** `deno task setup`: sets up what is missing. */
import { parseArgs } from "node:util";
import { runMain } from "./main.ts";
import { setUp } from "../setup/set_up.ts";

await runMain(async () => {
  const { values } = parseArgs({
    options: { quiet: { type: "boolean" }, data: { type: "string", default: "none" } },
  });
  const { data, quiet } = values;
  if (data !== "required" && data !== "optional" && data !== "none") {
    throw new RangeError(
      `Cannot use --data "${data}": known values are "required", "optional", "none"`,
    );
  }
  await setUp({ data, verbose: !quiet });
});
