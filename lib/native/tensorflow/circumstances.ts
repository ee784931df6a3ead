/** What may move the last bits of a result without any change of code. */
import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { kernelSources } from "../../setup/tensorflow/cpu_kernels.ts";
import { THREADS_VARIABLE } from "./backend.ts";
import { KERNEL_FLOATS } from "./own_kernels.ts";

/** Where something was computed, as far as it may decide digits; see "The same digits" in lib/cli/README.md. */
export interface Circumstances {
  /** Model of the processor. */
  readonly processor: string;
  /** Its vector and matrix instructions, for instance ["fma", "avx2"]. */
  readonly features: readonly string[];
  /** Threads that compute an operation. */
  readonly threads: string;
  /** Sources of the kernels of `cpu/` as a hash, and floats in their vectors; "stock" where TensorFlow's serve. */
  readonly kernels: string;
}

/** Instructions that decide the speed of matrix products, and in which order they add. */
const FEATURES =
  /^(avx2|fma|f16c|avx512(f|_vnni|_bf16)|avx_vnni|amx_(tile|bf16|int8)|asimd|sve2?|bf16)$/;

/** The features that matter among the flags of `/proc/cpuinfo`. */
export function featuresIn(info: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(info)?.[1] ?? "";
  return line.trim().split(/\s+/).filter((flag) => FEATURES.test(flag));
}

/** Those of this machine; none where it does not tell. */
export async function processorFeatures(): Promise<string[]> {
  return featuresIn(await Deno.readTextFile("/proc/cpuinfo").catch(() => ""));
}

let found: Promise<Circumstances> | undefined;

/** Those of this process. */
export function circumstances(): Promise<Circumstances> {
  return found ??= look();
}

async function look(): Promise<Circumstances> {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    features: await processorFeatures(),
    threads: Deno.env.get(THREADS_VARIABLE) ?? "unknown",
    kernels: KERNEL_FLOATS === 0
      ? "stock"
      : `${await sourcesHash()}, vectors of ${KERNEL_FLOATS} floats`,
  };
}

/** Of the kernels' sources as they are; set-up compiles them again when they change. */
async function sourcesHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const path of await kernelSources()) hash.update(await Deno.readFile(path));
  return hash.digest("hex").slice(0, 16);
}
