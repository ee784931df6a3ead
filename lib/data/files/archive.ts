/** Folders and zip files as one thing: names with contents, read one at a time. */
import { Buffer } from "node:buffer";
import { inflateRawSync } from "node:zlib";
import { Crc32 } from "../../base/disk/files.ts";
import { join } from "../../base/disk/path.ts";
import { zipEntries, type ZipEntry } from "./zip/contents.ts";
import { type FilePieces, openPieces } from "./zip/pieces.ts";

/** What names a file's state without its bytes. */
export interface ArchiveFile {
  /** Below the archive, with slashes: "train/n01443537/images/n01443537_0.JPEG". */
  readonly name: string;
  /** Size and time of change of a file in a folder; size and CRC-32 in a zip. */
  readonly stamp: string;
}

/** Files that are read one at a time, wherever they lie; close it when done. */
export interface Archive extends Disposable {
  /** Path of the folder or of the zip. */
  readonly path: string;
  /** All files by name. */
  readonly files: ReadonlyMap<string, ArchiveFile>;
  /** Folders by name, empty ones too; a zip may list only some. */
  readonly folders: ReadonlySet<string>;
  /**
   * @throws {RangeError} There is no such file.
   * @throws {SyntaxError} Its bytes in the zip are damaged.
   */
  read(name: string): Promise<Uint8Array>;
  /** Releases the zip; does nothing for a folder. */
  close(): void;
}

/**
 * A folder with all below it. Names that begin with a dot, and `__MACOSX`, are passed over: systems put them there.
 *
 * @throws {Deno.errors.NotFound} There is no such folder.
 */
export async function openFolder(path: string): Promise<Archive> {
  const files = new Map<string, ArchiveFile>();
  const folders = new Set<string>();
  const walk = async (below: string) => {
    const entries = await Array.fromAsync(Deno.readDir(join(path, below)));
    for (const { name } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (isOfTheSystem(name)) continue;
      const full = below === "" ? name : `${below}/${name}`;
      // Of what a link points to; a link to nowhere is listed, and shows when it is read.
      const info = statOf(join(path, full));
      if (info?.isDirectory) {
        folders.add(full);
        await walk(full);
      } else files.set(full, { name: full, stamp: `${info?.size}/${info?.mtime?.getTime()}` });
    }
  };
  await walk("");
  const close = () => {};
  return {
    path,
    files,
    folders,
    read: (name) => {
      if (!files.has(name)) throw missing(path, name);
      return Deno.readFile(join(path, name));
    },
    close,
    [Symbol.dispose]: close,
  };
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function isOfTheSystem(name: string): boolean {
  return name.startsWith(".") || name === "__MACOSX";
}

/**
 * A zip, of which only the list of contents is read now; each file is read from its place when it is asked for.
 *
 * @throws {SyntaxError} Not a whole zip, or one with an entry that leads out of it: an absolute path, or "..".
 * @throws {Deno.errors.NotFound} There is no such file.
 */
export function openZip(path: string): Archive {
  const pieces = openPieces(path);
  try {
    const entries = new Map<string, ZipEntry>();
    const files = new Map<string, ArchiveFile>();
    const folders = new Set<string>();
    for (const entry of zipEntries(pieces)) {
      const { name, size, crc32 } = entry;
      checkName(path, name);
      if (name.split("/").some(isOfTheSystem)) continue;
      if (name.endsWith("/")) {
        folders.add(name.replace(/\/$/, ""));
        continue;
      }
      if (files.has(name)) throw broken(path, `"${name}" is in it twice`);
      files.set(name, { name, stamp: `${size}/${crc32}` });
      entries.set(name, entry);
    }
    const close = () => pieces.close();
    return {
      path,
      files,
      folders,
      read: (name) =>
        new Promise((resolve) => {
          const entry = entries.get(name);
          if (entry === undefined) throw missing(path, name);
          resolve(readEntry(path, pieces, entry));
        }),
      close,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    pieces.close();
    if (error instanceof SyntaxError) throw error;
    throw broken(path, error instanceof Error ? error.message : String(error));
  }
}

/** Larger than any image that is wanted here; a short zip can hold an entry of gigabytes. */
const LARGEST = 2 ** 28;

/** Bytes of a file's own header in a zip, without its name and extra fields. */
const HEADER = 30;
const STORED = 0;
const DEFLATED = 8;

function readEntry(path: string, pieces: FilePieces, entry: ZipEntry): Uint8Array {
  const { name, size, packedSize, offset, method } = entry;
  if (entry.isEncrypted) throw broken(path, `"${name}" is encrypted`);
  if (size > LARGEST) {
    throw broken(path, `"${name}" has ${size} bytes, more than ${LARGEST}`);
  }
  let bytes: Uint8Array;
  try {
    const header = new DataView(pieces.piece(offset, HEADER).buffer);
    const start = offset + HEADER + header.getUint16(26, true) + header.getUint16(28, true);
    const packed = pieces.piece(start, packedSize);
    if (method !== STORED && method !== DEFLATED) {
      throw new Error(`its method of compression, ${method}, is not deflate`);
    }
    bytes = method === STORED
      ? packed
      : inflateRawSync(Buffer.from(packed.buffer), { maxOutputLength: size + 1 });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw broken(path, `"${name}" cannot be unpacked: ${detail}`);
  }
  const found = new Crc32().update(bytes).digest();
  const wanted = entry.crc32.toString(16).padStart(8, "0");
  if (found === wanted) return bytes;
  throw broken(path, `"${name}" has CRC-32 ${found}, and ${wanted} in the list of contents`);
}

/** @throws {SyntaxError} A name that leads out of the archive. */
function checkName(path: string, name: string): void {
  const isOutside = /^([/\\]|[A-Za-z]:)/.test(name) || name.split(/[/\\]/).includes("..");
  if (!isOutside) return;
  throw broken(path, `its entry "${name}" leads out of it, as no data set's does`);
}

function broken(path: string, detail: string): SyntaxError {
  return new SyntaxError(
    `Cannot read "${path}" as a zip: ${detail}; want a whole zip: get the file again (data/README.md)`,
  );
}

function missing(path: string, name: string): RangeError {
  return new RangeError(`Cannot read "${name}": it is not in "${path}"`);
}
