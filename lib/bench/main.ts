/** `deno task bench`: how long the work takes, beside PyTorch and beside the machine's own limit. */
import { runMain } from "../cli/main.ts";
import { parseBench } from "./options.ts";

await runMain(async () => {
  const options = parseBench(Deno.args);
  if (options.device !== undefined) {
    Deno.env.set("CGAN_KD_DEVICE", options.device);
    // Empty hides every GPU from TensorFlow and PyTorch.
    if (options.device === "cpu") Deno.env.set("CUDA_VISIBLE_DEVICES", "");
  }
  // After the command line was checked: this loads TensorFlow.
  const { runBench } = await import("./run.ts");
  return await runBench(options);
});
