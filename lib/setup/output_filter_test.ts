import assert from "node:assert/strict";
import { join } from "node:path";
import { hasOutputFilter, installOutputFilter } from "./output_filter.ts";
import { projectFolder } from "./folders.ts";

const OUTPUTS = JSON.stringify({
  cells: [{ cell_type: "code", outputs: [{ face: 1 }], execution_count: 1, source: [] }],
});

async function git(folder: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["-C", folder, ...args],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("installOutputFilter() makes git add notebooks without outputs; without it git works", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await git(folder, "init", "--quiet");
    for (const sub of ["notebooks", "lib/cli"]) {
      await Deno.mkdir(join(folder, sub), { recursive: true });
    }
    for (
      const name of [".gitattributes", "lib/cli/strip_outputs.ts", "lib/cli/without_outputs.ts"]
    ) {
      await Deno.copyFile(join(projectFolder(), name), join(folder, name));
    }
    await Deno.writeTextFile(join(folder, "notebooks/a.ipynb"), OUTPUTS);
    await git(folder, "add", "notebooks");
    assert.equal(await git(folder, "show", ":notebooks/a.ipynb"), OUTPUTS);
    assert.equal(await hasOutputFilter(folder), false);
    await installOutputFilter(folder);
    assert.equal(await hasOutputFilter(folder), true);
    await git(folder, "add", "--renormalize", "notebooks");
    assert.doesNotMatch(await git(folder, "show", ":notebooks/a.ipynb"), /face/);
    assert.equal(await Deno.readTextFile(join(folder, "notebooks/a.ipynb")), OUTPUTS);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("hasOutputFilter() wants nothing outside of a checkout", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.equal(await hasOutputFilter(folder), true);
  } finally {
    await Deno.remove(folder);
  }
});
