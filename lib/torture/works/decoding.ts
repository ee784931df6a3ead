/** Faces decoded into a prepared file, and read again. */
import type { ProgressEvent } from "../../base/progress.ts";
import { writeAtomically, writeTextAtomically } from "../../base/disk/files.ts";
import { join } from "../../base/disk/path.ts";
import { loadUtkface } from "../../data/utkface/utkface.ts";
import { drawFace, faceName } from "../../testing/faces.ts";

/** Images of each of two ages. */
const IMAGES = 12;

/** Draws the JPEGs where they are missing, decodes them, and keeps the checksum of the set. */
export async function decodeFaces(
  { given, made }: { readonly given: string; readonly made: string },
  say: (said: Pick<ProgressEvent, "stage" | "step" | "total" | "state">) => void,
): Promise<void> {
  const faces = join(given, "UTKFace");
  await Deno.mkdir(faces, { recursive: true });
  for (let k = 0; k < 2 * IMAGES; k++) {
    const path = join(faces, faceName(20 + k % 2, k));
    const isThere = await Deno.stat(path).then(({ size }) => size > 0, () => false);
    if (!isThere) await writeAtomically(path, [await drawFace(k)]);
  }
  const set = await loadUtkface({
    folder: given,
    cache: join(made, "prepared"),
    progress: ({ stage, step, total, state }) => say({ stage, step, total, state }),
  });
  await writeTextAtomically(join(made, "checksum.txt"), set.checksum);
}
