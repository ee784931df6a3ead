/**
 * Loads the kernels of `cpu/`, which set-up compiled: what TensorFlow lacks on CPUs or does slowly. They
 * are operations of TensorFlow like any other afterwards. Without them the stock operations serve.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { backendInfo } from "./backend.ts";

/** The library beside the addon in the npm package's folder. */
export const LIBRARY_NAME = "cgan_kd_kernels.so";
/** Environment variable; "stock" leaves the kernels out, for comparison. */
export const KERNELS_VARIABLE = "CGAN_KD_KERNELS";

/** Whether the operations of `cpu/` can be called. */
export const hasOwnKernels: boolean = load();

function load(): boolean {
  // On a GPU TensorFlow's own kernels are the fast ones, and tensors do not lie in the CPU's memory.
  if (backendInfo.name !== "native" || backendInfo.device !== "CPU") return false;
  if (Deno.env.get(KERNELS_VARIABLE) === "stock") return false;
  const project = join(import.meta.dirname!, "..", "..");
  const path = join(
    project,
    "node_modules",
    "@tensorflow",
    "tfjs-node-gpu",
    "lib",
    "napi-v8",
    LIBRARY_NAME,
  );
  if (!existsSync(path)) return false;
  try {
    const { symbols } = Deno.dlopen(path, {
      cgan_kd_register: { parameters: [], result: "i32" },
    });
    return symbols.cgan_kd_register() === 1;
  } catch {
    // Compiled for another processor or TensorFlow: set-up makes it anew.
    return false;
  }
}
