/** Folders and zip files as one thing: names with contents, read one at a time. */
import { Buffer } from "node:buffer";
import { inflateRawSync } from "node:zlib";
import { configure, type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { Crc32 } from "../../base/disk/files.ts";
import { join } from "../../base/disk/path.ts";

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
export async function openZip(path: string): Promise<Archive> {
  // Threads of its own would cost more than they save: entries are a few kilobytes.
  configure({ useWebWorkers: false });
  const source = new FilePieces(path);
  try {
    const zip = new ZipReader(source);
    const entries = new Map<string, FileEntry>();
    const files = new Map<string, ArchiveFile>();
    const folders = new Set<string>();
    for await (const entry of zip.getEntriesGenerator()) {
      checkName(path, entry.filename);
      if (entry.filename.split("/").some(isOfTheSystem)) continue;
      if (entry.directory) {
        folders.add(entry.filename.replace(/\/$/, ""));
        continue;
      }
      if (files.has(entry.filename)) throw broken(path, `"${entry.filename}" is in it twice`);
      const stamp = `${entry.uncompressedSize}/${entry.crc32}`;
      files.set(entry.filename, { name: entry.filename, stamp });
      entries.set(entry.filename, entry);
    }
    const close = () => source.close();
    return {
      path,
      files,
      folders,
      read: (name) =>
        new Promise((resolve) => {
          const entry = entries.get(name);
          if (entry === undefined) throw missing(path, name);
          resolve(readEntry(path, source, entry));
        }),
      close,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    source.close();
    if (error instanceof SyntaxError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    // The library looks at names too, and does not say which.
    const isOutside = /unsafe filename/i.test(detail);
    throw broken(path, isOutside ? "an entry leads out of it, as no data set's does" : detail);
  }
}

/** Larger than any image that is wanted here; a short zip can hold an entry of gigabytes. */
const LARGEST = 2 ** 28;

/** Bytes of a file's own header in a zip, without its name and extra fields. */
const HEADER = 30;
const STORED = 0;
const DEFLATED = 8;

/** Straight from its place: streams and Blobs of the library take a gigabyte for a hundred thousand small files. */
function readEntry(path: string, source: FilePieces, entry: FileEntry): Uint8Array {
  const { filename, uncompressedSize, compressedSize, crc32, offset, compressionMethod } = entry;
  if (entry.encrypted) throw broken(path, `"${filename}" is encrypted`);
  if (uncompressedSize > LARGEST) {
    throw broken(path, `"${filename}" has ${uncompressedSize} bytes, more than ${LARGEST}`);
  }
  let bytes: Uint8Array;
  try {
    const header = new DataView(source.piece(offset, HEADER).buffer);
    const start = offset + HEADER + header.getUint16(26, true) + header.getUint16(28, true);
    const packed = source.piece(start, compressedSize);
    if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
      throw new Error(`its method of compression, ${compressionMethod}, is not deflate`);
    }
    bytes = compressionMethod === STORED
      ? packed
      : inflateRawSync(Buffer.from(packed.buffer), { maxOutputLength: uncompressedSize + 1 });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw broken(path, `"${filename}" cannot be unpacked: ${detail}`);
  }
  const found = new Crc32().update(bytes).digest();
  const wanted = (crc32! >>> 0).toString(16).padStart(8, "0");
  if (found === wanted) return bytes;
  throw broken(path, `"${filename}" has CRC-32 ${found}, and ${wanted} in the list of contents`);
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

/** A file on disk as the zip library reads it: the asked pieces only. */
class FilePieces extends Reader<string> {
  #file: Deno.FsFile | undefined;

  constructor(path: string) {
    super(path);
    this.#file = Deno.openSync(path, { read: true });
    this.size = this.#file.statSync().size;
  }

  override readUint8Array(index: number, length: number): Promise<Uint8Array> {
    return new Promise((resolve) =>
      resolve(this.piece(index, Math.min(length, this.size - index)))
    );
  }

  /** @throws {Error} The file is closed, or ends before. */
  piece(index: number, length: number): Uint8Array<ArrayBuffer> {
    if (this.#file === undefined) throw new Error("the zip is closed");
    if (index + length > this.size) throw new Error(`it ends at ${this.size} bytes`);
    const bytes = new Uint8Array(Math.max(0, length));
    this.#file.seekSync(index, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) {
      const count = this.#file.readSync(bytes.subarray(done));
      if (count === null) throw new Error(`it ends at ${index + done} bytes`);
      done += count;
    }
    return bytes;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
