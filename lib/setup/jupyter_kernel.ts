/** Deno's Jupyter kernel, registered with a Deno that stays: npx keeps its own in a disposable cache. */
import { join } from "node:path";
import type { Report } from "./command.ts";
import { copyAtomically, readJson, sizeOf, writeTextAtomically } from "./files.ts";
import { cacheFolder, jupyterFolder } from "./folders.ts";

/** The part of a kernel's specification that matters here. */
interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
}

/** Deno, copied into the cache folder. */
function keptDeno(): string {
  const { deno } = Deno.version;
  const name = Deno.build.os === "windows" ? "deno.exe" : "deno";
  return join(cacheFolder(), `deno-${deno}`, name);
}

/** The kernel's file in the user's Jupyter folder, where VS Code and JupyterLab look. */
export function userKernelFile(): string {
  return join(jupyterFolder(), "kernels", "deno", "kernel.json");
}

/** A folder for `JUPYTER_PATH`: headless runs use this kernel, whatever the user registers. */
export function ownJupyterFolder(): string {
  return join(cacheFolder(), "jupyter");
}

/** True when the copy of Deno is whole and both registrations start a Deno that is there. */
export async function hasKernel(): Promise<boolean> {
  const own = await readJson<KernelSpec>(ownKernelFile(), startsProgram);
  return await isKept() && own?.argv[0] === keptDeno() && await startsDeno(userKernelFile());
}

/**
 * Copies Deno and registers the kernel. A kernel "deno" that the user registered is left alone as long as
 * its program is there.
 */
export async function installKernel(report: Report): Promise<void> {
  if (!await isKept()) {
    report("copying Deno");
    await copyAtomically(Deno.execPath(), keptDeno());
  }
  const spec: KernelSpec & { env: Record<string, string> } = {
    argv: [keptDeno(), "jupyter", "--quiet", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
    env: { DENO_NO_UPDATE_CHECK: "1" },
  };
  const text = JSON.stringify(spec, null, 2) + "\n";
  await writeTextAtomically(ownKernelFile(), text);
  if (!await startsDeno(userKernelFile())) {
    await writeTextAtomically(userKernelFile(), text);
    report(`registered in ${userKernelFile()}`);
  }
}

function ownKernelFile(): string {
  return join(ownJupyterFolder(), "kernels", "deno", "kernel.json");
}

async function isKept(): Promise<boolean> {
  return await sizeOf(keptDeno()) === await sizeOf(Deno.execPath());
}

function startsProgram({ argv }: KernelSpec): boolean {
  return typeof argv[0] === "string";
}

/** True when a kernel is registered and its program is there. */
async function startsDeno(kernelFile: string): Promise<boolean> {
  const spec = await readJson<KernelSpec>(kernelFile, startsProgram);
  const program = spec?.argv[0];
  if (program === undefined || program.includes("_npx")) return false;
  return await sizeOf(program) > 0;
}
