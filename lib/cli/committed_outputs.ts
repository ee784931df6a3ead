/** Outputs that notebooks hold in version control, where none belong. */
import { join } from "node:path";
import { parseNotebook, unpublishedIn } from "./notebook_file.ts";
import { countOutputs } from "./without_outputs.ts";

/**
 * Names the notebooks whose next commit would hold outputs that do not belong there, with what to do. Below `notebooks/` none
 * do: they may show faces, and no change of a cell can be read between them. Anywhere else it must be none of a data set
 * whose pictures must not be published.
 *
 * @param project Folder with `notebooks/` in it.
 * @returns A line for each; none where all is well.
 */
export async function committedOutputs(project: string): Promise<string[]> {
  return [...await withOutputs(project), ...await withUnpublishedSets(project)];
}

async function withOutputs(project: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir(join(project, "notebooks"))) {
    if (!name.endsWith(".ipynb")) continue;
    const count = countOutputs(await committedText(project, `notebooks/${name}`));
    if (count === 0) continue;
    lines.push(
      `notebooks/${name}: found outputs of ${count} cells in git's index, want none; ` +
        `run deno task setup, then git add --renormalize notebooks`,
    );
  }
  return lines;
}

async function withUnpublishedSets(project: string): Promise<string[]> {
  const lines: string[] = [];
  for (const path of await notebooksInIndex(project)) {
    const sets = unpublishedIn(parseNotebook(await committedText(project, path), path));
    if (sets.length === 0) continue;
    lines.push(
      `${path}: found outputs of ${sets.join(", ")} in git's index, whose pictures must not be ` +
        `published; run git rm --cached "${path}"`,
    );
  }
  return lines;
}

/** Every notebook that git would commit, wherever it lies; none where there is no git. */
async function notebooksInIndex(project: string): Promise<string[]> {
  const { success, stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--", "*.ipynb"],
    cwd: project,
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout).split("\0").filter(Boolean) : [];
}

/** A file as it would be committed: on disk it may hold outputs, which the filter takes out. */
async function committedText(project: string, path: string): Promise<string> {
  const { success, stdout } = await new Deno.Command("git", {
    args: ["show", `:${path}`],
    cwd: project,
    stderr: "null",
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  return await Deno.readTextFile(join(project, path));
}
