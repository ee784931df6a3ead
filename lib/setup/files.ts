/** Files that are either whole or not there: temporary names, renames, markers and checksums. */
import { createHash } from "node:crypto";
import { statfsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { SetUpError } from "./error.ts";

const PARTIAL = ".partial-";
const MARKER = "complete.json";

/** True when there is a file or folder at `path`. */
export async function exists(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined)) !== undefined;
}

/** Size of a file in bytes; −1 when there is none. */
export async function sizeOf(path: string): Promise<number> {
  return (await Deno.stat(path).catch(() => undefined))?.size ?? -1;
}

/** SHA-256 of a file, read in pieces, in hexadecimal digits. */
export function sha256OfFile(path: string): Promise<string> {
  return digestOfFile(path, "sha256");
}

/** Checksum of a file, read in pieces, in hexadecimal digits. */
export async function digestOfFile(path: string, algorithm: "sha256" | "md5"): Promise<string> {
  const hash = createHash(algorithm);
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest("hex");
}

/**
 * Throws unless a downloaded file has the pinned SHA-256; the wrong file is deleted, so that the next try
 * downloads it again.
 *
 * @throws {SetUpError} Found another checksum; names both.
 */
export async function verifySha256(path: string, wanted: string): Promise<void> {
  const found = await sha256OfFile(path);
  if (found === wanted) return;
  const size = await sizeOf(path);
  await Deno.remove(path);
  throw new SetUpError(
    `Cannot use "${
      basename(path)
    }": found ${size} bytes with SHA-256 ${found}, want ${wanted}; the ` +
      `file was deleted: run the same command again, on another network if it stays`,
  );
}

/**
 * Flushes a file's bytes, or the names in a folder, to the disk: a renamed file outlives a loss of power whole only if
 * its bytes came before its name, and at all only if its folder is flushed.
 */
export function syncPath(path: string): void {
  let place: Deno.FsFile;
  try {
    place = Deno.openSync(path, { read: true });
  } catch {
    // Windows opens no folders; it writes names in order by itself.
    return;
  }
  try {
    place.syncSync();
  } catch {
    // Some network file systems refuse it for folders.
  } finally {
    place.close();
  }
}

/**
 * Whether locking a file failed because its file system keeps no locks: ENOLCK, ENOSYS and EOPNOTSUPP, of Linux and of
 * macOS. Lustre without `flock`, some NFS and FUSE mounts are such.
 */
export function keepsNoLocks(error: unknown): boolean {
  const number = /\(os error (\d+)\)/.exec((error as Error).message)?.[1];
  return ["37", "38", "95", "77", "78", "102", "45"].includes(number ?? "");
}

/** Gives a complete file or folder its name, so that it lasts. */
async function renameFlushed(from: string, to: string): Promise<void> {
  syncPath(from);
  await Deno.rename(from, to);
  syncPath(dirname(to));
}

/** Writes a text file under a temporary name and renames it. */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await removeAbandoned(path);
  const partial = `${path}${PARTIAL}${Deno.pid}`;
  await Deno.writeTextFile(partial, text);
  await renameFlushed(partial, path);
}

/** Copies a file under a temporary name and renames it. */
export async function copyAtomically(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await removeAbandoned(to);
  const partial = `${to}${PARTIAL}${Deno.pid}`;
  await Deno.copyFile(from, partial);
  await renameFlushed(partial, to);
}

/** Identity of a made folder, and the sizes of the files in it that matter, by path relative to it. */
interface Marker {
  readonly identity: string;
  readonly sizes: Readonly<Record<string, number>>;
}

/** True when `folder` was made whole for `identity` and its marked files still have their sizes. */
export async function isComplete(folder: string, identity: string): Promise<boolean> {
  const marker = await readJson<Marker>(
    join(folder, MARKER),
    ({ sizes }) => Object.keys(sizes).length > 0,
  );
  if (marker?.identity !== identity) return false;
  for (const [name, size] of Object.entries(marker.sizes)) {
    if (await sizeOf(join(folder, name)) !== size) return false;
  }
  return true;
}

/**
 * Makes a folder under a temporary name and renames it when it is whole. A folder that was there is put
 * aside first: a process that has files of it open keeps them.
 *
 * @param identity Stored in the marker; {@link isComplete} compares it.
 * @param fill Fills the temporary folder and returns the names of the files whose sizes are marked.
 * @throws {SetUpError} A file that `fill` named is missing.
 */
export async function makeFolder(
  folder: string,
  identity: string,
  fill: (partial: string) => Promise<readonly string[]>,
): Promise<void> {
  await removeLeftovers(folder);
  const partial = `${folder}${PARTIAL}${Deno.pid}`;
  await Deno.mkdir(partial, { recursive: true });
  try {
    const names = await fill(partial);
    const sizes: Record<string, number> = {};
    for (const name of names) {
      sizes[name] = await sizeOf(join(partial, name));
      if (sizes[name]! < 0) {
        throw new SetUpError(`Cannot make "${folder}": found no file "${name}" in the download`);
      }
      // Their sizes are all that is compared later, and a size can outlive its bytes.
      syncPath(join(partial, name));
    }
    await writeTextAtomically(
      join(partial, MARKER),
      JSON.stringify({ identity, sizes } satisfies Marker),
    );
    const old = `${folder}${PARTIAL}old-${Deno.pid}`;
    if (await exists(folder)) await Deno.rename(folder, old);
    await renameFlushed(partial, folder);
    await Deno.remove(old, { recursive: true }).catch(() => {});
  } catch (error) {
    await Deno.remove(partial, { recursive: true }).catch(() => {});
    throw error;
  }
}

/** Removes what a killed set-up left beside `path`. Only while set-up's lock is held. */
export async function removeLeftovers(path: string): Promise<void> {
  const parent = dirname(path);
  const prefix = basename(path) + PARTIAL;
  const entries = await Array.fromAsync(Deno.readDir(parent)).catch(() => []);
  for (const entry of entries) {
    if (entry.name.startsWith(prefix)) {
      await Deno.remove(join(parent, entry.name), { recursive: true }).catch(() => {});
    }
  }
}

/** Removes what processes of this machine that are gone left beside `path`; no lock is needed. */
export async function removeAbandoned(path: string): Promise<void> {
  const parent = dirname(path);
  const prefix = basename(path) + PARTIAL;
  for (const { name } of await Array.fromAsync(Deno.readDir(parent)).catch(() => [])) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN;
    if (!Number.isInteger(pid)) continue;
    try {
      process.kill(pid, 0);
    } catch (error) {
      const isGone = (error as { code?: string }).code === "ESRCH";
      if (isGone) await Deno.remove(join(parent, name), { recursive: true }).catch(() => {});
    }
  }
}

/**
 * A JSON file's value; undefined when there is none, it cannot be read, or it has another shape.
 *
 * @param fits Whether a value has what its readers take for granted; may throw where it has not. Written by hand,
 *   since set-up runs before any package is there.
 */
export async function readJson<T>(
  path: string,
  fits: (value: T) => boolean,
): Promise<T | undefined> {
  try {
    const value = JSON.parse(await Deno.readTextFile(path)) as T;
    return fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes in a folder, with all below it. */
export async function folderSize(folder: string): Promise<number> {
  let total = 0;
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) total += await folderSize(path);
    else if (entry.isFile) total += Math.max(0, await sizeOf(path));
  }
  return total;
}

/** Free bytes on the disk of a folder or of its nearest parent that is there. */
export function freeBytes(folder: string): number {
  for (let place = folder;; place = dirname(place)) {
    try {
      const { bavail, bsize } = statfsSync(place);
      return bavail * bsize;
    } catch (error) {
      if (dirname(place) === place) throw error;
    }
  }
}

/**
 * Throws unless a disk has room.
 *
 * @param variable The environment variable that names another folder.
 * @throws {SetUpError} Says how much was found and how much is wanted.
 */
export function checkSpace(
  folder: string,
  bytes: number,
  what: string,
  variable = "CGAN_KD_CACHE",
): void {
  const free = freeBytes(folder);
  if (free >= bytes) return;
  const megabytes = (count: number) => `${Math.ceil(count / 1e6).toLocaleString("en-US")} MB`;
  throw new SetUpError(
    `Cannot ${what}: found ${megabytes(free)} free on the disk of "${folder}", want ` +
      `${megabytes(bytes)}; free some space or name another folder in ${variable}`,
  );
}
