/** What tests of tables of images share. */
import { join } from "../base/disk/path.ts";
import { imageTable, type ImageTableOptions } from "../data/image_table/image_table.ts";
import { type Files, plainPng, withFiles } from "./own_files.ts";

/** Height and width of the images that come out. */
export const SIZE = 8;

/** Rows of a table as spreadsheets end them. */
export const lines = (...rows: readonly string[]): string => rows.join("\r\n");

/** Five cats and five dogs, of levels 1 to 5 and 11 to 15. */
export const IMAGES: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  [1, 2, 3, 4, 5].flatMap((i) => [
    [`images/c${i}.png`, plainPng(i)],
    [`images/d${i}.png`, plainPng(10 + i, 20)],
  ]),
);
/** Their names. */
export const NAMES = Object.keys(IMAGES);
/** Their rows. */
export const classRows = NAMES.map((name) => `${name},${name.includes("/c") ? "cat" : "dog"}`);

/** Loads "labels.csv" of the folder, or what the options say. */
export type Load = (options?: Partial<ImageTableOptions>) => ReturnType<typeof imageTable>;

/** Runs `work` with a folder "pets" that holds the files, and a loader on its "labels.csv". */
export function withTable(
  files: Files,
  work: (load: Load, folder: string, root: string) => Promise<void>,
): Promise<void> {
  return withFiles(files, (folder, root) => {
    const settings = { size: SIZE, cache: join(root, "prepared"), threads: 1 };
    const path = join(folder, "labels.csv");
    return work((options) => imageTable({ path, ...settings, ...options }), folder, root);
  });
}
