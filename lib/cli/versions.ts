/**
 * `deno task versions [--accept]`: which code that decides results changed since somebody last said whether results
 * change with it. With `--accept` it is accepted as it is now.
 */
import { projectFolder } from "../setup/folders.ts";
import { parseTask, wantNoWord } from "./arguments.ts";
import { runMain } from "./main.ts";
import {
  ADVICE,
  changesSince,
  readAccepted,
  readSources,
  writeAccepted,
} from "./versions/deciding.ts";

const USAGE = "deno task versions [--accept]";

await runMain(async () => {
  const task = parseTask(Deno.args, {
    usage: USAGE,
    options: { accept: { type: "boolean" } },
  });
  wantNoWord(task, USAGE);
  const project = projectFolder();
  const sources = await readSources(project);
  const changes = changesSince(await readAccepted(project), sources);
  for (const line of changes) console.log(line);
  const count = Object.keys(sources.deciding).length;
  if (task.values.accept === true) {
    await writeAccepted(project, sources.deciding);
    console.log(`Accepted ${changes.length} changes; ${count} files and packages decide results`);
    return 0;
  }
  console.log(changes.length === 0 ? `No change in ${count} files and packages` : `\n${ADVICE}`);
  return changes.length === 0 ? 0 : 1;
});
