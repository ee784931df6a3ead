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
  const total = Object.keys((await readLock(folder)).npm).length;
  const counts = { downloaded: 0, "in place": 0 };
  await runCommand(Deno.execPath(), ["install", "--frozen"], {
    what: 'install the npm packages ("deno install --frozen")',
    place: folder,
    cwd: folder,
    env: { NO_COLOR: "1" },
    // What Deno says of each package, first of all downloads, then of all folders.
    onLine(line) {
      const count = line.startsWith("Download ") && line.endsWith(".tgz")
        ? "downloaded"
        : line.startsWith("Initialize ")
        ? "in place"
        : undefined;
      if (count !== undefined) report(`${++counts[count]} of some ${total} ${count}`);
    },
  });
  await writeTextAtomically(join(folder, MARK), JSON.stringify(await wantedPackages()));
}

/** Packages of other systems are in it too, so fewer are installed. */
async function readLock(
  folder: string,
): Promise<{ readonly npm: Readonly<Record<string, unknown>> }> {
  return JSON.parse(await Deno.readTextFile(join(folder, "deno.lock")));
}

async function wantedPackages(): Promise<string[]> {
  const text = await Deno.readTextFile(join(projectFolder(), "deno.json"));
  const { imports } = JSON.parse(text) as Configuration;
  return Object.values(imports).filter((target) => target.startsWith("npm:")).sort();
}
