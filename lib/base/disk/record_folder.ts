/** Folders of records, one JSON file each: of students, and of fakes. */
import { join } from "./path.ts";

/** Is told of a file that is no record, or damaged. */
export type OnDamaged = (path: string, error: SyntaxError) => void;

/**
 * Every record of a folder, oldest first; none where there is no folder.
 *
 * @param read Reads one; throws SyntaxError where the file is none.
 * @param onDamaged Is told of each such file, which is then left out; default: throws.
 * @throws {SyntaxError} A file is not a record, or damaged.
 */
export async function readRecordFolder<T extends { readonly time: string }>(
  place: string,
  read: (path: string) => Promise<T>,
  onDamaged?: OnDamaged,
): Promise<T[]> {
  const records: T[] = [];
  try {
    for await (const { name } of Deno.readDir(place)) {
      if (!name.endsWith(".json")) continue;
      const path = join(place, name);
      try {
        records.push(await read(path));
      } catch (error) {
        if (onDamaged === undefined || !(error instanceof SyntaxError)) throw error;
        onDamaged(path, error);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return records.sort((a, b) => a.time < b.time ? -1 : 1);
}
