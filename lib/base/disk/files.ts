/**
 * Files that survive kills: written whole or not at all, checked when they are read, and without leavings of
 * processes that are gone.
 */
import { hostname } from "node:os";
import process from "node:process";
import { crc32 } from "node:zlib";
import * as v from "valibot";
import { syncPath } from "../../setup/files.ts";
import { findNonFinite } from "../check.ts";
import { basename, dirname, join } from "./path.ts";

/**
 * Running CRC-32 of bytes, as 8 hexadecimal digits: finds damage at several gigabytes a second. It is no
 * identity; what names a result is a SHA-256.
 */
export class Crc32 {
  #value = 0;

  /** Adds bytes or text; the order counts. */
  update(part: Uint8Array | string): this {
    this.#value = crc32(part, this.#value);
    return this;
  }

  /** Of everything so far. */
  digest(): string {
    return (this.#value >>> 0).toString(16).padStart(8, "0");
  }
}

/** Name of the file that becomes `path` when it is complete: it tells whose it is. */
export function temporaryName(path: string): string {
  const random = crypto.randomUUID().slice(0, 8);
  return `${path}.${hostMark()}-${Deno.pid}-${random}.tmp`;
}

/** The host in characters that any file name may hold, so that one of several machines knows its own files. */
function hostMark(): string {
  return hostname().replaceAll(/[^A-Za-z0-9]+/g, "_").slice(0, 32) || "host";
}

const TEMPORARY = /\.(?:(?<host>\w+)-(?<pid>\d+)-)?[0-9a-f]{1,8}\.tmp$/;
/** Of writers that cannot be asked: older versions did not put their process into the name. */
const ABANDONED_AFTER = 3_600_000;

/**
 * Removes temporary files whose writers are gone, of `path` or of all files of a folder. A file of another machine, or
 * one that does not say whose it is, goes an hour after it was last written.
 *
 * @param options.path Only those that would have become this file.
 * @param options.all Every temporary file: nobody else writes in this folder now.
 */
export function removeLeavings(
  folder: string,
  { path, all = false }: { path?: string; all?: boolean } = {},
): void {
  const prefix = path === undefined ? "" : `${basename(path)}.`;
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    const found = TEMPORARY.exec(name);
    if (!isFile || found === null || !name.startsWith(prefix)) continue;
    const place = join(folder, name);
    const { host, pid } = found.groups!;
    const isOurs = host === hostMark();
    try {
      if (all || (isOurs ? !isAlive(Number(pid)) : isAbandoned(place))) Deno.removeSync(place);
    } catch {
      // Another process removed it, or it may not be removed: it is only litter.
    }
  }
}

/** Whether a process of this machine runs; one that may not be asked does. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

function isAbandoned(path: string): boolean {
  const written = Deno.statSync(path).mtime?.getTime();
  return written !== undefined && Date.now() - written > ABANDONED_AFTER;
}

/** Before a write of a file: what killed writers left of it goes. */
export function tidyBefore(path: string): void {
  try {
    removeLeavings(dirname(path), { path });
  } catch {
    // Writing says better what is wrong with the folder.
  }
}

/**
 * Writes `parts` one after the other to `path`, or leaves `path` as it was: to a temporary file beside it, flushed to
 * the disk, then renamed; then the folder is flushed, so that files appear in the order in which they were written
 * also where the power fails. A folder that is gone is made again.
 *
 * @throws {Error} The file cannot be written, for want of space or permission.
 */
export async function writeAtomically(path: string, parts: readonly Uint8Array[]): Promise<void> {
  tidyBefore(path);
  const temporary = temporaryName(path);
  try {
    // Someone may have tidied up the folder of a training that still runs: hours of it must not end at the next save.
    await Deno.mkdir(dirname(path), { recursive: true });
    const file = await Deno.open(temporary, { write: true, createNew: true });
    try {
      for (const part of parts) {
        for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
      }
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
    syncPath(dirname(path));
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw cannotWrite(path, error, "finished stages and the last checkpoint are kept");
  }
}

/** Writes text; see {@link writeAtomically}. */
export function writeTextAtomically(path: string, text: string): Promise<void> {
  return writeAtomically(path, [new TextEncoder().encode(text)]);
}

/**
 * Makes a folder and those above it.
 *
 * @throws {Error} It cannot be made; names it and the remedy.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** The error of a file or folder that the system refuses to write. */
export function cannotWrite(path: string, error: unknown, kept?: string): Error {
  const detail = error instanceof Error ? error.message : String(error);
  return new Error(
    `Cannot write "${path}": ${detail}; free disk space or check the folder's permissions, then run ` +
      `again${kept === undefined ? "" : `: ${kept}`}`,
    { cause: error },
  );
}

/** Whether an error says that a file or folder may not be written, by {@link cannotWrite}; a full disk is another error. */
export function isForbiddenWrite(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { cause } = error;
  return cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.PermissionDenied ||
    // EROFS, which has no class of its own.
    (cause instanceof Error && cause.message.includes("os error 30"));
}

/** A file's text; undefined where there is none. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What a text was read for, in words for errors. */
export interface ReadPurpose {
  /** What cannot be done otherwise, for instance `read record "results/.../a.json"`. */
  readonly task: string;
  /** What helps, for instance "delete it and run again". */
  readonly remedy: string;
}

/**
 * A JSON text as a value of the wanted shape.
 *
 * @throws {SyntaxError} It is no JSON, or has another shape; says what, where in it, and what helps.
 */
export function parseAs<S extends v.GenericSchema>(
  schema: S,
  text: string,
  { task, remedy }: ReadPurpose,
): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`Cannot ${task}: found no JSON (${detail}); ${remedy}`);
  }
  const checked = checkAs(schema, value, { task, remedy });
  // JSON's text can hold a number that no double does; a checksum could not be taken of it.
  const large = findNonFinite(value);
  if (large !== undefined) {
    throw new SyntaxError(
      `Cannot ${task}: found ${large.place} = ${large.value}, want finite numbers; ${remedy}`,
    );
  }
  return checked;
}

/** A JSON file of something that can be made again; undefined where it is missing or holds something else. */
export async function readIfFit<S extends v.GenericSchema>(
  schema: S,
  path: string,
): Promise<v.InferOutput<S> | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    return parseAs(schema, text, { task: `use "${path}"`, remedy: "delete it" });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * A parsed value, which must have the wanted shape.
 *
 * @throws {SyntaxError} It has another shape; says where, what is there and what is wanted.
 */
function checkAs<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  { task, remedy }: ReadPurpose,
): v.InferOutput<S> {
  const refuse = (finding: string) => new SyntaxError(`Cannot ${task}: ${finding}; ${remedy}`);
  // Valibot takes a list for an object without the wanted keys.
  if (Array.isArray(value) && schema.type !== "array") throw refuse("found a list, want an object");
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue);
  if (issue.received === "undefined") throw refuse(`found no "${place}"`);
  const where = place === null ? "" : ` at "${place}"`;
  // The messages of our own conditions are what is wanted.
  const isOurs = issue.kind !== "schema" || issue.type === "custom";
  const wanted = isOurs ? issue.message : issue.expected;
  throw refuse(`found ${issue.received}${where}, want ${wanted}`);
}

/** An object with any keys, as it is; lists are none. */
export const AnyObject = v.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "an object",
);

/** A number that is finite; JSON writes NaN and infinities as null. */
export const FiniteNumber = v.pipe(v.number(), v.finite("a finite number"));
/** A whole number from 0 on. */
export const Count = v.pipe(
  v.number(),
  v.integer("a whole number"),
  v.minValue(0, "a number of at least 0"),
);
