/** Where a table of labels and its images lie: beside each other in a folder or a zip, or apart. */
import { basename, dirname } from "../../base/disk/path.ts";
import { absolutePath } from "../../setup/folders.ts";
import type { Archive } from "../files/archive.ts";
import { openImages } from "../own/decode.ts";
import { named } from "../own/found.ts";

/** A table and its images; close it when done. */
export interface TableSource extends Disposable {
  /** Of the table, for errors. */
  readonly path: string;
  /** For people: that of the folder, the zip or the table. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly archive: Archive;
  /** Folder of the archive that the table lies in; "" at the top, and where it lies apart. */
  readonly beside: string;
}

const TABLE = /\.(csv|tsv|txt)$/i;

/**
 * Opens a table by its own path, with its images in its folder or in `images`; or by the path of a folder or zip that
 * holds both.
 *
 * @throws {RangeError} No table in a folder or zip, or several; `images` beside a path that holds them.
 * @throws {Deno.errors.NotFound} There is no such file or folder.
 */
export async function openTable(given: string, images?: string): Promise<TableSource> {
  const path = absolutePath(given);
  if (TABLE.test(path)) {
    const bytes = await named(path, () => Deno.readFile(path));
    const archive = await openImages(images === undefined ? dirname(path) : absolutePath(images));
    const source = { path, name: basename(path).replace(TABLE, ""), bytes, archive, beside: "" };
    return { ...source, [Symbol.dispose]: () => archive.close() };
  }
  if (images !== undefined) {
    throw new RangeError(
      `Cannot use images = "${images}" with "${path}": want the path of a CSV, or no images: they lie beside it`,
    );
  }
  const archive = await openImages(
    path,
    'a table saved as "CSV UTF-8", such as labels.csv, or a folder or zip that holds it',
  );
  try {
    const tables = [...archive.files.keys()].filter((name) => /\.csv$/i.test(name));
    const [table] = tables;
    if (table === undefined || tables.length > 1) {
      const found = table === undefined
        ? "no CSV"
        : `${tables.length}: ${tables.slice(0, 3).map((name) => `"${name}"`).join(", ")}`;
      throw new RangeError(
        `Cannot find the table of labels in "${path}": found ${found}, want one; name it with path = "labels.csv", ` +
          'and a folder or zip elsewhere with images = "photographs"',
      );
    }
    return {
      path: `${path}/${table}`,
      name: basename(path).replace(/\.zip$/i, ""),
      bytes: await archive.read(table),
      archive,
      beside: table.split("/").slice(0, -1).join("/"),
      [Symbol.dispose]: () => archive.close(),
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}
