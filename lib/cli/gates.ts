/**
 * `deno task test [PATH ...] [--filter NAME]`: set-up, then format, lint, type check, doc check, notebook
 * cells, tests. With paths or a filter only those tests run. `deno task ok` is the same without set-up.
 */
import { join } from "node:path";
import { projectFolder } from "../native/setup/folders.ts";
import { setUp } from "../native/setup/set_up.ts";
import { parseTask } from "./arguments.ts";
import { runMain } from "./main.ts";
import { joinCells, parseNotebook } from "./notebook_file.ts";

const USAGE = "deno task test [PATH ...] [--filter NAME]";

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
  await gate("types and examples in docs", () => deno(["check", "--quiet", "--doc", "lib"]));
  await gate("notebook cells", checkNotebooks);
  await gate("tests", () => deno(tests));
  if (failed.length === 0) return 0;
  console.error(`Failed: ${failed.join(", ")}`);
  return 1;
});

async function deno(args: readonly string[]): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: projectFolder(),
    stdin: "null",
  }).spawn().status;
  return code;
}

/** Neither lint nor type check look into notebooks: their cells are joined to one file each. */
async function checkNotebooks(): Promise<number> {
  const folder = join(projectFolder(), "notebooks");
  const joined: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.endsWith(".ipynb")) continue;
      const path = join(folder, name);
      const notebook = parseNotebook(await Deno.readTextFile(path), path);
      // Beside the notebook, since its imports are relative to it.
      const target = join(folder, `.${name.replace(/\.ipynb$/, "")}.cells.ts`);
      joined.push(target);
      await Deno.writeTextFile(target, joinCells(notebook));
    }
    return joined.length === 0 ? 0 : await deno(["check", "--quiet", ...joined]);
  } finally {
    for (const path of joined) await Deno.remove(path);
  }
}
