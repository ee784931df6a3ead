/**
 * `deno run -A lib/torture/sanitizers/main.ts [--variations N] [--seed S] [--only address|threads|pool]`: compiles the
 * kernels of `lib/native/cpu` with the compiler's sanitizers, beside a stand-in for TensorFlow's C interface, and calls
 * every kernel as the tests do (`calls.txt`) and with other sides.
 */
import { parseArgs } from "node:util";
import { basename, dirname, join } from "../../base/disk/path.ts";
import { findCompiler } from "../../setup/tensorflow/addon.ts";
import { kernelFlags, kernelSources } from "../../setup/tensorflow/cpu_kernels.ts";
import { buildFolder } from "../../setup/tensorflow/tensorflow.ts";
import { chooseBuild } from "../../setup/tensorflow/wheels.ts";

const HERE = import.meta.dirname!;
const LIB = dirname(dirname(HERE));
const COMMON = ["-O1", "-g1", "-fno-omit-frame-pointer", "-std=c++17", "-pthread"];

/** A way of compiling the kernels. */
interface Variant {
  readonly name: string;
  readonly flags: readonly string[];
  /** Numbers of threads; results must be the same with all. */
  readonly threads: readonly number[];
  /** Without the longest vectors of this processor too. */
  readonly bothVectors: boolean;
}

const VARIANTS: readonly Variant[] = [
  {
    name: "address",
    // Undefined behaviour beside accesses out of bounds.
    flags: ["-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"],
    threads: [1, 3, 16],
    bothVectors: true,
  },
  { name: "threads", flags: ["-fsanitize=thread"], threads: [4, 16], bothVectors: false },
];

const { values } = parseArgs({
  options: {
    variations: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    // Objects are kept here, so that a second run compiles what changed.
    folder: { type: "string" },
  },
});
Deno.exitCode = await runAll() === 0 ? 0 : 1;

/** Returns how many runs went wrong. */
async function runAll(): Promise<number> {
  const compiler = await findCompiler();
  const build = await chooseBuild();
  if (compiler === undefined || build === undefined) {
    throw new Error("Cannot test the kernels: found no compiler or no TensorFlow for this machine");
  }
  const headers = join(buildFolder(build), "tensorflow", "include");
  const folder = values.folder ?? await Deno.makeTempDir();
  await Deno.mkdir(folder, { recursive: true });
  let failures = 0;
  if (["", "pool"].includes(values.only)) failures += await runPool(compiler, folder);
  for (const variant of VARIANTS) {
    if (!["", variant.name].includes(values.only)) continue;
    for (const vectors of vectorFlags(variant)) {
      const name = `${variant.name}${vectors.length}`;
      const flags = [...COMMON, ...vectors, ...variant.flags, `-I${headers}`];
      const driver = await compile(compiler, join(folder, name), flags);
      failures += await runDriver(driver, variant);
    }
  }
  return failures;
}

/** The machine's flags, and those without its longest vectors where it has them. */
function vectorFlags({ bothVectors }: Variant): string[][] {
  const own = kernelFlags().filter((flag) => flag.startsWith("-m"));
  const short = own.filter((flag) => !/^-m(avx512|prefer-vector-width)/.test(flag));
  return short.length < own.length && bothVectors ? [own, short] : [own];
}

/** Threads of the pool alone: quick, and it is what all kernels rest on. */
async function runPool(compiler: string, folder: string): Promise<number> {
  const program = join(folder, "pool");
  const sources = [
    join(HERE, "threads", "parallel_driver.cc"),
    join(LIB, "native", "cpu", "core", "parallel.cc"),
  ];
  await run(compiler, [...COMMON, "-fsanitize=thread", ...sources, "-o", program], {});
  let failures = 0;
  for (const threads of [1, 2, 4, 16]) {
    const { code, last } = await run(program, [], { TF_NUM_INTRAOP_THREADS: `${threads}` }, true);
    console.log(`pool, ${threads} threads: ${last}`);
    if (code !== 0) failures++;
  }
  return failures;
}

/** Compiles what changed since the last time; returns the program. */
async function compile(
  compiler: string,
  folder: string,
  flags: readonly string[],
): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const sources = [
    ...(await kernelSources()).filter((path) => path.endsWith(".cc")),
    ...["driver.cc", "tensorflow_stand_in.cc"].map((name) => join(HERE, name)),
  ];
  const objects = sources.map((path) =>
    join(folder, `${basename(dirname(path))}_${basename(path)}.o`)
  );
  const queue = sources.keys();
  const work = async () => {
    for (const k of queue) {
      const [source, object] = [sources[k]!, objects[k]!];
      if (await isNewer(object, source)) continue;
      console.error(`compiling ${basename(source)} into ${folder}`);
      await run(compiler, [...flags, "-c", source, "-o", object], {});
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  const program = join(folder, "driver");
  await run(compiler, [...flags, ...objects, "-o", program], {});
  return program;
}

async function isNewer(path: string, source: string): Promise<boolean> {
  const times = await Promise.all(
    [path, source].map((one) => Deno.stat(one).catch(() => undefined)),
  );
  const [made, changed] = times.map((info) => info?.mtime?.getTime());
  return made !== undefined && made >= changed!;
}

/** All calls with several numbers of threads; returns how many of the runs went wrong. */
async function runDriver(driver: string, { name, threads }: Variant): Promise<number> {
  let failures = 0;
  const ends = new Set<string>();
  for (const count of threads) {
    const { code, last } = await run(
      driver,
      [join(HERE, "calls.txt"), values.variations, values.seed],
      { TF_NUM_INTRAOP_THREADS: `${count}`, UBSAN_OPTIONS: "print_stacktrace=1" },
      true,
    );
    console.log(`${name}, ${count} threads: ${last}`);
    if (code !== 0 || !last.startsWith("done:")) failures++;
    else ends.add(last);
  }
  if (ends.size > 1) {
    console.log(`${name}: results differ with the number of threads`);
    failures++;
  }
  return failures;
}

/** Runs a program; where it fails, shows what it said at its end. */
async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  mayFail = false,
): Promise<{ code: number; last: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], env })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  const last = text(stdout).split("\n").at(-1) ?? "";
  if (code !== 0) console.error(text(stderr).slice(0, 6000));
  if (code !== 0 && !mayFail) {
    throw new Error(`Cannot go on: ${basename(program)} ended with ${code}`);
  }
  return { code, last };
}
