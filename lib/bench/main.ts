/** `deno task bench`: how long the work takes, beside PyTorch and beside the machine's own limit. */
import { runMain } from "../cli/main.ts";
import { parseBench } from "./options.ts";

await runMain(async () => {
  const options = parseBench(Deno.args);
  // After the command line was checked: this loads TensorFlow.
  const { runBench } = await import("./run.ts");
  return await runBench(options);
});
