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
  if (options.stages !== undefined) {
    const { printStages } = await import("./stage_times/print.ts");
    return await printStages(options.stages, options.preset, options);
  }
  // After the command line was checked: these load TensorFlow.
  if (options.growth) {
    return await (await import("./growth_with_size/growth.ts")).runGrowth(options);
  }
  const { runBench } = await import("./run.ts");
  return await runBench(options);
});
