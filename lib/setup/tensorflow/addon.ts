/** The addon that joins TensorFlow.js to TensorFlow's library, compiled from the npm package's sources. */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { findProgram, type Report, runCommand } from "../command.ts";
import { buildKernels, kernelFlags, KERNELS_LIBRARY, kernelSources } from "./cpu_kernels.ts";
import { SetUpError } from "../error.ts";
import { exists, readJson, removeLeftovers, sizeOf, writeTextAtomically } from "../files.ts";
import { projectFolder } from "../folders.ts";
import { buildFolder, LIBRARIES } from "./tensorflow.ts";
import type { TensorFlowBuild } from "./wheels.ts";

/** What is known of the addon in `node_modules`. */
export interface AddonStamp {
  /** Hash of sources, flags and library; another one means that it must be compiled again. */
  readonly identity: string;
  readonly device: "CPU" | "GPU";
  /** TensorFlow's version, as the addon reported when it was loaded. */
  readonly version: string;
  /** Folder of the library it is linked with; absent for the upstream's prebuilt addon. */
  readonly library?: string;
  readonly sizes: Readonly<Record<string, number>>;
}

/** What Node loads, and what that loads in turn. */
const FILES = { shim: "tfjs_binding.node", addon: "tfjs_tensorflow.so" } as const;
const STAMP = "cgan_kd_addon.json";
const FLAGS = ["-O2", "-std=c++17", "-shared", "-fPIC", "-DNAPI_VERSION=8"];

/**
 * The folder of the npm package in this project; links followed.
 *
 * @throws {SetUpError} The package is not installed.
 */
async function tfjsPackageFolder(): Promise<string> {
  const path = join(projectFolder(), "node_modules", "@tensorflow", "tfjs-node-gpu");
  try {
    return await Deno.realPath(path);
  } catch {
    throw new SetUpError(
      `Cannot build the native backend: found no "${path}"; run "deno install" in the project`,
    );
  }
}

/** The stamp of the addon in this project; undefined when there is none or its files changed. */
export async function readAddonStamp(): Promise<AddonStamp | undefined> {
  const folder = join(await tfjsPackageFolder(), "lib", "napi-v8");
  const stamp = await readJson<AddonStamp>(
    join(folder, STAMP),
    ({ sizes }) => Object.keys(sizes).length > 0,
  );
  if (stamp === undefined) return undefined;
  for (const [name, size] of Object.entries(stamp.sizes)) {
    if (await sizeOf(join(folder, name)) !== size) return undefined;
  }
  return stamp;
}

/** True when the addon is compiled from the present sources for `build`. */
export async function hasAddon(build: TensorFlowBuild): Promise<boolean> {
  const stamp = await readAddonStamp();
  return stamp !== undefined && stamp.identity === await identityOf(build);
}

/** The C++ compiler; undefined when there is none. */
export function findCompiler(): Promise<string | undefined> {
  return findProgram(["g++", "c++", "clang++"]);
}

/**
 * Compiles the addon, tries it in a process of its own and puts it in place.
 *
 * @throws {SetUpError} No compiler, a failed compilation, or an addon that does not load here.
 */
export async function buildAddon(build: TensorFlowBuild, report: Report): Promise<AddonStamp> {
  const compiler = await findCompiler();
  if (compiler === undefined) {
    throw new SetUpError(
      "Cannot build the native backend: found no g++, want a C++17 compiler; install it (Debian, " +
        "Ubuntu: apt install g++; Fedora: dnf install gcc-c++)",
    );
  }
  const source = await tfjsPackageFolder();
  const folder = join(source, "lib", "napi-v8");
  const library = join(buildFolder(build), "tensorflow");
  const headers = join(projectFolder(), "node_modules", "node-api-headers", "include");
  const identity = await identityOf(build);
  await Deno.mkdir(dirname(folder), { recursive: true });
  await removeLeftovers(folder);
  const partial = `${folder}.partial-${Deno.pid}`;
  await Deno.mkdir(partial);
  try {
    report("compiling");
    const compile = (args: readonly string[]) =>
      runCommand(compiler, [...FLAGS, `-I${headers}`, ...args], {
        what: "compile the native backend",
        place: folder,
      });
    const shim = join(import.meta.dirname!, "quiet_addon.cc");
    const [hasKernels] = await Promise.all([
      buildKernels({ compiler, library, output: join(partial, KERNELS_LIBRARY) }, report),
      compile([
        `-I${source}`,
        `-I${dirname(source)}`,
        `-I${join(library, "include")}`,
        ...await bindingSources(source),
        `-L${library}`,
        ...LIBRARIES.map((name) => `-l:${name}`),
        `-Wl,-rpath,${library}`,
        "-o",
        join(partial, FILES.addon),
      ]),
      compile([shim, "-ldl", "-o", join(partial, FILES.shim)]),
    ]);
    report("loading it");
    const version = await tryAddon(join(partial, FILES.shim));
    const sizes: Record<string, number> = {};
    const names = [...hasKernels ? [KERNELS_LIBRARY] : [], FILES.addon, FILES.shim];
    for (const name of names) sizes[name] = await sizeOf(join(partial, name));
    const stamp: AddonStamp = { identity, device: build.device, version, library, sizes };
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(join(folder, STAMP)).catch(() => {});
    // The shim last: whoever loads it finds the rest in place.
    for (const name of names) {
      await Deno.rename(join(partial, name), join(folder, name));
    }
    await writeTextAtomically(join(folder, STAMP), JSON.stringify(stamp));
    return stamp;
  } finally {
    await Deno.remove(partial, { recursive: true }).catch(() => {});
  }
}

/**
 * Tries the addon that the upstream project offers for download, with its older TensorFlow, by running
 * the npm package's own install script.
 *
 * @throws {SetUpError} The script failed, or its addon does not load.
 */
export async function installPrebuiltAddon(report: Report): Promise<AddonStamp> {
  const source = await tfjsPackageFolder();
  const folder = join(source, "lib", "napi-v8");
  report("trying the prebuilt addon of the npm package");
  const script = runCommand("node", ["scripts/install.js", "cpu", "download"], {
    what: "install the prebuilt addon of @tensorflow/tfjs-node-gpu",
    place: source,
    cwd: source,
  });
  await withTimeLimit(script, 120);
  const path = join(folder, FILES.shim);
  if (!await exists(path)) {
    throw new SetUpError(
      `Cannot use the prebuilt addon: found no "${path}" after its installation`,
    );
  }
  const version = await tryAddon(path);
  const stamp: AddonStamp = {
    identity: "prebuilt",
    device: "CPU",
    version,
    sizes: { [FILES.shim]: await sizeOf(path) },
  };
  await writeTextAtomically(join(folder, STAMP), JSON.stringify(stamp));
  return stamp;
}

/** TensorFlow's version, from an addon loaded in a process of its own: a crash there stays there. */
async function tryAddon(path: string): Promise<string> {
  const script = join(import.meta.dirname!, "load_addon.ts");
  const output = await runCommand(
    Deno.execPath(),
    ["run", "--quiet", "--allow-all", "--no-config", "--no-lock", script, path],
    {
      what: "load the native backend that was just compiled",
      place: dirname(path),
      env: { TF_CPP_MIN_LOG_LEVEL: "3", NO_COLOR: "1" },
    },
  );
  return output.trim();
}

async function bindingSources(source: string): Promise<string[]> {
  const folder = join(source, "binding");
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ name }) => name.endsWith(".cc")).map(({ name }) => join(folder, name))
    .sort();
}

async function identityOf(build: TensorFlowBuild): Promise<string> {
  const hash = createHash("sha256");
  const source = await tfjsPackageFolder();
  for (
    const path of [
      ...await bindingSources(source),
      join(import.meta.dirname!, "quiet_addon.cc"),
      ...await kernelSources(),
    ]
  ) {
    hash.update(await Deno.readFile(path));
  }
  hash.update([...FLAGS, ...kernelFlags(), buildFolder(build), Deno.build.target].join("\n"));
  return hash.digest("hex");
}

async function withTimeLimit<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new SetUpError(`Cannot wait for the download: ${seconds} s went by`)),
      seconds * 1000,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
