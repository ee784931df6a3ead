/** The npm packages of `deno.json`, in `node_modules`. */
import { join } from "node:path";
import { type Report, runCommand } from "./command.ts";
import { exists, readJson, writeTextAtomically } from "./files.ts";
import { projectFolder } from "./folders.ts";

interface Configuration {
  readonly imports: Readonly<Record<string, string>>;
}

// In node_modules, so that deleting that folder deletes the mark with it.
const MARK = join("node_modules", ".cgan-kd-packages.json");

/** True when `deno install` ran to its end for the present import map and every package is there. */
export async function hasPackages(): Promise<boolean> {
  const mark = await readJson<string[]>(join(projectFolder(), MARK), Array.isArray);
  const wanted = await wantedPackages();
  if (mark === undefined || mark.join() !== wanted.join()) return false;
  for (const specifier of wanted) {
    const name = specifier.slice("npm:".length).replace(/@[^@/]*$/, "");
    if (!await exists(join(projectFolder(), "node_modules", name, "package.json"))) return false;
  }
  return true;
}

/** Installs them, as the lock file has them by version and checksum; one that it does not have is refused. */
export async function installPackages(report: Report): Promise<void> {
  const folder = projectFolder();
  const packages = join(folder, "node_modules", ".deno");
  const timer = setInterval(async () => {
    const entries = await Array.fromAsync(Deno.readDir(packages)).catch(() => []);
    report(`${entries.length} installed`);
  }, 1000);
  try {
    await runCommand(Deno.execPath(), ["install", "--quiet", "--frozen"], {
      what: 'install the npm packages ("deno install --frozen")',
      place: folder,
      cwd: folder,
      env: { NO_COLOR: "1" },
    });
  } finally {
    clearInterval(timer);
  }
  await writeTextAtomically(join(folder, MARK), JSON.stringify(await wantedPackages()));
}

async function wantedPackages(): Promise<string[]> {
  const text = await Deno.readTextFile(join(projectFolder(), "deno.json"));
  const { imports } = JSON.parse(text) as Configuration;
  return Object.values(imports).filter((target) => target.startsWith("npm:")).sort();
}
