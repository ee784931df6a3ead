/** The kernels of `lib/native/cpu/`, compiled into a library of their own beside the addon. */
import { join, relative } from "node:path";
import type { Report } from "../command.ts";
import { runCommand } from "../command.ts";
import { LIBRARIES } from "./tensorflow.ts";

/** As `lib/native/tensorflow/own_kernels.ts` has it; set-up imports nothing that loads TensorFlow. */
export const KERNELS_LIBRARY = "cgan_kd_kernels.so";

// Never unloaded: TensorFlow keeps pointers into the library when the worker that loaded it has ended.
const FLAGS = ["-O3", "-std=c++17", "-shared", "-fPIC", "-pthread", "-Wl,-z,nodelete"];
/** Every x86-64 processor since 2013; the library refuses to start on older ones. */
const X86_FLAGS = ["-mavx2", "-mfma"];
/** Where all of these are; products of matrices then take half the time. */
const AVX512 = ["avx512f", "avx512vl", "avx512dq", "avx512bw"];
/** Products of bfloat16 numbers, by the names of Linux and of the compiler. */
const BF16 = { feature: "avx512_bf16", flag: "-mavx512bf16" };

/** Where the sources are, in folders by theme. */
const SOURCES = join(import.meta.dirname!, "..", "..", "native", "cpu");

/** The sources and their headers, in order of their paths. */
export async function kernelSources(): Promise<string[]> {
  return (await Array.fromAsync(filesIn(SOURCES))).sort();
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(join(folder, name));
    else yield join(folder, name);
  }
}

/** Flags that decide what the library can do. */
export function kernelFlags(): string[] {
  if (Deno.build.arch !== "x86_64") return [...FLAGS];
  return [...FLAGS, ...X86_FLAGS, ...longVectorFlags(processorFeatures())];
}

/** The flags for vectors of sixteen floats, and bfloat16, where a processor has them; none elsewhere. */
export function longVectorFlags(features: ReadonlySet<string>): string[] {
  if (!AVX512.every((name) => features.has(name))) return [];
  const halves = features.has(BF16.feature) ? [BF16.flag] : [];
  return [...AVX512.map((name) => `-m${name}`), ...halves, "-mprefer-vector-width=512"];
}

/** What this processor can do, by the names that Linux gives; empty where they are not known. */
function processorFeatures(): ReadonlySet<string> {
  try {
    const flags = /^flags\s*:\s*(.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"));
    return new Set(flags?.[1]?.split(" "));
  } catch {
    return new Set();
  }
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
  const objects = `${output}.objects`;
  const run = (args: readonly string[]) =>
    runCommand(compiler, [...kernelFlags(), ...args], {
      what: "compile the CPU kernels",
      place: output,
    });
  const objectOf = (source: string) =>
    join(objects, `${relative(SOURCES, source).replaceAll(/[\\/]/g, "_")}.o`);
  const queue = sources.values();
  let compiled = 0;
  const compileQueue = async () => {
    for (const source of queue) {
      await run([`-I${join(library, "include")}`, "-c", source, "-o", objectOf(source)]);
      report(`compiling, ${++compiled} of ${sources.length} kernels`);
    }
  };
  try {
    await Deno.mkdir(objects, { recursive: true });
    await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, compileQueue));
    await run([
      ...sources.map(objectOf),
      `-L${library}`,
      ...LIBRARIES.map((name) => `-l:${name}`),
      `-Wl,-rpath,${library}`,
      "-o",
      output,
    ]);
    return true;
  } catch {
    report("the compiler does not take our CPU kernels: TensorFlow's own serve");
    return false;
  } finally {
    await Deno.remove(objects, { recursive: true }).catch(() => {});
  }
}
