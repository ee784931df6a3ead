/** Which code decides results that are kept, by which versions it is told apart, and what of it was accepted. */
import * as v from "valibot";
import { parseAs, readTextIfThere, writeTextAtomically } from "../../base/disk/files.ts";
import { dirname, join } from "../../base/disk/path.ts";
import { type Code, hashOfKernel, readCode } from "./code_hash.ts";

/** Hashes of what decides results: files of the project by path, packages by name. */
export type Deciding = Readonly<Record<string, string>>;

/** Code that decides results, and the places at which versions are raised. */
export interface Sources {
  readonly deciding: Deciding;
  /** For a file or package, the places at which versions are raised, such as "lib/gan/sagan.ts (version 2)". */
  placesOf(path: string): string[];
}

/**
 * Folders and files that no result depends on. Options and specifications are part of each result's name by their
 * values; what is below keeps, names and tells results.
 */
const WITHOUT_EFFECT = [
  "lib/setup/",
  "lib/base/disk/",
  "lib/base/options/",
  "lib/base/check.ts",
  "lib/base/memory.ts",
  "lib/base/progress.ts",
  "lib/experiments/",
];
/** Where the chain of stages begins. */
const STAGES = "lib/chain/stages/";
/** Names all parts: what a stage and a part have in common ends here. */
const REGISTRY = "lib/registry.ts";
/** Folders of parts that have a version of their own, or may be given one. */
const PARTS = /^lib\/(data|distill\/methods|gan|networks)\//;
/** Any of these may be called by whatever computes. */
const KERNELS = "lib/native/cpu/";

/** Of the accepted hashes, from the project's folder. */
const ACCEPTED = "lib/cli/versions/accepted.json";

/**
 * Reads all code that decides results: stages, what they import when they run, packages, and kernels.
 *
 * @param project Folder that holds `lib`.
 */
export async function readSources(project: string): Promise<Sources> {
  const read = new Map<string, Code & { readonly targets: readonly string[] }>();
  const { imports } = JSON.parse(await Deno.readTextFile(join(project, "deno.json"))) as {
    imports: Record<string, string>;
  };
  const deciding: Record<string, string> = {};
  const visit = async (path: string): Promise<void> => {
    if (read.has(path)) return;
    const code = await readCode(await Deno.readTextFile(join(project, path)));
    const targets = code.imports.flatMap((specifier) => targetOf(path, specifier));
    read.set(path, { ...code, targets });
    deciding[path] = code.hash;
    for (const target of targets) {
      if (target.endsWith(".ts")) await visit(target);
      else if (imports[target] !== undefined) deciding[target] = imports[target];
    }
  };
  for (const path of await filesIn(project, STAGES)) {
    if (path.endsWith(".ts") && !path.endsWith("_test.ts")) await visit(path);
  }
  for (const path of await filesIn(project, KERNELS)) {
    deciding[path] = await hashOfKernel(await Deno.readTextFile(join(project, path)));
  }
  const parts = new Set(read.get(REGISTRY)?.targets.filter((path) => PARTS.test(path)));
  const isPlace = (path: string) => parts.has(path) || (read.get(path)?.versions.length ?? 0) > 0;
  const reached = new Map<string, string[]>();
  for (const place of [...read.keys()].filter(isPlace).sort()) {
    const { versions } = read.get(place)!;
    const text = `${place} (${versions.join(", ") || "no version yet"})`;
    for (const path of closureOf(place)) reached.set(path, [...reached.get(path) ?? [], text]);
  }

  /** What a place is answerable for: what it imports, as far as no other place is. */
  function closureOf(place: string): Set<string> {
    const closure = new Set([place]);
    for (const path of closure) {
      for (const target of read.get(path)?.targets ?? []) {
        if (target !== REGISTRY && !isPlace(target)) closure.add(target);
      }
    }
    return closure;
  }

  return { deciding, placesOf: (path) => reached.get(path) ?? [] };
}

/** The file or package that an import means; none where no result depends on it. */
function targetOf(from: string, specifier: string): string[] {
  if (specifier.startsWith("node:")) return [];
  if (!specifier.startsWith(".")) return [specifier];
  const parts = dirname(from).split("/");
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  const path = parts.join("/");
  return WITHOUT_EFFECT.some((prefix) => path.startsWith(prefix)) ? [] : [path];
}

/** Paths of all files below a folder, from the project's. */
async function filesIn(project: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(project, folder))) {
    const path = `${folder}${name}`;
    if (isDirectory) found.push(...await filesIn(project, `${path}/`));
    else found.push(path);
  }
  return found.sort();
}

/** What was accepted last; nothing where there is no list. */
export async function readAccepted(project: string): Promise<Deciding> {
  const path = join(project, ACCEPTED);
  return parseAs(v.record(v.string(), v.string()), await readTextIfThere(path) ?? "{}", {
    task: `read "${path}"`,
    remedy: 'run "deno task versions --accept"',
  });
}

/** Accepts code as it is; one line a file, so that two branches rarely touch the same. */
export async function writeAccepted(project: string, deciding: Deciding): Promise<void> {
  const sorted = Object.entries(deciding).sort(([a], [b]) => a < b ? -1 : 1);
  const text = JSON.stringify(Object.fromEntries(sorted), null, 2);
  await writeTextAtomically(join(project, ACCEPTED), `${text}\n`);
}

/** Most places that a line names. */
const SHOWN = 4;

/** A line for each file or package that differs from what was accepted, with the places that answer for it. */
export function changesSince(accepted: Deciding, { deciding, placesOf }: Sources): string[] {
  const paths = new Set([...Object.keys(accepted), ...Object.keys(deciding)]);
  return [...paths].sort().filter((path) => accepted[path] !== deciding[path]).map((path) => {
    const what = accepted[path] === undefined
      ? "is new"
      : deciding[path] === undefined
      ? "decides no result any more"
      : "changed";
    const places = placesOf(path);
    const others = places.length - SHOWN;
    const named = path.startsWith(KERNELS)
      ? "any stage may use it"
      : places.slice(0, SHOWN).join(", ") + (others > 0 ? ` and ${others} others` : "");
    return `${path} ${what}${named === "" ? "" : `: ${named}`}`;
  });
}

/** What to do about changes. */
export const ADVICE =
  'Where results change, raise the version in the file named ("no version yet" is 1; ' +
  'see "Versions of code" in lib/cli/README.md). Then, and where they stay equal to the bit, run ' +
  '"deno task versions --accept"';
