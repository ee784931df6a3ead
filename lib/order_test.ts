import assert from "node:assert/strict";
import { dirname, join } from "./base/path.ts";

/** Folders of `lib` from the first to the last: each imports from itself and from earlier ones. */
const ORDER = [
  "native",
  "base",
  "data",
  "networks",
  "gan",
  "density_ratio",
  "synthesis",
  "evaluation",
  "distill",
  "bound",
  "report",
  "experiments",
  "cli",
  "bench",
];
/** Files beside the folders, and who may import them. */
const ROOT_FILES: Readonly<Record<string, readonly string[]>> = {
  // The registry knows every part, so parts must not know it.
  "registry.ts": ["experiments", "cli", "bench", "mod.ts", "registry_test.ts"],
  "mod.ts": ["mod_test.ts"],
};
/** Kernels can only be tried with what loads TensorFlow.js and draws numbers, and that is in `base`. */
const ALLOWED = /^native\/\w+_(?:test|checks)\.ts imports base\/(?:tf|rng)\.ts$/;
const LIB = import.meta.dirname!;

/** One import of a file of the project by another; both relative to `lib`. */
interface Import {
  readonly from: string;
  readonly to: string;
}

async function* sourcesIn(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(join(LIB, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sourcesIn(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** Relative specifiers of static, dynamic and re-exporting imports; those in examples as well. */
function specifiersIn(source: string): string[] {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;
  return Array.from(source.matchAll(pattern), (match) => match[1]!);
}

/** Resolves a specifier without leaving `lib`; undefined outside it. */
function resolveIn(folder: string, specifier: string): string | undefined {
  const parts = folder === "." ? [] : folder.split("/");
  for (const part of specifier.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** What is wrong with an import, or undefined. */
function faultOf({ from, to }: Import): string | undefined {
  const [place] = from.split("/");
  const [target] = to.split("/");
  if (place === target) return undefined;
  const users = ROOT_FILES[target!];
  if (users !== undefined) {
    return users.includes(place!) ? undefined : `${from} imports ${to}`;
  }
  // Files beside the folders stand after all of them.
  if (!ORDER.includes(place!)) return undefined;
  return ORDER.indexOf(target!) <= ORDER.indexOf(place!) && ORDER.includes(target!)
    ? undefined
    : `${from} imports ${to}`;
}

Deno.test("a folder of lib imports from itself and earlier folders alone", async () => {
  const imports: Import[] = [];
  for await (const from of sourcesIn("")) {
    const source = await Deno.readTextFile(join(LIB, from));
    for (const specifier of specifiersIn(source)) {
      const to = resolveIn(dirname(from), specifier);
      if (to !== undefined) imports.push({ from, to });
    }
  }
  assert.ok(imports.length > 100, `found ${imports.length} imports`);
  const faults = imports.flatMap((one) => faultOf(one) ?? []);
  assert.deepEqual(faults.filter((fault) => !ALLOWED.test(fault)), []);
});

Deno.test("every folder of lib has its place in the order", async () => {
  const unknown: string[] = [];
  for await (const entry of Deno.readDir(LIB)) {
    if (entry.isDirectory && !ORDER.includes(entry.name)) unknown.push(entry.name);
  }
  assert.deepEqual(unknown, []);
});

Deno.test("the check of the order sees what it forbids", () => {
  const fault = (from: string, to: string) => faultOf({ from, to }) !== undefined;
  assert.ok(fault("base/tf.ts", "data/batches.ts"));
  assert.ok(fault("report/tables.ts", "experiments/run.ts"));
  assert.ok(fault("distill/blkd.ts", "registry.ts"));
  assert.ok(fault("gan/biggan.ts", "mod.ts"));
  assert.ok(!fault("base/tf.ts", "native/backend.ts"));
  assert.ok(!fault("experiments/run.ts", "registry.ts"));
  assert.deepEqual(
    specifiersIn('import a from "./a.ts";\nexport * from "../b.ts";\nawait import("../c.ts");\n'),
    ["./a.ts", "../b.ts", "../c.ts"],
  );
  assert.equal(resolveIn("gan", "../base/tf.ts"), "base/tf.ts");
  assert.equal(resolveIn("gan", "../../deno.json"), undefined);
});
