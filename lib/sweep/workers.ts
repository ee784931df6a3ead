/** How many workers a machine has room for. */
import { backendInfo } from "../base/tf.ts";
import { THREADS_VARIABLE } from "../native/tensorflow/backend.ts";
import type { ManifestStage } from "./manifest.ts";

/** Of a worker beside its stage: Deno, TensorFlow and the buffers of its allocator, in bytes. */
const PROCESS_BYTES = 1.5e9;
/** Of a stage that was not measured, in bytes. */
const UNKNOWN_BYTES = 1e9;

/**
 * As many workers as there are GPUs, or processors where there is none; fewer where memory or work does not suffice.
 *
 * @param stages Those that are to be made.
 */
export function workersFor(
  stages: readonly ManifestStage[],
  machine: {
    readonly processors: number;
    readonly gpus: readonly string[];
    readonly freeBytes: number;
  },
): number {
  const { processors, gpus, freeBytes } = machine;
  const largest = Math.max(0, ...stages.map(({ memory }) => memory ?? UNKNOWN_BYTES));
  const fitting = Math.floor(freeBytes / (PROCESS_BYTES + largest));
  const wanted = gpus.length > 0 ? gpus.length : processors;
  return Math.max(1, Math.min(wanted, fitting, stages.length));
}

/** This machine, as {@link workersFor} wants it. */
export async function thisMachine(): Promise<Parameters<typeof workersFor>[1]> {
  return {
    // As many threads as this process may have, which is what the backend has set where nobody else did.
    processors: Number(Deno.env.get(THREADS_VARIABLE)) || navigator.hardwareConcurrency,
    gpus: backendInfo.device === "GPU" ? await gpuNames() : [],
    freeBytes: Deno.systemMemoryInfo().available,
  };
}

/** GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` names them. */
async function gpuNames(): Promise<string[]> {
  const allowed = Deno.env.get("CUDA_VISIBLE_DEVICES");
  if (allowed) return allowed.split(",").map((name) => name.trim());
  try {
    const { stdout } = await new Deno.Command("nvidia-smi", {
      args: ["--query-gpu=index", "--format=csv,noheader"],
      stderr: "null",
    }).output();
    const names = new TextDecoder().decode(stdout).trim().split("\n").filter((name) => name !== "");
    return names.length > 0 ? names : ["0"];
  } catch {
    return ["0"];
  }
}
