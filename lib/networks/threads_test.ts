import assert from "node:assert/strict";
import { backendInfo, THREADS_VARIABLE } from "../native/tensorflow/backend.ts";
import { hasOwnKernels } from "../native/tensorflow/own_kernels.ts";

/** Three steps of small networks; prints their losses to the last bit. */
const PROGRAM = `
import { sgd, lossAndGradients } from ${
  JSON.stringify(import.meta.resolve("../base/training/optimisers.ts"))
};
import { rngOf } from ${JSON.stringify(import.meta.resolve("../base/rng.ts"))};
import { tf } from ${JSON.stringify(import.meta.resolve("../base/tf.ts"))};
import { squaredError } from ${JSON.stringify(import.meta.resolve("./supervised.ts"))};
import { NETWORKS } from ${JSON.stringify(import.meta.resolve("../registry.ts"))};
for (const name of ["shufflenet_v2", "mobilenet_v2", "efficientnet_b0", "vgg16"]) {
  const rng = rngOf(1, name);
  const network = NETWORKS[name].build(
    { outputs: 1, head: "regression", imageSize: 64, width: 0.25, rng },
  );
  const draw = (...shape) => tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal()), shape);
  const [x, labels] = [draw(16, 64, 64, 3), draw(16)];
  const optimiser = sgd(network.parameters, { momentum: 0.9, weightDecay: 1e-4 });
  for (let step = 0; step < 3; step++) {
    const mode = { training: true, rng: rng.child("step", step) };
    const { loss, gradients } = lossAndGradients(
      network.parameters, () => squaredError(network.forward(x, mode).output, labels));
    optimiser.apply(gradients, 0.01);
    console.log(name, step, new Uint32Array((await loss.data()).slice().buffer)[0]);
  }
}
Deno.exit(0);
`;

/** What the program prints on only these processors, with the given number of threads or that of this process. */
async function losses(processors: string, threads?: number): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, PROGRAM);
    const config = new URL(import.meta.resolve("../../deno.json")).pathname;
    const { success, stdout, stderr } = await new Deno.Command("taskset", {
      args: [
        "-c",
        processors,
        Deno.execPath(),
        "run",
        "-A",
        "--no-check",
        `--config=${config}`,
        path,
      ],
      env: threads === undefined ? {} : { [THREADS_VARIABLE]: `${threads}` },
      stdout: "piped",
      stderr: "piped",
    }).output();
    const [text, problems] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.ok(success, `${problems}`);
    return text!.split("\n").filter((line) => /^[a-z0-9_]+ \d+ \d+$/.test(line));
  } finally {
    await Deno.remove(path);
  }
}

async function hasTaskset(): Promise<boolean> {
  try {
    return (await new Deno.Command("taskset", { args: ["-c", "0,1", "true"] }).output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "training steps have the same bits with one, two and three threads",
  ignore: backendInfo.device !== "CPU" || !hasOwnKernels || !await hasTaskset(),
  async fn() {
    const both = await losses("0,1", 2);
    assert.equal(both.length, 12);
    assert.deepEqual(await losses("0,1", 1), both);
    assert.deepEqual(await losses("0", 1), both);
    assert.deepEqual(await losses("0,1", 3), both);
  },
});
