/** Python packages of our own that run notebooks headless; no virtual environment is needed for them. */
import { join } from "node:path";
import { type Report, runCommand, watchFolder } from "./command.ts";
import { SetUpError } from "./error.ts";
import { isComplete, makeFolder } from "./files.ts";
import { cacheFolder } from "./folders.ts";
import { findPython, runPip } from "./python.ts";

/** The packages that are asked for; pip finds what they need. */
const PACKAGES = ["nbclient>=0.10,<0.12", "nbformat>=5.9,<6", "jupyter_client>=8,<9"];
const MARKED = ["nbclient/__init__.py", "nbformat/__init__.py", "jupyter_client/__init__.py"];

/** A Python and the folder to put on its `PYTHONPATH`. */
export interface PythonSite {
  readonly python: string;
  readonly folder: string;
}

/**
 * The folder of the packages for the Python of this machine: compiled ones fit one version only.
 *
 * @throws {SetUpError} No Python, or one older than 3.9.
 */
export function pythonSite(): Promise<PythonSite> {
  return site ??= findSite();
}

/** Asked for by set-up and by what follows it; Python is started once. */
let site: Promise<PythonSite> | undefined;

async function findSite(): Promise<PythonSite> {
  const python = await findPython();
  const code = "import sys, sysconfig; v = sys.version_info; " +
    "print(v[0], v[1], sys.implementation.name, sysconfig.get_platform())";
  const output = await runCommand(python, ["-c", code], {
    what: "ask Python for its version",
    place: cacheFolder(),
  });
  const [major, minor, name, platform] = output.trim().split(" ");
  if (Number(major) !== 3 || Number(minor) < 9) {
    throw new SetUpError(
      `Cannot run notebooks headless: found Python ${major}.${minor}, want 3.9 or newer`,
    );
  }
  return { python, folder: join(cacheFolder(), `python-${name}-${major}.${minor}-${platform}`) };
}

/** True when the packages are there. */
export async function hasPythonSite(): Promise<boolean> {
  const { folder } = await pythonSite();
  return await isComplete(folder, PACKAGES.join());
}

/** Installs the packages. */
export async function installPythonSite(report: Report): Promise<void> {
  const { folder } = await pythonSite();
  await makeFolder(folder, PACKAGES.join(), async (partial) => {
    const temporary = join(partial, "temporary");
    const pip = runPip([
      "install",
      "--quiet",
      "--no-cache-dir",
      "--no-warn-script-location",
      "--target",
      partial,
      ...PACKAGES,
    ], { what: "install nbclient, which runs notebooks headless", temporary });
    await watchFolder(pip, partial, { report });
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    return MARKED;
  });
}
