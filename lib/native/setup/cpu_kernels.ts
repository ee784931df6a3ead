/** The kernels of `lib/native/cpu/`, compiled into a library of their own beside the addon. */
import { join } from "node:path";
import type { Report } from "./command.ts";
import { runCommand } from "./command.ts";
import { LIBRARIES } from "./tensorflow.ts";

/** As `lib/native/own_kernels.ts` has it; set-up imports nothing that loads TensorFlow. */
export const KERNELS_LIBRARY = "cgan_kd_kernels.so";

// Never unloaded: TensorFlow keeps pointers into the library when the worker that loaded it has ended.
const FLAGS = ["-O3", "-std=c++17", "-shared", "-fPIC", "-pthread", "-Wl,-z,nodelete"];
/** Every x86-64 processor since 2013; the library refuses to start on older ones. */
const X86_FLAGS = ["-mavx2", "-mfma"];

/** The sources, in order of their names. */
export async function kernelSources(): Promise<string[]> {
  const folder = join(import.meta.dirname!, "..", "cpu");
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => join(folder, name)).sort();
}

/** Flags that decide what the library can do. */
export function kernelFlags(): string[] {
  return [...FLAGS, ...(Deno.build.arch === "x86_64" ? X86_FLAGS : [])];
}

/**
 * Compiles the kernels.
 *
 * @returns False when the compiler does not take them; everything works without, more slowly.
 */
export async function buildKernels(
  { compiler, library, output }: { compiler: string; library: string; output: string },
  report: Report,
): Promise<boolean> {
  const sources = (await kernelSources()).filter((path) => path.endsWith(".cc"));
  try {
    await runCommand(compiler, [
      ...kernelFlags(),
      `-I${join(library, "include")}`,
      ...sources,
      `-L${library}`,
      ...LIBRARIES.map((name) => `-l:${name}`),
      `-Wl,-rpath,${library}`,
      "-o",
      output,
    ], { what: "compile the CPU kernels", place: output });
    return true;
  } catch {
    report("the compiler does not take our CPU kernels: TensorFlow's own serve");
    return false;
  }
}
