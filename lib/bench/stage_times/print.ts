/** `deno task bench --stages EXPERIMENT`: what every stage took, from what stored results say. */
import { join } from "../../base/disk/path.ts";
import { projectFolder } from "../../setup/folders.ts";
import { stageTable, stageTimes } from "./stage_times.ts";

/** @returns The exit code: 1 when nothing is stored. */
export async function printStages(
  experiment: string,
  preset: string,
  { markdown }: { readonly markdown: boolean },
): Promise<number> {
  const times = await stageTimes(join(projectFolder(), "results"), experiment, preset);
  const table = stageTable(`${preset} run of ${experiment}, by stage`, times);
  if (table === undefined) {
    console.error(
      `Cannot print the stages of "${experiment}" at ${preset}: found no records, want some; run it first`,
    );
    return 1;
  }
  console.log(markdown ? table.toMarkdown() : table.toText());
  return 0;
}
