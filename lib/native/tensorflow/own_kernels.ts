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

const loaded = load();

/** Floats in the longest vectors of the operations of `cpu/`; 0 where they cannot be called. */
export const KERNEL_FLOATS: number = loaded.floats;

/** Products of bfloat16 numbers in the operations of `cpu/`: beside those of floats "quick", "slow" or "missing". */
export const KERNEL_BF16: "missing" | "slow" | "quick" = (["missing", "slow", "quick"] as const)[
  loaded.bf16
]!;

/** Whether the operations of `cpu/` are called. Changed only by `onStockOperations`. */
export let hasOwnKernels: boolean = KERNEL_FLOATS > 0;

/** Switches the operations of `cpu/` on or off; returns how it was. */
export function switchOwnKernels(on: boolean): boolean {
  const before = hasOwnKernels;
  hasOwnKernels = on;
  return before;
}

/**
 * Whether convolutions of more than one pixel with stride 1 are the quicker ones too. With AVX-512 they take 0.7 to 1.0
 * of the time of oneDNN's, whose threads wait for cores that ours still hold; with AVX2 1.0 to 1.2.
 */
export const hasOwnConvolutions: boolean = KERNEL_FLOATS >= 16;

function load(): { readonly floats: number; readonly bf16: number } {
  const none = { floats: 0, bf16: 0 };
  // On a GPU TensorFlow's own kernels are the fast ones, and tensors do not lie in the CPU's memory.
  if (backendInfo.name !== "native" || backendInfo.device !== "CPU") return none;
  if (Deno.env.get(KERNELS_VARIABLE) === "stock") return none;
  const project = join(import.meta.dirname!, "..", "..", "..");
  const path = join(
    project,
    "node_modules",
    "@tensorflow",
    "tfjs-node-gpu",
    "lib",
    "napi-v8",
    LIBRARY_NAME,
  );
  if (!existsSync(path)) return none;
  try {
    const { symbols } = Deno.dlopen(path, {
      cgan_kd_register: { parameters: [], result: "i32" },
      cgan_kd_bf16: { parameters: [], result: "i32" },
    });
    const floats = symbols.cgan_kd_register();
    return { floats, bf16: floats === 0 ? 0 : symbols.cgan_kd_bf16() };
  } catch {
    // Compiled for another processor or TensorFlow: set-up compiles it again.
    return none;
  }
}
