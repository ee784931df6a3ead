/** Where Tiny-ImageNet lies in a data folder: the loader and `doctor` ask here, so that they never contradict each other. */
import { join } from "../../base/disk/path.ts";
import { DATA_VARIABLE } from "../../setup/folders.ts";

/** Name of the set's folder, of its zip and of the authors' file, without their endings. */
export const SET_NAME = "tiny-imagenet-200";

/** What tasks call the set. */
const TASK_NAME = "tiny_imagenet";

/** The forms in which the set is held, in the order in which they are looked for. */
export const FORMS = ["authors", "folder", "zip"] as const;

/** One form of the set. */
export type Form = typeof FORMS[number];

/** A form that is there. */
export interface TinyImagenetSource {
  readonly form: Form;
  readonly path: string;
}

/** Files that decide whether a form is there, each with the path that is then read. */
function placesIn(folder: string): readonly (TinyImagenetSource & { readonly sign: string })[] {
  const base = join(folder, SET_NAME);
  return [
    { form: "authors", path: `${base}.h5`, sign: `${base}.h5` },
    { form: "folder", path: base, sign: join(base, "wnids.txt") },
    // Some programs unpack a zip into a folder of its name.
    { form: "folder", path: join(base, SET_NAME), sign: join(base, SET_NAME, "wnids.txt") },
    { form: "zip", path: `${base}.zip`, sign: `${base}.zip` },
  ];
}

/** Every form that is there, the first of which is read; none where the set is missing. */
export async function findTinyImagenet(folder: string): Promise<TinyImagenetSource[]> {
  const found: TinyImagenetSource[] = [];
  for (const { form, path, sign } of placesIn(folder)) {
    if ((await Deno.stat(sign).catch(() => undefined))?.isFile) found.push({ form, path });
  }
  return found;
}

/** What to place where, what part suffices and how long it takes, in one sentence. */
export function howToPlace(folder: string): string {
  return `run "deno task download ${TASK_NAME}" (248 MB), or place the folder ${SET_NAME}/ or the file ` +
    `${SET_NAME}.zip in "${folder}" (${DATA_VARIABLE} names another); some training images of each class suffice, ` +
    "for presets quick and desk of every tenth class of wnids.txt; the first start decodes the images, all 110,000 " +
    "in about a minute on two cores";
}
