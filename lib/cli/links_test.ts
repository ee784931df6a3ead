import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path";
import { projectFolder } from "../setup/folders.ts";

/** Pages below a folder. */
async function pagesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(projectFolder(), folder))) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await pagesIn(path));
    else if (name.endsWith(".md")) found.push(path);
  }
  return found;
}

const textOf = (path: string) => Deno.readTextFile(join(projectFolder(), path));

/** Names of a page's headings, as links have them. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replaceAll(/[^\p{Letter}\p{Number}\- _]/gu, "").replaceAll(" ", "-")
  );
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(join(projectFolder(), path)).then(() => true, () => false);
}

Deno.test("links of pages lead to files and headings, and sources that they name are there", async () => {
  // Elsewhere lie data sets and what runs leave, with pages of their own.
  const all = [
    "README.md",
    "data/README.md",
    ...["README.md", "REPRODUCTION.md", "VERDICTS.md"].map((name) => `results/${name}`),
    ...await pagesIn("findings"),
    ...await pagesIn("lib"),
  ];
  const broken: string[] = [];
  for (const page of all) {
    const text = await textOf(page);
    for (const [, target, anchor] of text.matchAll(/\]\(([^)#\s:]*)(?:#([^)\s]*))?\)/g)) {
      const path = target === "" ? page : normalize(join(dirname(page), target!));
      if (!await isThere(path)) broken.push(`${page}: ${target}`);
      else if (anchor !== undefined && !anchorsIn(await textOf(path)).includes(anchor)) {
        broken.push(`${page}: ${target}#${anchor}`);
      }
    }
    for (const [, path] of text.matchAll(/`(lib\/[\w./-]+)`/g)) {
      if (!await isThere(path!)) broken.push(`${page}: ${path}`);
    }
  }
  assert.deepEqual(broken, []);
});
