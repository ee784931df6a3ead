/** A folder made as set-up makes TensorFlow's: filled under another name, marked, renamed. */
import { join } from "../../base/disk/path.ts";
import { isComplete, makeFolder, writeTextAtomically } from "../../setup/files.ts";

const IDENTITY = "toy library 1";
/** Files of the folder. */
const FILES = 4;

/** Makes the folder unless it is complete, and a text beside it. */
export async function makeToyFolder(
  folder: string,
  tell: (stage: string, step: number, total: number) => void,
): Promise<void> {
  const place = join(folder, "library");
  if (!await isComplete(place, IDENTITY)) {
    await makeFolder(place, IDENTITY, async (partial) => {
      const names: string[] = [];
      for (let k = 0; k < FILES; k++) {
        const name = `part${k}.so`;
        await Deno.writeFile(join(partial, name), new Uint8Array(100_000).fill(k + 1));
        tell("set-up", k, FILES);
        names.push(name);
      }
      return names;
    });
  }
  const kernel = join(folder, "kernels", "deno", "kernel.json");
  await writeTextAtomically(kernel, JSON.stringify({ language: "typescript" }));
  tell("set-up", FILES, FILES);
}
