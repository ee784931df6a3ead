import assert from "node:assert/strict";
import { dirname, join } from "./base/disk/path.ts";

/** Folders of `lib` from the first to the last: each imports from itself and from earlier ones. */
const ORDER = [
  "setup",
  "native",
  "base",
  "data",
  "networks",
  "gan",
  "density_ratio",
  "synthesis",
  "distill",
  "evaluation",
  "bound",
  "report",
  "export",
  "tracking",
  "experiments",
  "chain",
  "estimate",
  "ablations",
  "figures",
  "sweep",
  "demo",
  "cli",
  "bench",
  // What tests share; no other file may import it but the siege, which is a long test.
  "testing",
  "torture",
];
/** What tests may import from any folder: helpers, and the words in which every test speaks. */
const FOR_TESTS = ["testing", "base"];
/** Files beside the folders, and who may import them. */
const ROOT_FILES: Readonly<Record<string, readonly string[]>> = {
  // The registry knows every part, so parts must not know it: names become objects in `chain`. An estimate builds
  // the same objects, and the benchmark and the tests of all training steps all of them.
  "registry.ts": [
    "experiments",
    "chain",
    "estimate",
    "ablations",
    "sweep",
    "bench",
    "testing",
    "mod.ts",
    "registry_test.ts",
    "training_steps_test.ts",
    "distillers_test.ts",
    "distillers_minimum_test.ts",
    "distillers_published_test.ts",
    "stranger_dataset_test.ts",
  ],
  "mod.ts": ["mod_test.ts"],
};
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

/** Relative specifiers of static, dynamic and re-exporting imports, of types as well; those in examples too. */
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

/** Source without its doc comments, whose examples import what they show. */
function withoutExamples(source: string): string {
  return source.replaceAll(/^\s*\/\*\*[\s\S]*?\*\//gm, "");
}

/** Every import of one file of `lib` by another. */
async function allImports(read = (source: string) => source): Promise<Import[]> {
  const imports: Import[] = [];
  for await (const from of sourcesIn("")) {
    const source = read(await Deno.readTextFile(join(LIB, from)));
    for (const specifier of specifiersIn(source)) {
      const to = resolveIn(dirname(from), specifier);
      if (to !== undefined) imports.push({ from, to });
    }
  }
  assert.ok(imports.length > 100, `found ${imports.length} imports`);
  return imports;
}

const isTest = (path: string) => path.endsWith("_test.ts");

/** What is wrong with an import, or undefined. */
function faultOf({ from, to }: Import): string | undefined {
  const fault = `${from} imports ${to}`;
  if (isTest(to)) return fault;
  const place = from.split("/")[0]!;
  const target = to.split("/")[0]!;
  if (place === target) return undefined;
  if (isTest(from) && FOR_TESTS.includes(target)) return undefined;
  if (target === "testing" && place !== "torture") return fault;
  const users = ROOT_FILES[target];
  if (users !== undefined) return users.includes(place) ? undefined : fault;
  // Files beside the folders stand after all of them.
  if (!ORDER.includes(place)) return undefined;
  return ORDER.includes(target) && ORDER.indexOf(target) <= ORDER.indexOf(place)
    ? undefined
    : fault;
}

/** Circles of files that import each other. */
function circlesIn(imports: readonly Import[]): string[] {
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    targets.set(from, (targets.get(from) ?? new Set()).add(to));
  }
  const circles: string[] = [];
  const seen = new Set<string>();
  const way: string[] = [];
  const walk = (file: string): void => {
    const start = way.indexOf(file);
    if (start >= 0) circles.push([...way.slice(start), file].join(" imports "));
    if (seen.has(file)) return;
    seen.add(file);
    way.push(file);
    for (const target of targets.get(file) ?? []) walk(target);
    way.pop();
  };
  for (const file of targets.keys()) walk(file);
  return circles;
}

Deno.test("a folder of lib imports only from itself and earlier folders", async () => {
  assert.deepEqual((await allImports()).flatMap((one) => faultOf(one) ?? []), []);
});

Deno.test("no files of lib import each other in a circle, not even types", async () => {
  assert.deepEqual(circlesIn(await allImports(withoutExamples)), []);
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
  assert.ok(fault("base/tf.ts", "data/batches/batches.ts"));
  assert.ok(fault("report/tables.ts", "chain/run.ts"));
  assert.ok(fault("chain/run.ts", "estimate/estimate.ts"));
  assert.ok(fault("distill/methods/blkd.ts", "registry.ts"));
  assert.ok(fault("gan/biggan.ts", "mod.ts"));
  assert.ok(fault("bench/run.ts", "testing/kernels.ts"));
  assert.ok(fault("mod.ts", "testing/kernels.ts"));
  assert.ok(!fault("torture/victim.ts", "testing/smallest_run.ts"));
  assert.ok(fault("testing/kernels.ts", "torture/siege.ts"));
  assert.ok(fault("gan/biggan.ts", "gan/biggan_test.ts"));
  assert.ok(fault("native/maps/maps_test.ts", "data/toy/shapes.ts"));
  assert.ok(!fault("native/maps/maps_test.ts", "base/tf.ts"));
  assert.ok(!fault("gan/biggan_test.ts", "testing/plain/biggan.ts"));
  assert.ok(!fault("base/tf.ts", "native/tensorflow/backend.ts"));
  assert.ok(!fault("chain/open_run.ts", "registry.ts"));
  assert.deepEqual(
    specifiersIn('import a from "./a.ts";\nexport * from "../b.ts";\nawait import("../c.ts");\n'),
    ["./a.ts", "../b.ts", "../c.ts"],
  );
  assert.equal(resolveIn("gan", "../base/tf.ts"), "base/tf.ts");
  assert.equal(resolveIn("gan", "../../deno.json"), undefined);
  const circle = circlesIn([
    { from: "a.ts", to: "b.ts" },
    { from: "b.ts", to: "c.ts" },
    { from: "c.ts", to: "b.ts" },
    { from: "d.ts", to: "a.ts" },
    { from: "d.ts", to: "c.ts" },
  ]);
  assert.deepEqual(circle, ["b.ts imports c.ts imports b.ts"]);
});
