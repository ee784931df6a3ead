/**
 * A disk that a process may die on: every operation that changes a folder is counted, and at a chosen one the process
 * is killed: before it, in its middle, or after it (after the first of several writes in a row). With a loss of power,
 * what was not flushed is lost too.
 */
import process from "node:process";
import { rngOf } from "../base/rng.ts";
import { join } from "../base/disk/path.ts";
import { UnflushedWrites } from "./unflushed_writes.ts";

/** The operation at which a process dies. */
export interface Death {
  /** Counted from 1. */
  readonly operation: number;
  /** A write that is interrupted "during" has half of its bytes written; other operations are whole or not done. */
  readonly when: "before" | "during" | "after";
  /** With it the power fails: a seed decides what of each unflushed file is left. */
  readonly powerSeed?: number;
}

/** What is wrong with a disk. */
export interface DiskFaults {
  readonly death?: Death;
  /** Bytes that may be written until it is full; what is removed makes no room. */
  readonly capacity?: number;
}

/** What has happened in a folder since it is watched. */
export interface WatchedDisk {
  /** Operations so far. */
  readonly operations: number;
}

/** Options of `Deno.open` that make or change a file. */
const CHANGING = ["create", "createNew", "write", "append", "truncate"] as const;

/**
 * Watches what this process does below `folder`, from now to its end; everything asynchronous becomes synchronous, so
 * that the same operation has the same number in every run. Writes of whole files at once count too.
 */
export function watchDisk(folder: string, { death, capacity = Infinity }: DiskFaults): WatchedDisk {
  const unflushed = new UnflushedWrites();
  const files = new WeakMap<Deno.FsFile, string>();
  const isWatched = (path: string | URL) => String(path).startsWith(folder);
  let operations = 0;
  let bytesWritten = 0;
  let last = "";

  /** Counts an operation and does it, unless the process dies of it. Writes in a row to one file are one operation. */
  const count = <T>(name: string, path: string, act: () => T, half: () => void = () => {}): T => {
    const goesOn = name === "write" && last === path;
    last = name === "write" ? path : "";
    if (goesOn || ++operations !== death?.operation) return act();
    if (death.when === "during") half();
    if (death.when === "after") act();
    if (death.powerSeed !== undefined) unflushed.lose(rngOf(death.powerSeed, "power"));
    const said = `died ${death.when} operation ${operations}: ${name} ${path}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(said));
    process.kill(Deno.pid, "SIGKILL");
    // The signal takes a moment, in which nothing else may be done.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };

  const { openSync, renameSync, removeSync, mkdirSync, writeFileSync } = Deno;
  const { writeSync, syncSync, truncateSync } = Deno.FsFile.prototype;

  Deno.openSync = (path, options = { read: true }) => {
    const name = String(path);
    const changes = CHANGING.some((key) => options[key]);
    const open = () => {
      const isNew = changes && isWatched(path) && !exists(name);
      const file = openSync(path, options);
      if (isWatched(path)) files.set(file, name);
      if (isNew) unflushed.named(name);
      return file;
    };
    return changes && isWatched(path) ? count("open", name, open) : open();
  };
  Deno.FsFile.prototype.writeSync = function (bytes) {
    const path = files.get(this);
    if (path === undefined) return writeSync.call(this, bytes);
    const write = (part: Uint8Array) => {
      bytesWritten += part.length;
      // In the words of Linux.
      if (bytesWritten > capacity) throw new Error("No space left on device (os error 28)");
      unflushed.written(path);
      return writeSync.call(this, part);
    };
    const half = bytes.subarray(0, bytes.length >> 1);
    return count("write", path, () => write(bytes), () => void write(half));
  };
  Deno.FsFile.prototype.syncSync = function () {
    const path = files.get(this);
    if (path === undefined) return syncSync.call(this);
    return count("sync", path, () => {
      syncSync.call(this);
      unflushed.flushed(path);
    });
  };
  Deno.FsFile.prototype.truncateSync = function (size) {
    const path = files.get(this);
    if (path === undefined) return truncateSync.call(this, size);
    return count("truncate", path, () => truncateSync.call(this, size));
  };
  Deno.renameSync = (from, to) => {
    if (!isWatched(to)) return renameSync(from, to);
    return count("rename", String(to), () => {
      unflushed.renaming(String(from), String(to));
      renameSync(from, to);
    });
  };
  Deno.removeSync = (path, options) => {
    if (!isWatched(path)) return removeSync(path, options);
    return count("remove", String(path), () => removeSync(path, options));
  };
  Deno.mkdirSync = (path, options) => {
    if (!isWatched(path) || exists(String(path))) return mkdirSync(path, options);
    return count("mkdir", String(path), () => mkdirSync(path, options));
  };
  Deno.writeFileSync = (path, data, options) => {
    if (!isWatched(path)) return writeFileSync(path, data, options);
    if (!(data instanceof Uint8Array)) throw new TypeError("Cannot watch the writing of a stream");
    const { append = false, createNew = false } = options ?? {};
    using file = Deno.openSync(
      path,
      createNew
        ? { createNew, write: true }
        : { create: true, write: true, append, truncate: !append },
    );
    for (let done = 0; done < data.length;) done += file.writeSync(data.subarray(done));
  };
  becomeSynchronous();
  return {
    get operations() {
      return operations;
    },
  };
}

/** Routes the asynchronous functions through the synchronous ones, which are watched. */
function becomeSynchronous(): void {
  const encoder = new TextEncoder();
  // A call throws in the same way, later.
  const later = <A extends unknown[], T>(act: (...args: A) => T) => (...args: A): Promise<T> =>
    new Promise((resolve) => resolve(act(...args)));
  Deno.open = later((path, options) => Deno.openSync(path, options));
  Deno.rename = later((from, to) => Deno.renameSync(from, to));
  Deno.remove = later((path, options) => Deno.removeSync(path, options));
  Deno.mkdir = later((path, options) => Deno.mkdirSync(path, options));
  Deno.writeFile = later((path, data, options) =>
    Deno.writeFileSync(path, data as Uint8Array, options)
  );
  Deno.writeTextFileSync = (path, text, options) =>
    Deno.writeFileSync(path, encoder.encode(text), options);
  Deno.writeTextFile = later((path, text, options) =>
    Deno.writeTextFileSync(path, text as string, options)
  );
  Deno.FsFile.prototype.write = function (bytes) {
    return later(() => this.writeSync(bytes))();
  };
  Deno.FsFile.prototype.sync = function () {
    return later(() => this.syncSync())();
  };
  Deno.FsFile.prototype.truncate = function (size) {
    return later(() => this.truncateSync(size))();
  };
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Every file below a folder, relative to it, sorted. */
export async function filesBelow(folder: string, place = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, place))) {
    const path = place === "" ? name : `${place}/${name}`;
    if (isDirectory) found.push(...await filesBelow(folder, path));
    else found.push(path);
  }
  return found.sort();
}
