/**
 * `deno task test [PATH ...] [--filter NAME]`: set-up, then format, lint, type check, doc check, notebook
 * cells, tests. With paths or a filter only those tests run. `deno task ok` is the same without set-up.
 */
import { join } from "node:path";
import { projectFolder } from "../setup/folders.ts";
import { setUp } from "../setup/set_up.ts";
import { parseTask } from "./arguments.ts";
import { runMain } from "./main.ts";
import { committedOutputs } from "./committed_outputs.ts";
import { joinCells, parseNotebook } from "./notebook_file.ts";

const USAGE = "deno task test [PATH ...] [--filter NAME]\n" +
  "       deno task ok [PATH ...] [--filter NAME], the same without set-up";

await runMain(async () => {
  const { words, values } = parseTask(Deno.args, {
    usage: USAGE,
    options: { filter: { type: "string" }, "no-setup": { type: "boolean" } },
  });
  if (values["no-setup"] !== true) await setUp({ data: "optional", verbose: true });
  const filter = values.filter === undefined ? [] : ["--filter", values.filter as string];
  const tests = ["test", "--allow-all", "--no-check", ...filter, ...words];
  if (words.length > 0 || filter.length > 0) return await deno(tests);

  const failed: string[] = [];
  const gate = async (title: string, work: () => Promise<number>) => {
    const start = performance.now();
    const code = await work();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.error(`${code === 0 ? "✓" : "✗"} ${title} (${seconds} s)`);
    if (code !== 0) failed.push(title);
  };
  await gate("format", () => deno(["fmt", "--check", "--quiet"]));
  await gate("lint", () => deno(["lint", "--quiet"]));
  await gate("types", () => deno(["check", "--quiet", "lib"]));
  await gate(
    "docs of what notebooks import",
    () => deno(["doc", "--lint", "--quiet", "lib/mod.ts"]),
  );
  await gate("examples in docs and notebook cells", () => withCells(checkLoosely));
  await gate("no outputs in notebooks", refuseOutputs);
  await gate("tests", () => deno(tests));
  if (failed.length === 0) return 0;
  console.error(`Failed: ${failed.join(", ")}`);
  return 1;
});

async function refuseOutputs(): Promise<number> {
  const found = await committedOutputs(projectFolder());
  for (const line of found) console.error(line);
  return found.length === 0 ? 0 : 1;
}

async function deno(args: readonly string[]): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: projectFolder(),
    stdin: "null",
  }).spawn().status;
  return code;
}

/**
 * Checks the examples in docs, and files, without the complaint about unused names: an example is given
 * every export of its file, and a notebook shows by an expression what it made.
 */
async function checkLoosely(files: readonly string[]): Promise<number> {
  const { compilerOptions, ...rest } = JSON.parse(
    await Deno.readTextFile(join(projectFolder(), "deno.json")),
  ) as { compilerOptions: Record<string, unknown> };
  const loose = { ...compilerOptions, noUnusedLocals: false, noUnusedParameters: false };
  // Beside deno.json, since the import map and node_modules go by its place.
  const path = join(projectFolder(), ".deno.loose.json");
  await Deno.writeTextFile(path, JSON.stringify({ ...rest, compilerOptions: loose }));
  try {
    return await deno(["check", "--quiet", "--doc", "--config", path, "lib", ...files]);
  } finally {
    await Deno.remove(path);
  }
}

/** Neither lint nor type check look into notebooks: their cells are joined to one file each. */
async function withCells(check: (files: readonly string[]) => Promise<number>): Promise<number> {
  const folder = join(projectFolder(), "notebooks");
  const files: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.endsWith(".ipynb")) continue;
      const path = join(folder, name);
      const notebook = parseNotebook(await Deno.readTextFile(path), path);
      // Beside the notebook, since its imports are relative to it.
      const file = join(folder, `.${name.replace(/\.ipynb$/, "")}.cells.ts`);
      files.push(file);
      await Deno.writeTextFile(file, joinCells(notebook));
    }
    return await check(files);
  } finally {
    for (const path of files) await Deno.remove(path);
  }
}
