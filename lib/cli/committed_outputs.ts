/** Outputs that notebooks hold in version control, where none belong. */
import { join } from "node:path";
import { countOutputs } from "./without_outputs.ts";

/**
 * Names the notebooks whose next commit would hold outputs, with what to do. Outputs belong into `results/`: they may show
 * faces, and no change of a cell can be read between them.
 *
 * @param project Folder with `notebooks/` in it.
 * @returns A line for each; none where all is well.
 */
export async function committedOutputs(project: string): Promise<string[]> {
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
